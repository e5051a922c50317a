/** Seconds and nanoseconds of process.hrtime: CLOCK_MONOTONIC, the same in every process of the host. */
export type MonotonicSource = () => readonly [seconds: number, nanoseconds: number];

const nsPerSecond = 1_000_000_000;

/**
 * The lab clock: nanoseconds since the owner's origin, as a plain number (exact for 104 days). The wall clock
 * is the same count plus one constant, so a step of the host's wall clock never shows in the record.
 */
export class LabClock {
  readonly #source: MonotonicSource;
  readonly #originSeconds: number;
  readonly #originNanoseconds: number;
  readonly #epochSeconds: number;
  readonly #epochNanoseconds: number;
  #lastStamp = Number.NEGATIVE_INFINITY;

  constructor(originMonotonicNs: bigint, originEpochNs: bigint, source: MonotonicSource = process.hrtime) {
    this.#source = source;
    [this.#originSeconds, this.#originNanoseconds] = split(originMonotonicNs);
    [this.#epochSeconds, this.#epochNanoseconds] = split(originEpochNs);
  }

  now(): number {
    const [seconds, nanoseconds] = this.#source();
    return (seconds - this.#originSeconds) * nsPerSecond + (nanoseconds - this.#originNanoseconds);
  }

  /** Now, or 1 ns after the last stamp: no two stamps are equal and none is earlier than one before it. */
  stamp(): number {
    const now = this.now();
    this.#lastStamp = now > this.#lastStamp ? now : this.#lastStamp + 1;
    return this.#lastStamp;
  }

  /** 1 ns after the last stamp: for the next frame of the same chunk, without asking the kernel again. */
  stampFollowing(): number {
    this.#lastStamp += 1;
    return this.#lastStamp;
  }

  /** Whole seconds since 1970 of a moment on the lab clock. */
  wallSeconds(atNs: number): number {
    return this.#epochSeconds + Math.floor((this.#epochNanoseconds + atNs) / nsPerSecond);
  }

  /** The nanoseconds that go with `wallSeconds`. */
  wallNanoseconds(atNs: number): number {
    const nanoseconds = (this.#epochNanoseconds + atNs) % nsPerSecond;
    return nanoseconds < 0 ? nanoseconds + nsPerSecond : nanoseconds;
  }
}

function split(ns: bigint): [seconds: number, nanoseconds: number] {
  return [Number(ns / BigInt(nsPerSecond)), Number(ns % BigInt(nsPerSecond))];
}
