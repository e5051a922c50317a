/**
 * Turns 64-bit tick counts of a pcapng interface into seconds and nanoseconds.
 *
 * A count of nanoseconds since 1970 does not fit a double. But its upper 32 bits change only every 4.3 s, so the
 * exact division of that part is done once with BigInt and kept: with `upper · 2^32 = S · perSecond + R`, the time
 * is S seconds and (R + lower) ticks, and R + lower is small enough for a double up to 2^52 ticks a second.
 */
export class TickClock {
  seconds = 0;
  nanoseconds = 0;

  readonly #perSecond: bigint;
  readonly #ticksPerSecond: number;
  readonly #offsetSeconds: number;
  readonly #isFine: boolean;
  /** Nanoseconds in a tick when that is a whole number, else 0. */
  readonly #nanosecondsPerTick: number;
  /** Ticks in a nanosecond when that is a whole number, else 0. */
  readonly #ticksPerNanosecond: number;
  #upper = -1;
  #secondsOfUpper = 0;
  #ticksOfUpper = 0;

  /** `resolution` as in if_tsresol: a power of 10 to 1/base^exponent, or of 2 when bit 7 is set. */
  constructor(resolution: number, offsetSeconds: number) {
    const base = resolution & 0x80 ? 2n : 10n;
    this.#perSecond = base ** BigInt(resolution & 0x7f);
    this.#ticksPerSecond = Number(this.#perSecond);
    this.#offsetSeconds = offsetSeconds;
    this.#isFine = this.#perSecond > 0x10_0000_0000_0000n; // 2^52, so that R + lower stays below 2^53
    this.#nanosecondsPerTick = whole(1e9 / this.#ticksPerSecond);
    this.#ticksPerNanosecond = whole(this.#ticksPerSecond / 1e9);
  }

  /** Leaves the result in `seconds` and `nanoseconds`, rounded down. */
  set(upper: number, lower: number): void {
    if (this.#isFine) {
      this.#setExactly(upper, lower);
      return;
    }
    if (upper !== this.#upper) this.#setUpper(upper);
    const ticks = this.#ticksOfUpper + lower;
    const seconds = Math.floor(ticks / this.#ticksPerSecond);
    const rest = ticks - seconds * this.#ticksPerSecond;
    if (this.#nanosecondsPerTick > 0) this.nanoseconds = rest * this.#nanosecondsPerTick;
    else if (this.#ticksPerNanosecond > 0) this.nanoseconds = Math.floor(rest / this.#ticksPerNanosecond);
    else {
      this.#setExactly(upper, lower);
      return;
    }
    this.seconds = this.#secondsOfUpper + seconds + this.#offsetSeconds;
  }

  #setUpper(upper: number): void {
    const ticks = BigInt(upper) << 32n;
    this.#upper = upper;
    this.#secondsOfUpper = Number(ticks / this.#perSecond);
    this.#ticksOfUpper = Number(ticks % this.#perSecond);
  }

  #setExactly(upper: number, lower: number): void {
    const ticks = (BigInt(upper) << 32n) | BigInt(lower);
    this.seconds = Number(ticks / this.#perSecond) + this.#offsetSeconds;
    this.nanoseconds = Number(((ticks % this.#perSecond) * 1_000_000_000n) / this.#perSecond);
  }
}

function whole(ratio: number): number {
  return Number.isInteger(ratio) ? ratio : 0;
}
