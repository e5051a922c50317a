import type { Endpoint } from '../ipvs-text/hex-endpoint.ts';

/** The newest of them are kept: more connections than that between two looks at a table, and nobody counts them. */
const keptMax = 8192;

/** When connections to virtual endpoints began, to be counted afterwards. */
export class ArrivalLog {
  readonly #at = new Float64Array(keptMax);
  readonly #endpoint = new Float64Array(keptMax);
  #total = 0;

  add(endpoint: Endpoint, at: number): void {
    const slot = this.#total++ % keptMax;
    this.#at[slot] = at;
    this.#endpoint[slot] = numberOf(endpoint);
  }

  /** How many began after one moment and up to another; undefined when that is too long ago. */
  between(endpoint: Endpoint, from: number, to: number): number | undefined {
    const wanted = numberOf(endpoint);
    let found = 0;
    for (let index = this.#total - 1; index >= 0 && index >= this.#total - keptMax; index--) {
      const at = this.#at[index % keptMax]!;
      if (at <= from) return found;
      if (at <= to && this.#endpoint[index % keptMax] === wanted) found += 1;
    }
    return this.#total > keptMax ? undefined : found;
  }
}

function numberOf({ address, port }: Endpoint): number {
  return (address >>> 0) * 0x1_0000 + port;
}
