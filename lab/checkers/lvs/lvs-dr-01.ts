import { formatMac } from 'tcpdump-parser';
import { type Breach, count, inconclusive, list, passed, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type KnownService, type Services, services } from '../tables/services.ts';
import type { AlteredPacket } from './traffic/altered-packets.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { packetDifferences } from './traffic/packet-differences.ts';
import { nothingForwarded } from './traffic/too-little.ts';

/**
 * LVS-DR-01: a forwarded request goes from the director's network card to a real server's, from the client to
 * the virtual address, with its ports unchanged.
 */
export const lvsDr01: Rule = {
  id: 'LVS-DR-01',
  needs: ['frames'],
  interest: [],
  open: (context) => new Dr01(context),
};

class Dr01 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-01');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  /** By index of the plan's service: forwarded directly at all, and to which nodes. */
  readonly #isDirect: readonly boolean[];
  readonly #servers: readonly ReadonlySet<number>[];
  /** The same by index of the node: 1 for its servers. */
  readonly #isServer: readonly Uint8Array[];
  #unknownTargets = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#isDirect = context.plan.services.map(({ forwarding }) => forwarding === 'dr');
    this.#servers = context.plan.services.map(
      ({ realServers }) => new Set(realServers.map(({ node }) => context.nodes.indexOf(node))),
    );
    this.#isServer = this.#servers.map((indices) =>
      Uint8Array.from(context.plan.nodes, (_, index) => (indices.has(index) ? 1 : 0)),
    );
    this.#traffic.listen({
      forwarded: (flow, serial, frame) => this.#forwarded(flow, serial, frame),
      altered: (altered) => this.#altered(altered),
      disguised: (flow, serial, frame) => this.#disguised(flow, serial, frame),
    });
  }

  #forwarded(flow: number, serial: number, frame: JudgedFrame): void {
    const { toIndex } = frame;
    const { nodes } = this.#context;
    const planned = this.#traffic.flows.service[flow]!;
    if (planned >= 0 && !this.#isDirect[planned]) return;
    if (toIndex >= 0 && nodes.isRealServer[toIndex] && (planned < 0 || this.#belongs(planned, toIndex))) {
      this.#tally.right += 1;
      return;
    }
    const isKnownNode = toIndex >= 0;
    if (!isKnownNode && !this.#areServersKnown(planned)) {
      this.#unknownTargets += 1;
      return;
    }
    // An experiment's real server may be any node; a table may have brought one into the plan's service.
    if (isKnownNode && this.#isListed(flow, toIndex, frame.at)) {
      this.#tally.right += 1;
      return;
    }
    this.#tally.breach(() => this.#wrongTarget(flow, serial, frame));
  }

  /** A node that the plan gives the service, or a stranger that was seen to serve it. */
  #belongs(planned: number, node: number): boolean {
    return this.#isServer[planned]![node] === 1 || !this.#context.nodes.nodes[node]!.isPlanned;
  }

  #areServersKnown(planned: number): boolean {
    const { nodes } = this.#context;
    const servers =
      planned >= 0 ? [...this.#servers[planned]!] : this.#servers.flatMap((indices) => [...indices]);
    return servers.length > 0 && servers.every((server) => nodes.isSeen(server));
  }

  #isListed(flow: number, node: number, at: number): boolean {
    const lookup = this.#services.ofFlow(this.#traffic.flows, flow, at);
    return lookup.kind === 'served' && lookup.epoch !== undefined && servers(lookup.service).includes(node);
  }

  #wrongTarget(flow: number, serial: number, frame: JudgedFrame): Breach {
    const { packet, from, to, segment, at } = frame;
    const { nodes } = this.#context;
    const planned = this.#traffic.flows.service[flow]!;
    const names = planned < 0 ? [] : [...this.#servers[planned]!].map((server) => nodes.name(server));
    return {
      claim: `${from ?? 'the director'} forwarded ${this.#traffic.describe(flow)} to ${to ?? formatMac(packet.destinationMac)}, which is no real server of the service`,
      at,
      ...(from !== undefined && { node: from }),
      segment,
      expected: `the network card of ${names.length === 0 ? 'a real server of the service' : names.join(' or ')} as destination`,
      seen: [
        `${formatMac(packet.sourceMac)} (${from}) → ${formatMac(packet.destinationMac)} (${to ?? 'unknown'})`,
      ],
      evidence: [this.#traffic.placeOf(serial), `${frame.file}#${frame.number}`],
    };
  }

  #disguised(flow: number, serial: number, frame: JudgedFrame): void {
    const { packet, from, to, segment, at } = frame;
    const director = this.#context.nodes.name(this.#traffic.flows.director[flow]!);
    this.#tally.breach(() => ({
      claim: `${this.#traffic.describe(flow)} was forwarded to ${to ?? 'a real server'} with a source address that is not the director's`,
      at,
      node: director,
      segment,
      expected: `the network card of ${director} as source`,
      seen: [
        `${formatMac(packet.sourceMac)} (${from ?? 'unknown'}) → ${formatMac(packet.destinationMac)} (${to}), with the TTL of a forwarded packet`,
      ],
      evidence: [this.#traffic.placeOf(serial), `${frame.file}#${frame.number}`],
    }));
  }

  #altered(altered: AlteredPacket): void {
    const endpoints = packetDifferences(altered.before, altered.after).filter(
      ({ kind }) => kind === 'endpoint',
    );
    if (endpoints.length === 0) return;
    const director = this.#context.nodes.name(altered.director);
    const fields = list(endpoints.map(({ field }) => field));
    this.#tally.breach(() => ({
      claim: `${director} changed the ${fields} of a request that it forwarded`,
      at: altered.at,
      node: director,
      segment: altered.segment,
      expected: endpoints.map(({ field, before }) => `${field} ${before}`).join(', '),
      seen: endpoints.map(({ field, before, after }) => `${field} ${before} came out as ${after}`),
      evidence: [altered.arrivedIn, altered.leftIn],
    }));
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const { bypassed } = this.#traffic.counts;
    const measured = { forwarded: judged, breaches: wrong, bypassed };
    const what = count(judged, 'forwarded packet');
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${what} did not go from the director to a real server as they had come`,
        measured,
      );
    }
    if (judged > 0) {
      return passed(
        `${what} went from the director to a real server, addresses and ports as they came`,
        measured,
      );
    }
    if (this.#unknownTargets > 0) {
      return inconclusive(
        `${count(this.#unknownTargets, 'forwarded packet')} went to network cards that the trace does not connect with a node`,
      );
    }
    return nothingForwarded(this.#context, this.#traffic);
  }
}

function servers({ destinations }: KnownService): readonly number[] {
  return destinations.map(({ node }) => node);
}
