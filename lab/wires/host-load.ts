import { readFileSync } from 'node:fs';

/** USER_HZ: what /proc counts processor time in, on every architecture Linux has today; time(7). */
const ticksPerSecond = 100;

/** Sums since boot or since the process began; undefined where the kernel does not tell. */
export interface HostLoad {
  /** Time in which some task waited for a processor: "some" of /proc/pressure/cpu. */
  readonly hostPressureMs: number | undefined;
  readonly stealMs: number | undefined;
  /** Time this process was runnable and not running: /proc/self/schedstat. */
  readonly runQueueWaitMs: number | undefined;
}

export function readHostLoad(read: (path: string) => string | undefined = readProc): HostLoad {
  return {
    hostPressureMs: pressureMs(read('/proc/pressure/cpu')),
    stealMs: stealMs(read('/proc/stat')),
    runQueueWaitMs: runQueueWaitMs(read('/proc/self/schedstat')),
  };
}

/** What was added between two readings. */
export function loadSince(before: HostLoad, now: HostLoad): Partial<Record<keyof HostLoad, number>> {
  const added: Partial<Record<keyof HostLoad, number>> = {};
  for (const key of ['hostPressureMs', 'stealMs', 'runQueueWaitMs'] as const) {
    const [from, to] = [before[key], now[key]];
    if (from !== undefined && to !== undefined) added[key] = to - from;
  }
  return added;
}

/** `some avg10=0.12 avg60=0.34 avg300=0.56 total=123456`, microseconds; Documentation/accounting/psi.rst. */
function pressureMs(text: string | undefined): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(text ?? '')?.[1];
  return total === undefined ? undefined : Number(total) / 1000;
}

/** The eighth number of the line `cpu`; proc(5). */
function stealMs(text: string | undefined): number | undefined {
  const ticks = /^cpu +(?:\d+ ){7}(\d+)/m.exec(text ?? '')?.[1];
  return ticks === undefined ? undefined : (Number(ticks) * 1000) / ticksPerSecond;
}

/** The second of three numbers, nanoseconds; Documentation/scheduler/sched-stats.rst. */
function runQueueWaitMs(text: string | undefined): number | undefined {
  const waited = /^\d+ (\d+) /.exec(text ?? '')?.[1];
  return waited === undefined ? undefined : Number(waited) / 1e6;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
