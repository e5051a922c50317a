/** Two moments on the lab clock, in nanoseconds, with the true one somewhere between them. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What both windows allow; undefined when they contradict each other. */
export function overlapOf(one: Window, other: Window): Window | undefined {
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.to, other.to);
  return from <= to ? { from, to } : undefined;
}

export const secondNs = 1e9;

/** A kernel sets and reads timers in ticks; the longest that Linux can be built with is 10 ms (HZ=100). */
const tickNs = 10e6;

/**
 * When an entry is due to go of which a look between `at` and `until` showed `expires` whole seconds. They are
 * rounded down (ip_vs_conn.c), and 0 also stands for an entry that is overdue.
 */
export function dueWindow(expires: number, at: number, until: number): Window {
  return {
    from: expires === 0 ? Number.NEGATIVE_INFINITY : at + expires * secondNs - tickNs,
    to: until + (expires + 1) * secondNs + tickNs,
  };
}

/**
 * How late an entry may go. The kernel's timer wheel sorts timers into ever coarser slots: one that is set 63 * 8^n ticks
 * or more ahead may run 8^(n+1) ticks late, 8/63 of its length, whatever HZ is (kernel/time/timer.c). A second more is for
 * a guest whose processor had to wait for the host's.
 */
export function latenessNs(timeoutNs: number): number {
  return (timeoutNs * 8) / 63 + secondNs;
}
