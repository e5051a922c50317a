/** A queue shorter than this loses single frames of the largest size. */
const queueBytesMin = 10_000;

const queueMs = 100;

/** A byte takes 8,000,000 ns at 1 kbit/s. */
const nsKbitPerByte = 8e6;

export interface Rate {
  readonly kbitPerSecond: number;
  readonly queueBytes: number;
}

export function rateOf(spec: { readonly kbitPerSecond: number; readonly queueBytes?: number }): Rate {
  return {
    kbitPerSecond: spec.kbitPerSecond,
    queueBytes: spec.queueBytes ?? Math.max(queueBytesMin, (spec.kbitPerSecond / 8) * queueMs),
  };
}

/**
 * A slow line: a token bucket one frame deep. Frames leave one after another, each taking its own length, and
 * what does not fit in the queue is lost. `busyUntilNs` is when the last frame accepted has left; the answer is
 * that moment for this frame, undefined when it is lost.
 */
export function departure(rate: Rate, busyUntilNs: number, nowNs: number, bytes: number): number | undefined {
  const startNs = Math.max(nowNs, busyUntilNs);
  const queuedBytes = ((startNs - nowNs) * rate.kbitPerSecond) / nsKbitPerByte;
  if (queuedBytes + bytes > rate.queueBytes) return undefined;
  return startNs + Math.round((bytes * nsKbitPerByte) / rate.kbitPerSecond);
}
