import type { Fate, LossReason } from '../protocol.ts';
import { corruptedFrame } from './corruption.ts';
import { type FrameMatch, matchEverything } from './filter.ts';
import { type Random, seededRandom } from './random.ts';
import { departure, type Rate, rateOf } from './rate.ts';
import { type Direction, directionOf, goesThatWay, isAmong, isSevering, type PartySet } from './selection.ts';
import type { Degradation, Impairment } from './spec.ts';

/** A held frame goes on by itself after this long when no other overtakes it. */
const holdNsMax = 100_000_000;

/** Something to be handed to some ports at a moment. */
export interface Delivery {
  readonly to: number[];
  /** May be replaced by a copy with the same bytes. */
  frame: Uint8Array;
  /** What the record calls it when it differs from the frame that came in. */
  readonly kind: 'original' | 'duplicate' | 'corrupted copy';
  readonly fault: string | undefined;
  dueNs: number;
  /** Set by whoever delivers. */
  isDone: boolean;
}

type FrameFate = Required<Pick<Fate, 'fate'>> & {
  readonly to: number;
  readonly fault: string;
  readonly reason?: LossReason;
  readonly delayNs?: number;
};

export interface Judgement {
  readonly deliveries: readonly Delivery[];
  readonly fates: readonly FrameFate[];
  /** Held frames that this one has overtaken: their `dueNs` is earlier now. */
  readonly overtaken: readonly Delivery[];
}

/** An impairment at work on a segment, with all that it remembers. */
export interface FrameImpairment {
  readonly spec: Impairment;
  readonly direction: Direction;
  readonly matches: FrameMatch;
  readonly random: Random;
  readonly degradation: Degradation;
  readonly rate: Rate | undefined;
  /** Per pair of ports, see `pairOf`. */
  readonly busyUntilNs: Map<number, number>;
  readonly lastDueNs: Map<number, number>;
  held: { readonly deliveries: readonly Delivery[]; readonly from: number } | undefined;
  matched: number;
  affected: number;
}

export function frameImpairment(
  spec: Impairment,
  parties: { readonly from: PartySet; readonly towards: PartySet },
  matches: FrameMatch = matchEverything,
  seed = 0,
  seedText = spec.fault,
): FrameImpairment {
  const degradation = spec.effect.kind === 'degrade' ? spec.effect : degradationOf(spec);
  return {
    spec,
    direction: directionOf(spec.effect, parties.from, parties.towards),
    matches,
    random: seededRandom(seed, seedText),
    degradation,
    rate: degradation.rate === undefined ? undefined : rateOf(degradation.rate),
    busyUntilNs: new Map(),
    lastDueNs: new Map(),
    held: undefined,
    matched: 0,
    affected: 0,
  };
}

/** The fault that lets nothing at all pass on this way, if there is one. */
export function severedBy(
  impairments: readonly FrameImpairment[],
  from: number,
  to: number,
): FrameImpairment | undefined {
  return impairments.find(({ spec, direction }) => isSevering(spec) && goesThatWay(direction, from, to));
}

/** One copy on its way to one port, while the impairments are applied to it. */
interface Passing {
  readonly to: number;
  frame: Uint8Array;
  kind: Delivery['kind'];
  fault: string | undefined;
  dueNs: number;
  holder: FrameImpairment | undefined;
}

/**
 * What becomes of a frame that came in at `nowNs` on port `from` and is bound for the ports `to`. Impairments
 * are applied in the order they began. Each judges the frame once, and its draws hold for all ports that it
 * selects: a frame lost on its sender's line is lost for everyone.
 */
export function judgeFrame(
  impairments: readonly FrameImpairment[],
  nowNs: number,
  from: number,
  to: readonly number[],
  frame: Uint8Array,
): Judgement {
  const fates: FrameFate[] = [];
  let passing = to.map(
    (port): Passing => ({
      to: port,
      frame,
      kind: 'original',
      fault: undefined,
      dueNs: nowNs,
      holder: undefined,
    }),
  );
  const chosen: FrameImpairment[] = [];
  for (const impairment of impairments) {
    const selected = passing.filter((one) => goesThatWay(impairment.direction, from, one.to));
    if (selected.length === 0 || !impairment.matches(frame)) continue;
    impairment.matched += 1;
    if (!isAmong(impairment.spec.occurrences, impairment.matched)) continue;
    chosen.push(impairment);
    const untouched = passing.filter((one) => !selected.includes(one));
    const fatesBefore = fates.length;
    passing = [...untouched, ...impaired(impairment, nowNs, from, selected, fates)];
    if (fates.length > fatesBefore) impairment.affected += 1;
  }
  const deliveries = gathered(passing, from);
  return { deliveries, fates, overtaken: overtakenBy(chosen, from, deliveries) };
}

function impaired(
  impairment: FrameImpairment,
  nowNs: number,
  from: number,
  selected: readonly Passing[],
  fates: FrameFate[],
): Passing[] {
  const { spec, degradation, random } = impairment;
  const fault = spec.fault;
  const everyone = [...new Set(selected.map((one) => one.to))];
  const tell = (ports: readonly number[], what: Omit<FrameFate, 'to' | 'fault'>) => {
    for (const port of ports) fates.push({ to: port, fault, ...what });
  };
  if (spec.effect.kind === 'cut' || spec.effect.kind === 'block' || spec.effect.kind === 'drop') {
    tell(everyone, { fate: 'lost', reason: spec.effect.kind });
    return [];
  }
  // Every draw is made for every frame, so that one answer does not shift the next frame's.
  const isLost = hits(degradation.lossPercent, random);
  const isCorrupted = hits(degradation.corruptPercent, random);
  const isDuplicated = hits(degradation.duplicatePercent, random);
  const bitPosition = drawn(degradation.corruptPercent === undefined ? undefined : 1, random);
  const isHeld = hits(degradation.reorderPercent, random);
  const addedNs = Math.round(1e6 * ((degradation.delayMs ?? 0) + drawn(degradation.jitterMs, random)));
  if (isLost) {
    tell(everyone, { fate: 'lost', reason: 'loss' });
    return [];
  }
  let passing = [...selected];
  if (isCorrupted && corrupt(passing, fault, bitPosition)) tell(everyone, { fate: 'corrupted' });
  if (isDuplicated) {
    passing = passing.flatMap((one) => [
      one,
      { ...one, kind: one.kind === 'original' ? 'duplicate' : one.kind, fault },
    ]);
    tell(everyone, { fate: 'duplicated' });
  }
  const delayed = new Map<number, number>();
  passing = passing.filter((one) => {
    const before = one.dueNs;
    if (!delay(impairment, from, one, addedNs)) {
      tell([one.to], { fate: 'lost', reason: 'rate' });
      return false;
    }
    if (one.dueNs > before && !delayed.has(one.to)) delayed.set(one.to, one.dueNs - before);
    return true;
  });
  for (const [port, delayNs] of delayed) tell([port], { fate: 'delayed', delayNs });
  if (isHeld && passing.length > 0 && isFree(impairment.held, nowNs)) {
    for (const one of passing) {
      one.dueNs += holdNsMax;
      one.holder = impairment;
    }
    tell([...new Set(passing.map((one) => one.to))], { fate: 'held' });
  }
  return passing;
}

/** Adds the line's rate, its delay and its jitter; false when the rate's queue is full. */
function delay(impairment: FrameImpairment, from: number, one: Passing, addedNs: number): boolean {
  const { rate, degradation, busyUntilNs, lastDueNs } = impairment;
  const pair = pairOf(from, one.to);
  if (rate !== undefined) {
    const leavesNs = departure(rate, busyUntilNs.get(pair) ?? 0, one.dueNs, one.frame.length);
    if (leavesNs === undefined) return false;
    busyUntilNs.set(pair, leavesNs);
    one.dueNs = leavesNs;
  }
  one.dueNs += addedNs;
  if (degradation.jitterMs !== undefined) {
    one.dueNs = Math.max(one.dueNs, lastDueNs.get(pair) ?? 0);
    lastDueNs.set(pair, one.dueNs);
  }
  return true;
}

/** All copies of one frame are corrupted alike. False when there was no payload. */
function corrupt(passing: readonly Passing[], fault: string, bitPosition: number): boolean {
  const copies = new Map<Uint8Array, Uint8Array | undefined>();
  for (const one of passing) {
    if (!copies.has(one.frame)) copies.set(one.frame, corruptedFrame(one.frame, bitPosition));
    const copy = copies.get(one.frame);
    if (copy === undefined) return false;
    one.frame = copy;
    one.kind = 'corrupted copy';
    one.fault = fault;
  }
  return true;
}

/** Copies that are alike in all but the port become one delivery. */
function gathered(passing: readonly Passing[], from: number): Delivery[] {
  const deliveries: Delivery[] = [];
  const held = new Map<FrameImpairment, Set<Delivery>>();
  for (const one of passing) {
    const like = deliveries.find(
      (other) =>
        other.frame === one.frame &&
        other.kind === one.kind &&
        other.dueNs === one.dueNs &&
        other.fault === one.fault &&
        !other.to.includes(one.to),
    );
    if (like !== undefined) {
      like.to.push(one.to);
      continue;
    }
    const { to, frame, kind, fault, dueNs, holder } = one;
    const delivery = { to: [to], frame, kind, fault, dueNs, isDone: false };
    deliveries.push(delivery);
    if (holder !== undefined) held.set(holder, (held.get(holder) ?? new Set()).add(delivery));
  }
  for (const [holder, set] of held) holder.held = { deliveries: [...set], from };
  return deliveries;
}

function overtakenBy(
  chosen: readonly FrameImpairment[],
  from: number,
  deliveries: readonly Delivery[],
): Delivery[] {
  const overtaken: Delivery[] = [];
  for (const impairment of chosen) {
    const held = impairment.held;
    if (held === undefined || held.from !== from) continue;
    if (held.deliveries.some((one) => deliveries.includes(one))) continue;
    const ports = new Set(held.deliveries.flatMap(({ to }) => to));
    const overtaker = deliveries.find(({ to }) => to.some((port) => ports.has(port)));
    if (overtaker === undefined) continue;
    impairment.held = undefined;
    for (const one of held.deliveries) {
      if (one.isDone) continue;
      one.dueNs = Math.min(one.dueNs, overtaker.dueNs);
      overtaken.push(one);
    }
  }
  return overtaken;
}

function isFree(held: FrameImpairment['held'], nowNs: number): boolean {
  return held === undefined || held.deliveries.every(({ isDone, dueNs }) => isDone || dueNs <= nowNs);
}

function degradationOf({ effect }: Impairment): Degradation {
  switch (effect.kind) {
    case 'cut':
    case 'block':
    case 'drop':
      return {};
    case 'delay':
      return { delayMs: effect.delayMs };
    case 'duplicate':
      return { duplicatePercent: 100 };
    case 'corrupt':
      return { corruptPercent: 100 };
    case 'degrade':
      return effect;
    default:
      return effect satisfies never;
  }
}

/** Draws only where a percentage is given. 0 never hits and 100 always does: draws are in [0, 1). */
function hits(percent: number | undefined, random: Random): boolean {
  return percent !== undefined && random.next() * 100 < percent;
}

function drawn(limit: number | undefined, random: Random): number {
  return limit === undefined ? 0 : random.next() * limit;
}

/** Ports of a segment are numbered from 0; 65,536 of them are more than any lab has. */
function pairOf(from: number, to: number): number {
  return from * 65_536 + to;
}
