/** Start bit, eight data bits, stop bit. */
const bitsPerByte = 10;

/** A 16550's receiver hands over its bytes in lots of up to 14; half a lot is not told from single bytes. */
const bytesPerLotMin = 7;

/** Fast lines are paced in lots this long, or each lot would cost a timer of its own. */
const lotNs = 4_000_000;

export interface Lot {
  readonly bytes: Uint8Array;
  /** When its last bit is through. */
  readonly dueNs: number;
}

/** One direction of a serial line at a fixed rate: a byte begins when the one before it is through. */
export class LinePacing {
  readonly #nsPerByte: number;
  readonly #bytesPerLot: number;
  #freeNs = 0;

  constructor(baud: number) {
    this.#nsPerByte = (bitsPerByte * 1e9) / baud;
    this.#bytesPerLot = Math.max(bytesPerLotMin, Math.floor(lotNs / this.#nsPerByte));
  }

  /** When the bytes given at `atNs`, not before those given earlier, are through. */
  lots(bytes: Uint8Array, atNs: number): Lot[] {
    const lots: Lot[] = [];
    this.#freeNs = Math.max(this.#freeNs, atNs);
    for (let at = 0; at < bytes.length; at += this.#bytesPerLot) {
      const lot = bytes.subarray(at, at + this.#bytesPerLot);
      this.#freeNs += lot.length * this.#nsPerByte;
      lots.push({ bytes: lot, dueNs: this.#freeNs });
    }
    return lots;
  }
}
