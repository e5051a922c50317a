import { parseIpv4 } from 'tcpdump-parser';
import type { VisitEvent } from '../../trace/event.ts';
import type { DirectorTraffic } from '../lvs/traffic/director-traffic.ts';
import type { JudgingContext } from '../rule.ts';

/** Addresses that a visit's packets may have had for their source. */
export function sourcesOf({ plan }: JudgingContext, { node }: VisitEvent): readonly number[] {
  const nics = plan.nodes.find(({ name }) => name === node)?.nics ?? [];
  return nics.flatMap(({ address }) => parseIpv4(address) ?? []);
}

/** Name of the director that a visit's packets came to; without frames, of the only one there is. */
export function directorOf(
  context: JudgingContext,
  traffic: DirectorTraffic,
  visit: VisitEvent,
): string | undefined {
  const vip = parseIpv4(visit.address) ?? 0;
  for (const source of sourcesOf(context, visit)) {
    for (const { localPort } of visit.outcomes) {
      const flow = traffic.find(source, localPort, vip, visit.port, visit.protocol);
      const director = flow < 0 ? -1 : traffic.flows.director[flow]!;
      if (director >= 0) return context.nodes.name(director);
    }
  }
  const directors = context.nodes.nodes.filter(({ index }) => context.nodes.isDirector[index]);
  return directors.length === 1 ? directors[0]!.name : undefined;
}
