import type { LabPlan } from '../topology/plan.ts';
import type { Effect, Impairment } from '../wires/impairments/spec.ts';
import type { FaultGround, Injected, PreparedFault } from './fault.ts';
import { firstWord, partyProblems } from './names.ts';
import { type OptionalParameter, wanted } from './parameter.ts';

/** What the faults have in common that act on frames and bytes on their way. */

/** Nodes on a wire, `node:port` where one port is meant. */
export type Parties = string | readonly string[];

function parties(help: string): OptionalParameter<Parties> {
  return {
    isOptional: true,
    placeholder: 'NODE[,NODE]',
    help,
    read: (words) => {
      const names = firstWord(words).split(',');
      return names.length === 1 ? names[0] : names;
    },
    problems: (value, _, label) => {
      const names = [value].flat();
      const isSound = names.length > 0 && names.every((name) => typeof name === 'string' && name !== '');
      return isSound ? [] : [wanted(label, value, 'a node or a list of nodes')];
    },
  };
}

export const from = parties('who sent it; default: everybody on the wire');
export const towards = parties('who would receive it; default: everybody on the wire');

interface Way {
  readonly wire: string;
  readonly from?: Parties;
  readonly towards?: Parties;
}

/** That both parties are on the wire, which no parameter can tell by itself. */
export function wayProblems({ wire, ...way }: Way, plan: LabPlan): readonly string[] {
  return [way.from, way.towards]
    .flatMap((names) => names ?? [])
    .flatMap((name) => partyProblems(plan, wire, name));
}

/** ` from web1 towards client`, or nothing for everybody's. */
export function wayText({ from: sender, towards: receiver }: Omit<Way, 'wire'>): string {
  const text = (word: string, names: Parties | undefined) =>
    names === undefined ? '' : ` ${word} ${[names].flat().join(' and ')}`;
  return `${text('from', sender)}${text('towards', receiver)}`;
}

/** A fault that is one impairment of one wire. */
export function impairmentFault(
  description: string,
  way: Way,
  effect: Effect,
  selection: Pick<Impairment, 'match' | 'occurrences'> = {},
): PreparedFault {
  return {
    description,
    inject: (ground, id) => impair(ground, id, [{ ...way, effect, ...selection }]),
  };
}

/** All of the impairments or none. */
export async function impair(
  { wires }: FaultGround,
  fault: string,
  impairments: readonly Omit<Impairment, 'fault'>[],
): Promise<Injected> {
  let atNs: number | undefined;
  try {
    for (const impairment of impairments) {
      const moment = await wires.impair({ fault, ...impairment });
      atNs ??= moment.atNs;
    }
  } catch (error) {
    if (atNs !== undefined) await wires.heal(fault);
    throw error;
  }
  return {
    ...(atNs === undefined ? {} : { atNs }),
    heal: async () => (await wires.heal(fault)).atNs,
  };
}
