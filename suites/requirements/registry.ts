import { nearestName } from '../../lab/topology/nearest-name.ts';
import { lvsArp } from './lvs-arp.ts';
import { lvsDr } from './lvs-dr.ts';
import { lvsGen } from './lvs-gen.ts';
import type { Requirement } from './requirement.ts';
import { sched } from './sched.ts';

const all = [...lvsGen, ...lvsDr, ...lvsArp, ...sched] as const;

export type RequirementId = (typeof all)[number]['id'];

const known: readonly (Requirement & { readonly id: RequirementId })[] = all;

/** Every requirement by its ID, in the order of reports: by family, then by number. */
export const requirements = Object.fromEntries(known.map((requirement) => [requirement.id, requirement])) as {
  readonly [Id in RequirementId]: Requirement & { readonly id: Id };
};

/** Test options of Vitest that tie a test to the requirement it shows. */
export function covers(id: RequirementId): { meta: { requirement: RequirementId } } {
  return { meta: { requirement: id } };
}

export function isRequirementId(text: string): text is RequirementId {
  return Object.hasOwn(requirements, text);
}

/** The ID that a mistyped one most likely stands for; `undefined` when none is close. */
export function nearestId(text: string): RequirementId | undefined {
  const nearest = nearestName(text, Object.keys(requirements));
  return nearest !== undefined && isRequirementId(nearest) ? nearest : undefined;
}
