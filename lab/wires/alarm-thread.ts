import { Worker } from 'node:worker_threads';
import type { LabClock } from './clock.ts';

/** In the shared cell: nobody waits for anything. */
export const never = 2n ** 63n - 1n;

/** Called when a moment has come; told the time on the lab clock. */
export type Ring = (nowNs: number) => void;

export interface Alarm {
  /** Rings once at this moment on the lab clock. A later call replaces an earlier one; Infinity disarms. */
  arm(dueNs: number): void;
}

interface Line extends Alarm {
  dueNs: number;
  readonly ring: Ring;
}

/**
 * Alarms far more precise than setTimeout, which counts whole milliseconds: a second thread sleeps on one cell of
 * shared memory until the next moment and sends a message then, some 0.1 ms late. Turning the event loop until the
 * moment has come is as precise and takes a whole processor as long as delayed frames keep coming.
 */
export class AlarmThread {
  readonly #clock: LabClock;
  readonly #originMonotonicNs: bigint;
  readonly #cell = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #lines: Line[] = [];
  #armedNs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(clock: LabClock, originMonotonicNs: bigint) {
    this.#clock = clock;
    this.#originMonotonicNs = originMonotonicNs;
    this.#cell[0] = never;
  }

  /** Alarms ring only once the thread runs: it is started by the first call, and runs when this resolves. */
  begin(): Promise<void> {
    this.#running ??= new Promise((done) => {
      const thread = new Worker(new URL('./alarm-worker.ts', import.meta.url), { workerData: this.#cell });
      thread.on('message', () => {
        // The first message says that the thread runs.
        done();
        this.#rang();
      });
    });
    return this.#running;
  }

  alarm(ring: Ring): Alarm {
    const line: Line = {
      dueNs: Number.POSITIVE_INFINITY,
      ring,
      arm: (dueNs) => {
        line.dueNs = dueNs;
        if (dueNs < this.#armedNs) this.#set(dueNs);
      },
    };
    this.#lines.push(line);
    return line;
  }

  #rang(): void {
    const nowNs = this.#clock.now();
    for (const line of this.#lines) {
      if (line.dueNs > nowNs) continue;
      line.dueNs = Number.POSITIVE_INFINITY;
      line.ring(nowNs);
    }
    this.#armedNs = Number.POSITIVE_INFINITY;
    const nextNs = Math.min(...this.#lines.map(({ dueNs }) => dueNs));
    if (nextNs < this.#armedNs) this.#set(nextNs);
  }

  #set(dueNs: number): void {
    this.#armedNs = dueNs;
    Atomics.store(this.#cell, 0, this.#originMonotonicNs + BigInt(Math.ceil(dueNs)));
    Atomics.notify(this.#cell, 0);
  }
}
