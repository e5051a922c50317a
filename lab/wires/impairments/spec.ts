import type { FrameFilter } from './filter.ts';

/** A node's name, `node:nic` where one NIC is meant, several of them, or everyone on the wire. */
export type Party = 'all' | string | readonly string[];

/**
 * Which of the matching frames are touched, counted from 1 since the impairment began. On a segment frames
 * count, on a cable bytes do. `nth: 3` is the third alone; without `count` a range has no end.
 */
export type Occurrences = { readonly nth: number } | { readonly from: number; readonly count?: number };

/** What happens to the frames or bytes that an impairment selects. */
export type Effect =
  /** Nothing passes, in either direction between the two parties. */
  | { readonly kind: 'cut' }
  /** Nothing passes from the one party towards the other; the way back is open. */
  | { readonly kind: 'block' }
  | ({ readonly kind: 'degrade' } & Degradation)
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'corrupt' };

/** A worse line. All parts may be combined; each percentage is drawn for each frame on its own. */
export interface Degradation {
  readonly lossPercent?: number;
  readonly delayMs?: number;
  /** Up to this much is added to the delay, evenly spread. Jitter alone never changes the order. */
  readonly jitterMs?: number;
  readonly duplicatePercent?: number;
  /** A chosen frame is held until the next one has overtaken it, 100 ms at most. */
  readonly reorderPercent?: number;
  /** One bit of the payload is flipped; on a cable one bit of the byte. */
  readonly corruptPercent?: number;
  /** Each pair of sender and receiver has a line of its own. */
  readonly rate?: {
    readonly kbitPerSecond: number;
    /** What may wait for its turn, in bytes; more is lost. Default: 100 ms of the rate, 10,000 at least. */
    readonly queueBytes?: number;
  };
}

export interface Impairment {
  /** The fault's id: `heal` takes it back, the record names it. */
  readonly fault: string;
  /** A segment or a cable. */
  readonly wire: string;
  /** Who sent it. Default 'all'. */
  readonly from?: Party;
  /** Who would receive it. Default 'all'. */
  readonly towards?: Party;
  /** Segments only. Default: every frame. */
  readonly match?: FrameFilter;
  readonly occurrences?: Occurrences;
  readonly effect: Effect;
}
