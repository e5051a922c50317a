import { formatIpv4 } from 'tcpdump-parser';
import type { CommandEvent, TraceEvent } from '../../trace/event.ts';
import { readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { findService, formatEndpoint, type VirtualService } from '../ipvs-text/table.ts';
import { count, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { placeOf, sightingPlace, type TableSighting, tableSightings } from '../sightings/table-sightings.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';

/**
 * LVS-DR-10: direct routing rewrites no port. A real server that was asked for with another port is listed with
 * the service's, and packets reach it there.
 */
export const lvsDr10: Rule = {
  id: 'LVS-DR-10',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Dr10(context),
};

/** A directly routed real server that a command asked for with a port that is not its service's. */
interface Asked {
  readonly node: string;
  readonly protocol: VirtualService['protocol'];
  readonly service: { readonly address: number; readonly port: number };
  readonly server: { readonly address: number; readonly port: number };
  readonly until: number;
  isListed: boolean;
  isReached: boolean;
}

class Dr10 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-10');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #asked: Asked[] = [];

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#traffic.listen({ connectionForwarded: (flow, frame) => this.#forwarded(flow, frame) });
    context.view(tableSightings).listen((sighting) => this.#look(sighting));
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'command' || event.exitCode !== 0) return;
    for (const command of readIpvsadmCommands(event.argv, event.input)) {
      const { operation, service, server, method, namespace } = command;
      if (operation !== 'add-server' || method !== 'dr' || namespace !== '') continue;
      if (service === undefined || server === undefined || server.port === service.port) continue;
      this.#ask(event, service, server);
    }
  }

  #ask(
    event: CommandEvent,
    service: Asked['service'] & { readonly protocol: Asked['protocol'] },
    server: Asked['server'],
  ): void {
    // A destination of the director itself is delivered there and not routed.
    const isOwn = this.#context.nodes.owns(this.#context.nodes.indexOf(event.node), server.address);
    if (isOwn || server.address >>> 24 === 127) return;
    this.#asked.push({
      node: event.node,
      protocol: service.protocol,
      service,
      server,
      until: event.until,
      isListed: false,
      isReached: false,
    });
  }

  #look(sighting: TableSighting): void {
    if (sighting.isBlurred || sighting.namespace !== '') return;
    for (const asked of this.#asked) {
      if (asked.node !== sighting.node || asked.until > sighting.at) continue;
      const service = findService(sighting.table, asked.protocol, asked.service);
      const listed = service?.destinations.filter(({ address }) => address === asked.server.address) ?? [];
      if (service === undefined || listed.length === 0) continue;
      if (listed.some(({ port }) => port === asked.service.port)) {
        asked.isListed = true;
        continue;
      }
      const wanted = `${formatIpv4(asked.server.address)}:${asked.service.port}`;
      this.#tally.breach(() => ({
        claim: `${asked.node} lists a directly routed real server of ${formatEndpoint(asked.service)} with another port than the service's`,
        at: sighting.at,
        node: asked.node,
        expected: wanted,
        seen: listed.map(formatEndpoint),
        evidence: [sightingPlace(sighting)],
      }));
    }
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const director = this.#context.nodes.name(flows.director[flow]!);
    const vip = flows.vip[flow]! >>> 0;
    const port = flows.ports[flow]! & 0xffff;
    for (const asked of this.#asked) {
      if (
        placeOf(asked.node, '') !== director ||
        asked.service.address !== vip ||
        asked.service.port !== port
      )
        continue;
      if (this.#context.nodes.holderOf(asked.server.address) !== flows.server[flow]) continue;
      if (frame.packet.destinationPort === port) {
        asked.isReached = true;
        continue;
      }
      this.#tally.breach(() => ({
        claim: `${asked.node} forwarded a connection to ${formatEndpoint(asked.service)} to another port`,
        at: frame.at,
        node: asked.node,
        segment: frame.segment,
        expected: `port ${port}`,
        seen: [`port ${frame.packet.destinationPort}`],
        evidence: [`${frame.file}#${frame.number}`],
      }));
    }
  }

  finish(): Judgement {
    const { wrong } = this.#tally;
    const shown = this.#asked.filter(({ isListed, isReached }) => isListed && isReached).length;
    const what = count(this.#asked.length, 'directly routed real server');
    const measured = { servers: this.#asked.length, shown };
    if (wrong > 0)
      return this.#tally.failed(
        `${what} asked for with another port: ${count(wrong, 'breach', 'breaches')}`,
        measured,
      );
    if (shown > 0)
      return passed(
        `${what} asked for with another port, listed and reached at the service's port`,
        measured,
      );
    if (this.#asked.length === 0) {
      return skipped('no command added a directly routed real server with another port than its service');
    }
    const missing = this.#asked.some(({ isListed }) => isListed)
      ? 'no connection to it was forwarded'
      : 'nobody looked at the table after it';
    return skipped(`${what} asked for with another port, and ${missing}`);
  }
}
