/** A fragment of an IPv4 datagram. Offsets and lengths count the bytes above IP. */
export interface Piece {
  readonly offset: number;
  readonly bytes: number;
  readonly isLast: boolean;
}

/** Which bytes of a datagram have been seen in fragments, in whatever order they came, and how often. */
export class DatagramPieces {
  /** Byte ranges that have been seen, in order, with a gap between any two. */
  #ranges: (readonly [from: number, to: number])[] = [];
  /** Length of the datagram, once its last fragment has been seen. */
  total: number | undefined;

  add({ offset, bytes, isLast }: Piece): void {
    const end = offset + bytes;
    if (isLast) this.total = end;
    let [from, to] = [offset, end];
    const apart: (readonly [number, number])[] = [];
    for (const range of this.#ranges) {
      if (range[1] < from || range[0] > to) apart.push(range);
      else [from, to] = [Math.min(from, range[0]), Math.max(to, range[1])];
    }
    this.#ranges = [...apart, [from, to] as const].toSorted((one, other) => one[0] - other[0]);
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  get isWhole(): boolean {
    const [only] = this.#ranges;
    return this.#ranges.length === 1 && only !== undefined && only[0] === 0 && only[1] === this.total;
  }
}
