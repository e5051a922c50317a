import type { Effect, Impairment, Occurrences } from './spec.ts';

/** The ports of a wire by index; undefined means all of them. */
export type PartySet = ReadonlySet<number> | undefined;

/** Which way the impairment works: both ways between the parties for a cut, one way for all else. */
export interface Direction {
  readonly from: PartySet;
  readonly towards: PartySet;
  readonly isBothWays: boolean;
}

export function directionOf(effect: Effect, from: PartySet, towards: PartySet): Direction {
  return { from, towards, isBothWays: effect.kind === 'cut' };
}

export function goesThatWay(direction: Direction, from: number, to: number): boolean {
  return (
    (contains(direction.from, from) && contains(direction.towards, to)) ||
    (direction.isBothWays && contains(direction.from, to) && contains(direction.towards, from))
  );
}

/** Lets nothing pass on its way, so that what is under way is stopped as well. */
export function isSevering({ effect, match, occurrences }: Impairment): boolean {
  return (
    (effect.kind === 'cut' || effect.kind === 'block') && match === undefined && occurrences === undefined
  );
}

/** `number` counts from 1. */
export function isAmong(occurrences: Occurrences | undefined, number: number): boolean {
  if (occurrences === undefined) return true;
  if ('nth' in occurrences) return number === occurrences.nth;
  const { from, count = Number.POSITIVE_INFINITY } = occurrences;
  return number >= from && number < from + count;
}

function contains(party: PartySet, port: number): boolean {
  return party === undefined || party.has(port);
}
