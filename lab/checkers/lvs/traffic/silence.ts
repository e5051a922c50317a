import { disturbances } from '../../disturbances.ts';
import type { JudgingContext } from '../../rule.ts';
import type { DirectorTraffic } from './director-traffic.ts';
import { SYN_REPEATED } from './flow-table.ts';

const answerNs = 1e9;

/**
 * Whether it is certain that a node said nothing to a connection: the client asked again in vain, more than a second has
 * passed that the lab did not sleep through, the node lived, no fault was at work, and the record lacks nothing and
 * would show an answer.
 */
export function isProvenSilent(
  context: JudgingContext,
  traffic: DirectorTraffic,
  flow: number,
  node: number,
  at: number,
): boolean {
  const { nodes, now, isComplete, hasEvents } = context;
  const lab = context.view(disturbances);
  const isRepeated = (traffic.flows.flags[flow]! & SYN_REPEATED) !== 0;
  const isLong = now - at - lab.stalledWithin(at, now) > answerNs;
  const isAlive = (nodes.lastSentAt[node] ?? -1) > at;
  return isRepeated && isLong && isAlive && isComplete && hasEvents && !lab.hasFaultWithin(at, now);
}
