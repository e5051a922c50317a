import type { LossReason } from '../protocol.ts';
import { type Random, seededRandom } from './random.ts';
import { type Direction, directionOf, goesThatWay, isAmong, isSevering, type PartySet } from './selection.ts';
import type { Impairment } from './spec.ts';

/** Neighbouring bytes of a piece that fare alike. */
interface ByteRun {
  /** Position of the first of them in the piece that came in, from 0. */
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly dueNs: number;
  /** The faults that changed one of them. */
  readonly corruptedBy: readonly string[];
}

interface ByteFate {
  readonly from: number;
  readonly count: number;
  readonly fate: 'lost' | 'delayed' | 'corrupted';
  readonly reason?: LossReason;
  readonly delayNs?: number;
  readonly fault: string;
}

export interface ByteJudgement {
  readonly runs: readonly ByteRun[];
  readonly fates: readonly ByteFate[];
}

/** An impairment at work on a cable, with all that it remembers. */
export interface ByteImpairment {
  readonly spec: Impairment;
  readonly direction: Direction;
  readonly random: Random;
  /** Per direction: a serial line never changes the order of its bytes. */
  readonly lastDueNs: [number, number];
  matched: number;
  affected: number;
}

export function byteImpairment(
  spec: Impairment,
  parties: { readonly from: PartySet; readonly towards: PartySet },
  seed = 0,
  seedText = spec.fault,
): ByteImpairment {
  return {
    spec,
    direction: directionOf(spec.effect, parties.from, parties.towards),
    random: seededRandom(seed, seedText),
    lastDueNs: [0, 0],
    matched: 0,
    affected: 0,
  };
}

/** The fault that lets nothing at all pass on this way, if there is one. */
export function byteSeveredBy(
  impairments: readonly ByteImpairment[],
  from: 0 | 1,
): ByteImpairment | undefined {
  return impairments.find(
    ({ spec, direction }) => isSevering(spec) && goesThatWay(direction, from, 1 - from),
  );
}

/**
 * What becomes of the bytes that came in at `nowNs` from end `from` (0 or 1). Bytes are counted and judged one
 * by one, and impairments are applied in the order they began.
 */
export function judgeBytes(
  impairments: readonly ByteImpairment[],
  nowNs: number,
  from: 0 | 1,
  piece: Uint8Array,
): ByteJudgement {
  const passing: (PassingByte | undefined)[] = Array.from(piece, (value) => ({
    value,
    dueNs: nowNs,
    corruptedBy: [],
  }));
  const fates: ByteFate[] = [];
  for (const impairment of impairments) {
    if (!goesThatWay(impairment.direction, from, 1 - from)) continue;
    const touched = passing.map((byte) =>
      byte === undefined ? undefined : impairByte(impairment, from, byte),
    );
    touched.forEach((what, at) => {
      if (what?.fate === 'lost') passing[at] = undefined;
    });
    fates.push(...gatheredFates(touched, impairment.spec.fault));
  }
  return { runs: gatheredRuns(passing), fates };
}

interface PassingByte {
  value: number;
  dueNs: number;
  corruptedBy: readonly string[];
}

type ByteOutcome = Pick<ByteFate, 'fate' | 'reason' | 'delayNs'>;

function impairByte(impairment: ByteImpairment, from: 0 | 1, byte: PassingByte): ByteOutcome | undefined {
  impairment.matched += 1;
  if (!isAmong(impairment.spec.occurrences, impairment.matched)) {
    return keepOrder(impairment, from, byte, byte.dueNs);
  }
  const outcome = applied(impairment, from, byte);
  if (outcome !== undefined) impairment.affected += 1;
  return outcome;
}

function applied(impairment: ByteImpairment, from: 0 | 1, byte: PassingByte): ByteOutcome | undefined {
  const { random, spec } = impairment;
  const effect = spec.effect;
  switch (effect.kind) {
    case 'cut':
    case 'block':
    case 'drop':
      return { fate: 'lost', reason: effect.kind };
    case 'delay':
      return keepOrder(impairment, from, byte, byte.dueNs + effect.delayMs * 1e6);
    case 'corrupt':
      return corrupted(byte, random.below(8), spec.fault);
    case 'degrade': {
      const { lossPercent = 0, corruptPercent = 0, delayMs = 0, jitterMs = 0 } = effect;
      const isLost = random.next() * 100 < lossPercent;
      const isCorrupted = random.next() * 100 < corruptPercent;
      const bit = random.below(8);
      const addedNs = Math.round((delayMs + jitterMs * random.next()) * 1e6);
      if (isLost) return { fate: 'lost', reason: 'loss' };
      const delayed = keepOrder(impairment, from, byte, byte.dueNs + addedNs);
      if (!isCorrupted) return delayed;
      return { ...delayed, ...corrupted(byte, bit, spec.fault) };
    }
    case 'duplicate':
      // Refused before it gets here: a line does not repeat bytes.
      return undefined;
    default:
      return effect satisfies never;
  }
}

function corrupted(byte: PassingByte, bit: number, fault: string): ByteOutcome {
  byte.value ^= 1 << bit;
  byte.corruptedBy = [...byte.corruptedBy, fault];
  return { fate: 'corrupted' };
}

function keepOrder(
  impairment: ByteImpairment,
  from: 0 | 1,
  byte: PassingByte,
  dueNs: number,
): ByteOutcome | undefined {
  const before = byte.dueNs;
  byte.dueNs = Math.max(dueNs, impairment.lastDueNs[from]);
  impairment.lastDueNs[from] = byte.dueNs;
  return byte.dueNs > before ? { fate: 'delayed', delayNs: byte.dueNs - before } : undefined;
}

function gatheredFates(touched: readonly (ByteOutcome | undefined)[], fault: string): ByteFate[] {
  const fates: (ByteFate & { count: number })[] = [];
  touched.forEach((what, at) => {
    if (what === undefined) return;
    const last = fates.at(-1);
    const isLike =
      last !== undefined &&
      last.from + last.count === at &&
      last.fate === what.fate &&
      last.reason === what.reason &&
      last.delayNs === what.delayNs;
    if (isLike) last.count += 1;
    else fates.push({ from: at, count: 1, ...what, fault });
  });
  return fates;
}

function gatheredRuns(passing: readonly (PassingByte | undefined)[]): ByteRun[] {
  const runs: { from: number; bytes: PassingByte[] }[] = [];
  passing.forEach((byte, at) => {
    if (byte === undefined) return;
    const last = runs.at(-1);
    if (last !== undefined && last.from + last.bytes.length === at && last.bytes[0]?.dueNs === byte.dueNs) {
      last.bytes.push(byte);
    } else {
      runs.push({ from: at, bytes: [byte] });
    }
  });
  return runs.map(({ from, bytes }) => ({
    from,
    bytes: Uint8Array.from(bytes, ({ value }) => value),
    dueNs: bytes[0]?.dueNs ?? 0,
    corruptedBy: [...new Set(bytes.flatMap(({ corruptedBy }) => corruptedBy))],
  }));
}
