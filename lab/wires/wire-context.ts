import type { LabClock } from './clock.ts';
import type { JsonLines } from './json-lines.ts';
import type { Fate, Limits } from './protocol.ts';
import type { WireRecord } from './wire-record.ts';

/** What all wires share, and the record that is this wire's own. */
export interface WireContext {
  readonly clock: LabClock;
  readonly limits: Limits;
  readonly record: WireRecord;
  readonly fates: JsonLines<Fate>;
  readonly delayed: DelayedTally;
}

/** Counts over all wires what waits for its moment, and how late it was at most. */
export class DelayedTally {
  deliveries = 0;
  bytes = 0;
  #latenessMaxNs = 0;

  entered(bytes: number): void {
    this.deliveries += 1;
    this.bytes += bytes;
  }

  left(bytes: number, latenessNs: number): void {
    this.deliveries -= 1;
    this.bytes -= bytes;
    this.#latenessMaxNs = Math.max(this.#latenessMaxNs, latenessNs);
  }

  /** Since the last call. */
  takeLatenessMaxNs(): number {
    const latenessNs = this.#latenessMaxNs;
    this.#latenessMaxNs = 0;
    return latenessNs;
  }
}
