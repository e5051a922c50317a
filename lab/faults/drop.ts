import type { Occurrences } from '../wires/impairments/spec.ts';
import { defineFault } from './fault-kind.ts';
import { frameMatch, matchText } from './frame-match.ts';
import { firstWord, isLine, wireName } from './names.ts';
import { type OptionalParameter, wanted } from './parameter.ts';
import { from, impairmentFault, towards, wayProblems, wayText } from './wire-fault.ts';

/** One by its number, or a range of numbers; counted from 1 among what matches, since the fault began. */
export type Nth = number | { readonly from: number; readonly count?: number };

const nth: OptionalParameter<Nth> = {
  isOptional: true,
  placeholder: 'N',
  help: 'the Nth alone, or N-M, or N- for all from the Nth on; on a line bytes are counted',
  read: (words) => readNth(firstWord(words)) ?? firstWord(words),
  problems: (value, _, label) =>
    isNth(value) ? [] : [wanted(label, value, 'a whole number from 1, or a range such as 3-5 or 3-,')],
};

export const drop = defineFault({
  name: 'drop',
  summary: 'loses the frames that match, and no others',
  healing: 'lets them pass again',
  words: ['wire'],
  parameters: { wire: wireName, from, towards, match: frameMatch, nth },
  problems: (spec, plan) => [
    ...wayProblems(spec, plan),
    ...(spec.match === undefined && spec.nth === undefined
      ? ['match, nth or both are wanted: without either it is a block or a cut']
      : []),
    ...(spec.match !== undefined && isLine(plan, spec.wire)
      ? [`match is not possible on ${spec.wire}: a line carries bytes, which nth selects by their position`]
      : []),
  ],
  prepare: ({ match, nth: which, ...way }, plan) => {
    const thing = isLine(plan, way.wire) ? 'byte' : 'frame';
    const what = [
      nthText(which, thing),
      wayText(way),
      match === undefined ? '' : ` with ${matchText(match)}`,
    ];
    return impairmentFault(
      `${way.wire} drops ${what.join('')}`,
      way,
      { kind: 'drop' },
      {
        ...(match === undefined ? {} : { match }),
        ...(which === undefined ? {} : { occurrences: occurrencesOf(which) }),
      },
    );
  },
});

function readNth(text: string): Nth | undefined {
  const parts = /^(\d+)(-(\d*))?$/.exec(text);
  if (parts === null) return undefined;
  const first = Number(parts[1]);
  if (parts[2] === undefined) return first;
  return parts[3] === '' ? { from: first } : { from: first, count: Number(parts[3]) - first + 1 };
}

function isNth(value: unknown): value is Nth {
  const isCount = (number: unknown) => Number.isInteger(number) && (number as number) >= 1;
  if (typeof value !== 'object' || value === null) return isCount(value);
  const { from: first, count, ...rest } = value as { from?: unknown; count?: unknown };
  return isCount(first) && (count === undefined || isCount(count)) && Object.keys(rest).length === 0;
}

function occurrencesOf(which: Nth): Occurrences {
  return typeof which === 'number' ? { nth: which } : which;
}

function nthText(which: Nth | undefined, thing: string): string {
  if (which === undefined) return `every ${thing}`;
  if (typeof which === 'number') return `${thing} ${which}`;
  if (which.count === undefined) return `${thing}s from ${which.from} on`;
  return `${thing}s ${which.from} to ${which.from + which.count - 1}`;
}
