import { appendFileSync } from 'node:fs';
import type { TraceEvent } from './event.ts';

/**
 * The lab's clock: nanoseconds of CLOCK_MONOTONIC since lab start, the same clock in every process of this
 * machine, with the wall-clock time of its zero for files that want dates.
 */
export class LabClock {
  readonly originMonotonicNs: bigint;
  readonly originEpochNs: bigint;

  constructor() {
    this.originMonotonicNs = process.hrtime.bigint();
    // The wall clock is read right beside; its own millisecond is the error of dates, not of durations.
    this.originEpochNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.originMonotonicNs);
  }
}

/** Collects events in order of their end and keeps them in a file, one JSON value a line. */
export class TraceRecorder {
  readonly clock: LabClock;
  readonly #file: string;
  readonly #events: TraceEvent[] = [];
  readonly #watchers = new Set<(event: TraceEvent) => void>();

  constructor(clock: LabClock, file: string) {
    this.clock = clock;
    this.#file = file;
  }

  get events(): readonly TraceEvent[] {
    return this.#events;
  }

  add(event: TraceEvent): void {
    this.#events.push(event);
    appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
    for (const watch of this.#watchers) watch(event);
  }

  mark(text: string): void {
    this.add({ kind: 'mark', at: this.clock.now(), text });
  }

  watch(onEvent: (event: TraceEvent) => void): Disposable {
    this.#watchers.add(onEvent);
    return { [Symbol.dispose]: () => void this.#watchers.delete(onEvent) };
  }
}
