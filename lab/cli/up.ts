import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LabStatus } from '../interactive/lab-status.ts';
import { startOwner } from '../interactive/owner-process.ts';
import type { OwnerOrder } from '../interactive/owner-protocol.ts';
import { checkName, runningLabs } from '../interactive/running-labs.ts';
import { welcomeText } from '../interactive/status-text.ts';
import { openMachineRoom } from '../machine-room.ts';
import type { Accelerator } from '../nodes/qemu/command-line.ts';
import { reapOrphans } from '../run-directory.ts';
import { findSubject, loadSubject } from '../subject/load.ts';
import { loadTopology } from '../topology/load.ts';
import { planLab } from '../topology/plan.ts';
import { openProgressBar, type ProgressBar } from './progress-bar.ts';

export interface UpOptions {
  readonly subject: string;
  readonly name?: string;
  readonly accelerator?: Accelerator;
  readonly seed: number;
}

const signalBase = 128;

/** `halab up TOPOLOGY`: a lab that goes on when this command has ended. */
export async function up(topology: string, { subject, seed, ...wish }: UpOptions): Promise<number> {
  const began = performance.now();
  const plan = planLab(
    await loadTopology(topology, {
      searchDirectory: fileURLToPath(new URL('../../topologies/', import.meta.url)),
    }),
  );
  const subjectFile = subject === 'none' ? null : findSubject(subject);
  // A subject that does not load is told of now, not when machines run.
  if (subjectFile !== null) await loadSubject(subjectFile);
  if (wish.name !== undefined) checkName(wish.name, runningLabs());
  using bar = openProgressBar();
  await prepareMachines(
    plan.nodes.map(({ memoryMb }) => memoryMb),
    wish.accelerator,
    bar,
  );
  const outcome = await bringUp({ ...wish, plan, subject: subjectFile, seed }, bar);
  bar[Symbol.dispose]();
  if (outcome.kind === 'interrupted') {
    console.error('the half-started lab has been removed');
    return signalBase + constants.signals[outcome.signal];
  }
  console.log(welcomeText(outcome.status, performance.now() - began));
  return 0;
}

/** What takes long and is kept for the next lab is made here, where Ctrl-C ends it like any command. */
async function prepareMachines(
  memories: readonly number[],
  accelerator: Accelerator | undefined,
  bar: ProgressBar,
): Promise<void> {
  const room = await openMachineRoom({
    onProgress: (text, fraction) => bar.show(text, fraction),
    ...(accelerator === undefined ? {} : { accelerator }),
  });
  for (const memoryMb of new Set(memories)) await room.golden(memoryMb);
}

type Outcome =
  | { readonly kind: 'ready'; readonly status: LabStatus }
  | { readonly kind: 'interrupted'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' };

async function bringUp(order: OwnerOrder, bar: ProgressBar): Promise<Outcome> {
  using undo = new DisposableStack();
  const interrupted = Promise.withResolvers<Outcome>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const listener = () => interrupted.resolve({ kind: 'interrupted', signal });
    process.on(signal, listener);
    undo.defer(() => void process.off(signal, listener));
  }
  const owner = startOwner(order, (text) => bar.show(text));
  const ready = owner.ready.then((status): Outcome => ({ kind: 'ready', status }));
  try {
    const outcome = await Promise.race([ready, interrupted.promise]);
    if (outcome.kind === 'ready') return outcome;
    ready.catch(() => {});
    await owner.stop();
    return outcome;
  } catch (error) {
    await owner.stop();
    throw error;
  } finally {
    // What an owner that had to be killed left.
    reapOrphans();
  }
}
