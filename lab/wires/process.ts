import { getPriority, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { configurationProblems } from './check-configuration.ts';
import { LoadReport } from './load-report.ts';
import type {
  AnswerOf,
  Operation,
  Ready,
  Refusal,
  Request,
  Response,
  WiresConfiguration,
} from './protocol.ts';
import { Refused } from './refused.ts';
import { Wiring } from './wiring.ts';

/*
 * The wires of one lab, in a process that does nothing else: whatever delayed its event loop would delay every frame.
 * It lives as long as its stdin is open, and leaves whole files and no sockets.
 */

/** At most this much of the record is lost when the process is killed. */
const handOverMs = 100;

/** Before QEMU's busy emulation threads in the scheduler's eyes, where the system lets us. */
const niceness = -10;

let wiring: Wiring | undefined;
let load: LoadReport | undefined;

// The terminal sends its signals to the whole group: the owner decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => leave(0));
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  leave(1);
});
// The owner is gone, which the end of stdin tells too.
process.stdout.on('error', () => {});

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  input.on('line', (text) => void answer(text));
  void start(line);
});
input.on('close', () => leave(0));

async function start(line: string): Promise<void> {
  const errors = await open(line);
  if (errors.length > 0) {
    say({ ready: false, errors });
    leave(2);
    return;
  }
  say({ ready: true, pid: process.pid });
}

async function open(line: string): Promise<readonly Refusal[]> {
  try {
    const configuration = JSON.parse(line) as WiresConfiguration;
    const problems = configurationProblems(configuration);
    if (problems.length > 0) return problems;
    const opened = new Wiring(configuration);
    wiring = opened;
    await opened.listen();
    goFirst();
    load = new LoadReport(opened.clock, (stall) => opened.stalls.write(stall));
    setInterval(() => opened.handOver(), handOverMs);
    return [];
  } catch (error) {
    return [refusalOf(error)];
  }
}

async function answer(text: string): Promise<void> {
  let id = -1;
  try {
    const request = JSON.parse(text) as Request;
    id = request.id;
    say({ id, ok: true, ...(await carryOut(request)) });
    if (request.op === 'stop') leave(0);
  } catch (error) {
    say({ id, ok: false, error: refusalOf(error) });
  }
}

async function carryOut(operation: Operation): Promise<AnswerOf[Operation['op']]> {
  if (wiring === undefined || load === undefined)
    throw new Refused('bad-request', 'the wires are not ready yet');
  switch (operation.op) {
    case 'impair':
      return wiring.impair(operation.impairment);
    case 'heal':
      return wiring.heal(operation.fault);
    case 'link':
      return wiring.link(operation.link);
    case 'mark':
      return wiring.mark(operation.text);
    case 'flush':
    case 'stop':
      return wiring.flush();
    case 'stats': {
      const { user, system } = process.cpuUsage();
      return {
        atNs: wiring.clock.now(),
        wires: wiring.wireStats,
        impairments: wiring.impairments,
        stalls: load.take(wiring.delayed.takeLatenessMaxNs()),
        delayedFrames: wiring.delayed.deliveries,
        lostFromFates: wiring.lostFromFates,
        cpuMs: (user + system) / 1000,
        residentBytes: process.memoryUsage.rss(),
        niceness: getPriority(),
      };
    }
    default:
      operation satisfies never;
      throw new Refused('bad-request', `no such operation: ${JSON.stringify(operation)}`);
  }
}

function goFirst(): void {
  try {
    setPriority(niceness);
  } catch {
    // Only root may; the stall statistics tell how it goes without.
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  return { code: 'system', text: error instanceof Error ? error.message : String(error) };
}

function say(message: Ready | Response): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function leave(code: number): void {
  wiring?.closeNow();
  process.exit(code);
}
