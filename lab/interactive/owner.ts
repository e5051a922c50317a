import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Lab } from '../lab.ts';
import { openMachineRoom } from '../machine-room.ts';
import { abandonOwnDirectories, createRunDirectory } from '../run-directory.ts';
import { loadSubject } from '../subject/load.ts';
import { carryError } from './control-protocol.ts';
import { serveControl } from './control-server.ts';
import { InteractiveLab } from './interactive-lab.ts';
import type { OwnerNews, OwnerOrder } from './owner-protocol.ts';
import { claimName, controlPath } from './running-labs.ts';

/*
 * The process that holds a lab which somebody works in by hand. It lives until it is told to end: by `down`, by a
 * signal, by the removal of its run directory, or, while it starts, by the end of the command that started it.
 */

const lookAgainMs = 1000;

/** A disposal waits at most 5 s for the wires. */
const disposeLimitMs = 15_000;

// Nobody reads these any more once the lab is ready.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  own(JSON.parse(line) as OwnerOrder).catch((error: unknown) => {
    say({ failed: carryError(error) });
    leaveAtOnce(1);
  });
});
input.once('close', leaveWhileStarting);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leaveWhileStarting);
process.on('uncaughtException', (error) => {
  say({ failed: carryError(error) });
  leaveAtOnce(1);
});

async function own(order: OwnerOrder): Promise<void> {
  const { plan, seed } = order;
  const startedAt = new Date().toISOString();
  const home = createRunDirectory();
  const name = await claimName(
    home.path,
    { topology: plan.topology, ...(order.name === undefined ? {} : { name: order.name }) },
    startedAt,
  );
  process.title = `halab lab ${name}`;
  const onProgress = (progress: string) => say({ progress });
  const room = await openMachineRoom({
    onProgress,
    ...(order.accelerator === undefined ? {} : { accelerator: order.accelerator }),
  });
  const subject = order.subject === null ? undefined : await loadSubject(order.subject);
  const identity = {
    name,
    plan,
    subject: subject === undefined ? null : `${subject.name} ${subject.version}`,
    startedAt,
    seed,
    accelerator: room.accelerator.accelerator,
  };
  let lab: Lab | undefined;
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= lab === undefined ? leaveAtOnce(0) : disposed(lab);
    return ending;
  };
  const interactive = new InteractiveLab(identity, end);
  await serveControl(controlPath(home.path), (request, channel) => interactive.answer(request, channel));
  onProgress('starting the machines');
  const started = await Lab.start({ plan, room, seed, onProgress });
  if (subject !== undefined) {
    onProgress(`installing ${subject.name}`);
    await started.install(subject);
  }
  lab = started;
  interactive.isReady(started);
  input.off('close', leaveWhileStarting);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.off(signal, leaveWhileStarting).on(signal, () => void end());
  setInterval(() => {
    if (![home.path, started.runDirectory].every(existsSync)) void end();
  }, lookAgainMs);
  say({ ready: interactive.status() });
}

async function disposed(lab: Lab): Promise<void> {
  setTimeout(() => leaveAtOnce(1), disposeLimitMs).unref();
  await lab[Symbol.asyncDispose]().catch(() => {});
  // The answer to whoever asked goes out first.
  setImmediate(() => leaveAtOnce(0));
}

/** What is being made is not waited for: machines and wires die with this process, files are removed here. */
function leaveWhileStarting(): void {
  leaveAtOnce(1);
}

function leaveAtOnce(code: number): never {
  abandonOwnDirectories();
  process.exit(code);
}

function say(news: OwnerNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
