import { formatIpv4 } from 'tcpdump-parser';
import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { readStatistics, type ServiceStatistics, type Statistics } from '../ipvs-text/statistics.ts';
import { type Destination, findService, formatEndpoint, type VirtualService } from '../ipvs-text/table.ts';
import { count, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { observationPlace } from '../tables/entry-observations.ts';
import { type TableHistory, tableHistory } from '../tables/table-history.ts';

/**
 * LVS-DR-04: replies of directly routed services never pass the director, so it counts no outgoing packet. A
 * destination that is the director itself is another matter: what leaves it does pass.
 */
export const lvsDr04: Rule = {
  id: 'LVS-DR-04',
  needs: ['events'],
  interest: [],
  open: (context) => new Dr04(context),
};

class Dr04 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-04');
  readonly #context: JudgingContext;
  readonly #tables: TableHistory;
  #looks = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#tables = context.view(tableHistory);
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'ip_vs_stats_exact' || (event.namespace ?? '') !== '')
      return;
    // A table that was observed meanwhile is told by then.
    this.#context.schedule(event.until, () => this.#look(event));
  }

  #look(event: ObservationEvent): void {
    this.#looks += 1;
    for (const statistics of readStatistics(event.text)) {
      if (this.#isDirect(event, statistics)) this.#judge(event, statistics, statistics, undefined);
      for (const server of statistics.destinations) {
        if (this.#isDirectTo(event, statistics, server)) this.#judge(event, statistics, server, server);
      }
    }
  }

  #judge(
    event: ObservationEvent,
    service: ServiceStatistics,
    { packetsIn, packetsOut }: Statistics,
    server: Statistics | undefined,
  ): void {
    if (packetsOut === 0) {
      if (packetsIn > 0) this.#tally.right += 1;
      return;
    }
    const what = formatEndpoint(service) + (server === undefined ? '' : ` → ${formatEndpoint(server)}`);
    this.#tally.breach(() => ({
      claim: `${event.node} counted ${count(packetsOut, 'outgoing packet')} of ${what}, which is routed directly`,
      at: event.at,
      node: event.node,
      expected: 'OutPkts 0',
      seen: [`InPkts ${packetsIn}, OutPkts ${packetsOut}`],
      evidence: [observationPlace(event.what, event.node, event.at)],
    }));
  }

  /** All of the service's destinations are other machines that are routed to directly. */
  #isDirect(event: ObservationEvent, { protocol, address, port, destinations }: ServiceStatistics): boolean {
    const service = this.#inTable(event, protocol, { address, port });
    if (service !== undefined) {
      const { length } = service.destinations;
      return length > 0 && service.destinations.every((one) => this.#isRemote(event.node, address, one));
    }
    return destinations.length > 0 && this.#isPlannedDirect(protocol, { address, port });
  }

  #isDirectTo(
    event: ObservationEvent,
    { protocol, address, port }: ServiceStatistics,
    server: Statistics,
  ): boolean {
    const service = this.#inTable(event, protocol, { address, port });
    if (service === undefined) return this.#isPlannedDirect(protocol, { address, port });
    const destination = service.destinations.find(
      (one) => one.address === server.address && one.port === server.port,
    );
    return destination !== undefined && this.#isRemote(event.node, address, destination);
  }

  #inTable(
    { node, until }: ObservationEvent,
    protocol: VirtualService['protocol'],
    endpoint: { readonly address: number; readonly port: number },
  ): VirtualService | undefined {
    const epoch = this.#tables.at(node, until);
    return epoch === undefined ? undefined : findService(epoch.table, protocol, endpoint);
  }

  #isRemote(director: string, vip: number, { address, method }: Destination): boolean {
    const { nodes } = this.#context;
    const isOwn = address >>> 24 === 127 || address === vip || nodes.owns(nodes.indexOf(director), address);
    return method === 'dr' && !isOwn;
  }

  #isPlannedDirect(
    protocol: string,
    { address, port }: { readonly address: number; readonly port: number },
  ): boolean {
    return this.#context.plan.services.some(
      (service) =>
        service.forwarding === 'dr' &&
        service.protocol === protocol &&
        service.vip === formatIpv4(address) &&
        service.port === port,
    );
  }

  finish(): Judgement {
    const { wrong, right, judged } = this.#tally;
    const measured = { counters: judged, breaches: wrong };
    if (wrong > 0)
      return this.#tally.failed(
        `${wrong} of ${count(judged, 'counter')} of direct routing show outgoing packets`,
        measured,
      );
    if (right > 0)
      return passed(
        `${count(right, 'counter')} of direct routing with incoming packets show none going out`,
        measured,
      );
    if (this.#looks > 0)
      return skipped(
        `${count(this.#looks, 'look')} at the statistics, and no incoming packet of a directly routed service in them`,
      );
    return skipped('nobody looked at the statistics of a director (ip_vs_stats_exact)');
  }
}
