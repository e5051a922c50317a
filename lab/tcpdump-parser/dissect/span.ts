import type { DissectError, DissectErrorLayer, LengthLimit } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';

/** What is left of a frame for the next header, and what bounds it. */
export interface Span {
  /** The whole frame, from its first byte. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** First byte past what is there, and what put it there. */
  readonly end: number;
  readonly limit: LengthLimit;
  /** First byte past what was on the wire: beyond `end` when the capture was cut. */
  readonly wireEnd: number;
  readonly wireLimit: LengthLimit;
  /** Whole, or a part only, so that a length may point past `wireEnd` in good faith. */
  readonly extent: 'whole' | 'first-fragment' | 'quoted';
}

/**
 * One header taken apart. `bodyError` is something wrong in a part (an option) whose own place is known, so that
 * dissecting goes on after it. Without `ok`, `soFar` is there when the fixed part of the header was.
 */
export type Dissection<T> =
  | {
      readonly ok: true;
      readonly value: T;
      readonly payload: Span;
      readonly bodyError?: DissectError | undefined;
    }
  | { readonly ok: false; readonly error: DissectError; readonly soFar: T | undefined };

export function available(span: Span): number {
  return span.end - span.start;
}

/** The rest of `span` behind a header of `length` bytes. */
export function after(span: Span, length: number): Span {
  return { ...span, start: span.start + length };
}

/** A header that does not fit into what is there. */
export function cutShort(layer: DissectErrorLayer, span: Span, needed: number): DissectError {
  return dissectError(layer, span.start, needed, available(span), span.limit);
}

/**
 * The header at `header` says that its part of `span` is `length` bytes from the start of `span`. Padding behind
 * them is dropped. An error when they cannot all have been on the wire.
 */
export function narrow(
  span: Span,
  layer: DissectErrorLayer,
  header: number,
  length: number,
  name: LengthLimit,
): Span | DissectError {
  const claimed = span.start + length;
  if (claimed > span.wireEnd) {
    if (span.extent !== 'whole') return span;
    return dissectError(layer, header, length, span.wireEnd - span.start, span.wireLimit);
  }
  if (claimed > span.end) return { ...span, wireEnd: claimed, wireLimit: name };
  return { ...span, end: claimed, limit: name, wireEnd: claimed, wireLimit: name };
}

export function isSpan(result: Span | DissectError): result is Span {
  return 'bytes' in result;
}
