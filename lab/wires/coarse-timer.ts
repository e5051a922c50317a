import type { LabClock } from './clock.ts';

const nsPerMs = 1_000_000;

/** Rings at a moment on the lab clock, up to 2 ms late: setTimeout counts whole milliseconds. */
export class CoarseTimer {
  readonly #clock: LabClock;
  readonly #ring: (nowNs: number) => void;
  #timeout: NodeJS.Timeout | undefined;
  #dueNs = Number.POSITIVE_INFINITY;

  constructor(clock: LabClock, ring: (nowNs: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** A later call replaces an earlier one; Infinity disarms. */
  arm(dueNs: number): void {
    if (dueNs === this.#dueNs) return;
    this.#dueNs = dueNs;
    clearTimeout(this.#timeout);
    if (dueNs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(Math.ceil((dueNs - this.#clock.now()) / nsPerMs), 0);
    this.#timeout = setTimeout(() => {
      const nowNs = this.#clock.now();
      this.#dueNs = Number.POSITIVE_INFINITY;
      if (nowNs < dueNs) this.arm(dueNs);
      else this.#ring(nowNs);
    }, leftMs);
  }
}
