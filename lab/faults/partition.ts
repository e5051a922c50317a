import { defineFault } from './fault-kind.ts';
import { partyProblems, segmentName } from './names.ts';
import { type Parameter, wanted } from './parameter.ts';
import { impair } from './wire-fault.ts';

export type Groups = readonly (readonly string[])[];

const groups: Parameter<Groups> = {
  isOptional: false,
  isList: true,
  placeholder: 'NODE,NODE',
  help: 'two groups of nodes or more, such as primary,web1 secondary,web2',
  read: (words) => words.map((word) => word.split(',')),
  problems: (value, _, label) => {
    const isSound =
      Array.isArray(value) &&
      value.every(
        (group) => Array.isArray(group) && group.every((name) => typeof name === 'string' && name !== ''),
      );
    return isSound ? [] : [wanted(label, value, 'a list of groups of nodes')];
  },
};

export const partition = defineFault({
  name: 'partition',
  summary: 'keeps groups of nodes on a segment from each other, both ways; nodes in no group are untouched',
  healing: 'joins the groups again',
  words: ['segment', 'groups'],
  parameters: { segment: segmentName, groups },
  problems: ({ segment, groups: given }, plan) => {
    const names = given.flat();
    const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    return [
      ...(given.length < 2 ? [`two groups of nodes or more are wanted: found ${given.length}`] : []),
      ...new Set(names.flatMap((name) => partyProblems(plan, segment, name))),
      ...[...repeated].map((name) => `${name} is in the groups twice`),
    ];
  },
  prepare: ({ segment, groups: given }) => ({
    description: `${segment} partitioned: ${given.map((group) => group.join(' ')).join(' | ')}`,
    inject: (ground, id) =>
      impair(
        ground,
        id,
        pairsOf(given).map(([one, other]) => ({
          wire: segment,
          from: one,
          towards: other,
          effect: { kind: 'cut' },
        })),
      ),
  }),
});

/** Every group with every later one: [a b c] gives ab ac bc. */
function pairsOf<Item>(items: readonly Item[]): readonly (readonly [Item, Item])[] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));
}
