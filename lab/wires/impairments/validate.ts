import { unknownName } from '../nearest-name.ts';
import type { Effect } from './spec.ts';

type Rule = (value: unknown) => string | undefined;

const percent = number('a percentage from 0 to 100', (value) => value >= 0 && value <= 100);
const milliseconds = number('a number of milliseconds from 0', (value) => value >= 0);
const fromOne = number('a whole number from 1', (value) => Number.isInteger(value) && value >= 1);
const aboveZero = number('a number above 0', (value) => value > 0);

const degradeRules: Readonly<Record<string, Rule>> = {
  lossPercent: percent,
  delayMs: milliseconds,
  jitterMs: milliseconds,
  duplicatePercent: percent,
  reorderPercent: percent,
  corruptPercent: percent,
  rate: object({ kbitPerSecond: aboveZero, queueBytes: fromOne }, ['kbitPerSecond']),
};

const effectRules: Readonly<Record<Effect['kind'], Readonly<Record<string, Rule>>>> = {
  cut: {},
  block: {},
  degrade: degradeRules,
  drop: {},
  delay: { delayMs: milliseconds },
  duplicate: {},
  corrupt: {},
};

/** What a serial line cannot do: it neither repeats nor swaps bytes, and its rate is its baud. */
const segmentOnlyKinds: readonly string[] = ['duplicate'];
const segmentOnlyParts: readonly string[] = ['duplicatePercent', 'reorderPercent', 'rate'];

const impairmentParts = ['fault', 'wire', 'from', 'towards', 'match', 'occurrences', 'effect'];

/** Everything that is wrong with an impairment apart from its names and its match. Empty when it is sound. */
export function impairmentProblems(given: unknown, wireKind: 'segment' | 'cable'): string[] {
  if (!isObject(given)) return [`the impairment is ${JSON.stringify(given)}: an object is wanted`];
  const { fault, from, towards, match, occurrences, effect } = given;
  const problems = unknownParts('part of an impairment', given, impairmentParts);
  if (typeof fault !== 'string' || fault === '') problems.push(wanted('fault', fault, 'the id of the fault'));
  problems.push(...partyProblems('from', from), ...partyProblems('towards', towards));
  problems.push(...occurrenceProblems(occurrences), ...effectProblems(effect, wireKind));
  if (wireKind === 'cable' && match !== undefined) {
    problems.push('match selects frames: a cable carries bytes; occurrences select bytes by their position');
  }
  return problems;
}

function effectProblems(effect: unknown, wireKind: 'segment' | 'cable'): string[] {
  const kinds = Object.keys(effectRules).filter(
    (kind) => wireKind === 'segment' || !segmentOnlyKinds.includes(kind),
  );
  const { kind, ...rest } = isObject(effect) ? effect : {};
  if (typeof kind !== 'string') return [wanted('effect.kind', kind, `one of ${kinds.join(', ')}`)];
  if (!kinds.includes(kind)) return [unknownName(`effect on a ${wireKind}`, kind, kinds)];
  const rules = Object.fromEntries(
    Object.entries(effectRules[kind as Effect['kind']]).filter(
      ([part]) => wireKind === 'segment' || !segmentOnlyParts.includes(part),
    ),
  );
  const problems = unknownParts(`part of "${kind}" on a ${wireKind}`, rest, Object.keys(rules));
  for (const [part, rule] of Object.entries(rules)) {
    if (rest[part] === undefined && kind === 'degrade') continue;
    const allowed = rule(rest[part]);
    if (allowed !== undefined) problems.push(wanted(`effect.${part}`, rest[part], allowed));
  }
  if (kind === 'degrade' && Object.keys(rest).length === 0) {
    problems.push(`effect "degrade" changes nothing: one of ${Object.keys(rules).join(', ')} is wanted`);
  }
  return problems;
}

function occurrenceProblems(occurrences: unknown): string[] {
  if (occurrences === undefined) return [];
  const allowed = object({ nth: fromOne, from: fromOne, count: fromOne }, [])(occurrences);
  const { nth, from, count } = isObject(occurrences) ? occurrences : {};
  const hasOne = nth === undefined ? from !== undefined : from === undefined && count === undefined;
  if (allowed === undefined && hasOne) return [];
  return [wanted('occurrences', occurrences, '{ nth } or { from, count }, whole numbers from 1,')];
}

function partyProblems(part: string, party: unknown): string[] {
  const isSound =
    party === undefined ||
    (typeof party === 'string' && party !== '') ||
    (Array.isArray(party) && party.length > 0 && party.every((name) => typeof name === 'string'));
  return isSound ? [] : [wanted(part, party, '"all", a node or a list of nodes')];
}

function object(rules: Readonly<Record<string, Rule>>, required: readonly string[]): Rule {
  const shape = `{ ${Object.keys(rules).join(', ')} }`;
  return (value) => {
    if (!isObject(value)) return shape;
    for (const key of Object.keys(value)) if (!Object.hasOwn(rules, key)) return shape;
    for (const [key, rule] of Object.entries(rules)) {
      if (value[key] === undefined && !required.includes(key)) continue;
      const allowed = rule(value[key]);
      if (allowed !== undefined) return `${shape} with ${key} ${allowed}`;
    }
    return undefined;
  };
}

function number(what: string, holds: (value: number) => boolean): Rule {
  return (value) => (typeof value === 'number' && Number.isFinite(value) && holds(value) ? undefined : what);
}

function unknownParts(
  what: string,
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
): string[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => unknownName(what, key, known));
}

function wanted(path: string, value: unknown, allowed: string): string {
  return value === undefined
    ? `${path} is missing: ${allowed} is wanted`
    : `${path} is ${JSON.stringify(value)}: ${allowed} is wanted`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
