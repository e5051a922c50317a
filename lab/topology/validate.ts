import { readDraft } from './draft.ts';
import type { TopologyProblem } from './problem.ts';
import { addressProblems } from './rules/address-rules.ts';
import { lineProblems } from './rules/line-rules.ts';
import { nameProblems } from './rules/name-rules.ts';
import { viewNetwork } from './rules/network-view.ts';
import { routeProblems } from './rules/route-rules.ts';
import { segmentProblems } from './rules/segment-rules.ts';
import { serviceProblems } from './rules/service-rules.ts';

/**
 * Everything that is wrong with a topology, all at once; an empty list for one that a lab can be built from.
 * Takes any value, since JavaScript callers are checked by nothing else, and never throws.
 */
export function validateTopology(topology: unknown): readonly TopologyProblem[] {
  const { draft, problems } = readDraft(topology);
  const view = viewNetwork(draft);
  return [
    ...problems,
    ...nameProblems(draft),
    ...segmentProblems(draft.segments),
    ...addressProblems(view),
    ...routeProblems(view),
    ...lineProblems(draft),
    ...serviceProblems(view),
  ];
}
