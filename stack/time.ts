declare const unit: unique symbol;

/** A length of time in milliseconds. */
export type Duration = number & { readonly [unit]: 'milliseconds' };

/** A moment in milliseconds on a monotonic clock whose zero means nothing. */
export type Instant = number & { readonly [unit]: 'moment in milliseconds' };

/** So many milliseconds. */
export const ms = (value: number) => value as Duration;

/** So many seconds. */
export const s = (value: number) => (value * 1000) as Duration;

/** The moment that lies `wait` after `at`. */
export const after = (at: Instant, wait: Duration) => (at + wait) as Instant;
