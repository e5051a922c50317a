import type { Stall } from './protocol.ts';

/** How often the watch looks. A stall is noticed when it is longer than this. */
export const lookEveryNs = 5_000_000;

/** Shorter gaps are ordinary scheduling on a busy host; a fifth of a 100 ms keepalive, the shortest in use, is not. */
const stallNs = 20_000_000;

/** Told the time every 5 ms, it knows from the gaps when it could not be told. */
export class StallWatch {
  #lastNs: number;
  #gapMaxNs = 0;
  #stalls = 0;

  constructor(nowNs: number) {
    this.#lastNs = nowNs;
  }

  /** The stall that has just ended, if there was one: from the moment the look was due. */
  look(nowNs: number): Stall | undefined {
    const beginNs = this.#lastNs + lookEveryNs;
    const lengthNs = nowNs - beginNs;
    this.#gapMaxNs = Math.max(this.#gapMaxNs, lengthNs);
    this.#lastNs = nowNs;
    if (lengthNs <= stallNs) return undefined;
    this.#stalls += 1;
    return { beginNs, lengthNs };
  }

  /** Since the last report. */
  report(): { readonly gapMaxNs: number; readonly stalls: number } {
    const report = { gapMaxNs: this.#gapMaxNs, stalls: this.#stalls };
    this.#gapMaxNs = 0;
    this.#stalls = 0;
    return report;
  }
}
