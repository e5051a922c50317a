import { formatIpv4, formatMac, PROTOCOL_TCP, parseIpv4 } from 'tcpdump-parser';
import type { Setting, TraceEvent, VisitEvent } from '../../trace/event.ts';
import { holds } from '../arp/host-model.ts';
import { type HostModels, hostModels } from '../arp/host-models.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { isLostTowards } from '../frame-fate.ts';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { StateWatch } from '../sightings/state-watch.ts';
import { type Services, services } from '../tables/services.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { ANSWERED, CLIENT_FIN, SELF_ANSWERED } from './traffic/flow-table.ts';
import { type IcmpError, icmpErrors } from './traffic/icmp-errors.ts';
import { nothingForwarded } from './traffic/too-little.ts';

/**
 * LVS-DR-11, a control: a real server that lacks the virtual address drops what the director sends it. It answers
 * nothing, neither with RST nor with ICMP, and sends nothing back, so the client times out and the director's entry
 * stays in SYN_RECV.
 */
export const lvsDr11: Rule = {
  id: 'LVS-DR-11',
  needs: ['frames', 'events'],
  interest: ['tcp'],
  open: (context) => new Dr11(context),
};

/** A connection that went to a server which lacks its virtual address. */
interface Sent {
  readonly flow: number;
  readonly connection: number;
  readonly server: number;
  readonly at: number;
  /** Some packet of it reached the server. */
  isDelivered: boolean;
  /** Somebody answered: a breach was told of it, or the director itself gave it up. */
  isAnswered: boolean;
}

const sentMax = 1024;
/** A client repeats its SYN after one second (RFC 6298, 2.1); a server that answers has done so by then. */
const answerNs = 1e9;
const addressPattern = /\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b/g;

class Dr11 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-11');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #hosts: HostModels;
  readonly #lab: Disturbances;
  readonly #watch: StateWatch;
  readonly #plannedVips: ReadonlySet<number>;
  readonly #sent = new Map<number, Sent>();
  readonly #visits: VisitEvent[] = [];
  /** By node: addresses that a command there had to do with. */
  readonly #mentioned = new Map<string, Set<number>>();
  /** By node and address: what settings did with it. */
  readonly #placed = new Map<string, { readonly devices: Set<string>; isTakenAway: boolean }>();
  /** Addresses that the plan has no service for and a director had at some time in the trace: of experiments. */
  readonly #prepared = new Set<string>();
  #connections = 0;
  #contradicted = 0;
  #short = 0;
  #spoiled = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#hosts = context.view(hostModels);
    this.#lab = context.view(disturbances);
    this.#plannedVips = new Set(context.plan.services.map(({ vip }) => parseIpv4(vip) ?? -1));
    this.#watch = new StateWatch(
      context,
      'SYN_RECV',
      (flow) => (this.#traffic.flows.flags[flow]! & (ANSWERED | SELF_ANSWERED | CLIENT_FIN)) === 0,
    );
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#end(flow, frame.at),
      connectionForwarded: (flow, frame) => this.#forwarded(flow, frame),
      forwarded: (flow, _serial, frame) => this.#delivered(flow, frame),
      serverReplied: (flow, frame) => this.#replied(flow, frame),
      misaddressedReply: (flow, frame) => this.#replied(flow, frame),
      directorReplied: (flow, frame) => this.#directorReplied(flow, frame),
    });
    context.view(icmpErrors).listen((error) => this.#error(error));
  }

  event(event: TraceEvent): void {
    if (event.kind === 'visit' && event.protocol === 'tcp') this.#visits.push(event);
    if (event.kind === 'setting' && event.setting.what === 'address') this.#place(event.node, event.setting);
    if (event.kind !== 'command') return;
    const mentioned = this.#mentioned.get(event.node) ?? new Set();
    for (const [text] of [...event.argv, event.input ?? ''].join(' ').matchAll(addressPattern)) {
      const address = parseIpv4(text);
      if (address !== undefined) mentioned.add(address);
    }
    this.#mentioned.set(event.node, mentioned);
  }

  #place(node: string, { address, device, change }: Extract<Setting, { what: 'address' }>): void {
    const { nodes, firstFrameAt } = this.#context;
    const vip = parseIpv4(address) ?? 0;
    const key = `${node} ${vip}`;
    if (nodes.isDirector[nodes.indexOf(node)] && !this.#plannedVips.has(vip)) {
      if (change === 'added') this.#prepared.add(key);
      // Settings from before the trace are told before its first frame.
      else if (firstFrameAt === Number.POSITIVE_INFINITY) this.#prepared.delete(key);
    }
    const placed = this.#placed.get(key) ?? { devices: new Set(), isTakenAway: false };
    this.#placed.set(key, placed);
    // An experiment that gives a NIC an address and takes it back leaves the server as the subject had made it.
    placed.isTakenAway = change === 'removed' && !(device.startsWith('eth') && placed.devices.has(device));
    if (change === 'added') placed.devices.add(device);
  }

  frame(frame: JudgedFrame): void {
    if (this.#sent.size === 0) return;
    const { packet, fromIndex } = frame;
    if (fromIndex < 0 || !this.#traffic.isVirtual(packet.ipDestination)) return;
    const flow = this.#traffic.find(
      packet.ipSource,
      packet.sourcePort,
      packet.ipDestination,
      packet.destinationPort,
      'tcp',
    );
    const sent = this.#of(flow);
    if (sent?.server === fromIndex)
      this.#answer(sent, frame, fromIndex, 'sent on what the director gave it:');
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const server = flows.server[flow]!;
    if (flows.protocol[flow] !== PROTOCOL_TCP || server < 0 || this.#sent.size >= sentMax) return;
    const vip = flows.vip[flow]! >>> 0;
    if (!this.#isDirect(flow, frame.at) || !this.#lacks(server, vip, flows.director[flow]!, frame.at)) return;
    this.#connections += 1;
    this.#traffic.pin(flow);
    this.#sent.set(flow, {
      flow,
      connection: flows.connection[flow]!,
      server,
      at: frame.at,
      isDelivered: !isLostTowards(frame.lostTowards, this.#context.nodes.name(server)),
      isAnswered: false,
    });
    this.#watch.watch(flow, frame.at, frame.segment, `${frame.file}#${frame.number}`);
  }

  #isDirect(flow: number, at: number): boolean {
    const { flows } = this.#traffic;
    const lookup = this.#services.ofFlow(flows, flow, at);
    if (lookup.kind !== 'served') return false;
    return lookup.service.destinations.some(
      ({ node, method }) => method === 'dr' && node === flows.server[flow],
    );
  }

  /**
   * Whether the server is known not to have the address: it was taken away from it, or it is an experiment's, which the
   * director alone was given. A subject gives its servers the planned addresses in ways of its own.
   */
  #lacks(server: number, vip: number, director: number, at: number): boolean {
    const { nodes } = this.#context;
    const name = nodes.name(server);
    const model = this.#hosts.model(name);
    if (model === undefined || holds(model, vip) || !this.#hosts.isSettled(name, at)) return false;
    if (this.#placed.get(`${name} ${vip}`)?.isTakenAway) return true;
    const isDirectors = this.#hosts.addedAddress(nodes.name(director), vip) !== undefined;
    const isMentioned = this.#mentioned.get(name)?.has(vip) ?? false;
    return isDirectors && !this.#plannedVips.has(vip) && !isMentioned;
  }

  #of(flow: number): Sent | undefined {
    const sent = this.#sent.get(flow);
    return sent?.connection === this.#traffic.flows.connection[flow] ? sent : undefined;
  }

  #delivered(flow: number, frame: JudgedFrame): void {
    if (this.#sent.size === 0) return;
    const sent = this.#of(flow);
    if (sent !== undefined && !isLostTowards(frame.lostTowards, frame.to ?? '')) sent.isDelivered = true;
  }

  #replied(flow: number, frame: JudgedFrame): void {
    const sent = this.#of(flow);
    if (sent?.server === frame.fromIndex) this.#answer(sent, frame, frame.fromIndex, 'answered');
  }

  #directorReplied(flow: number, frame: JudgedFrame): void {
    const sent = this.#of(flow);
    if (sent === undefined) return;
    const { synSequence } = this.#traffic.flows;
    const isToSyn = ((frame.packet.tcpAcknowledgement - 1) | 0) === synSequence[flow];
    const isServed = this.#services.ofFlow(this.#traffic.flows, flow, frame.at).kind === 'served';
    // A director whose service is gone speaks for itself.
    if (isToSyn && isServed) this.#answer(sent, frame, frame.fromIndex, 'answered what it had sent on:');
    else sent.isAnswered = true;
  }

  #error({ flow, frame, type, code }: IcmpError): void {
    const sent = this.#of(flow);
    if (sent === undefined) return;
    if (frame.fromIndex === sent.server)
      this.#answer(sent, frame, frame.fromIndex, `answered with ICMP type ${type} code ${code}:`);
    else if (frame.fromIndex === this.#traffic.flows.director[flow]) sent.isAnswered = true;
  }

  #answer(sent: Sent, frame: JudgedFrame, guilty: number, what: string): void {
    if (sent.isAnswered) return;
    sent.isAnswered = true;
    const { nodes } = this.#context;
    const { flow, server } = sent;
    const { packet, from, to, segment, at } = frame;
    const name = nodes.name(guilty);
    const vip = formatIpv4(this.#traffic.flows.vip[flow]! >>> 0);
    this.#tally.breach(() => ({
      claim: `${name} ${what} ${this.#traffic.describe(flow)}, and ${nodes.name(server)} does not have ${vip}`,
      at,
      node: name,
      segment,
      expected: `nothing from ${nodes.name(server)}: what is not for it is dropped`,
      seen: [
        `${formatIpv4(packet.ipSource)} → ${formatIpv4(packet.ipDestination)}, ${formatMac(packet.sourceMac)} (${from}) → ${formatMac(packet.destinationMac)} (${to ?? 'unknown'})`,
      ],
      evidence: [this.#traffic.forwardedPlace(flow), `${frame.file}#${frame.number}`],
    }));
  }

  /** The client has taken its port for another connection, or the trace is over. */
  #end(flow: number, until: number): void {
    const sent = this.#sent.get(flow);
    if (sent === undefined) return;
    this.#sent.delete(flow);
    this.#traffic.unpin(flow);
    this.#judge(sent, until);
  }

  #judge(sent: Sent, until: number): void {
    const { at, isDelivered, isAnswered } = sent;
    if (isAnswered) return;
    if (!this.#context.isComplete || !isDelivered || this.#lab.hasFaultWithin(at, until)) {
      this.#spoiled += 1;
      return;
    }
    const outcome = this.#outcomeOf(sent);
    const isLong = until - at - this.#lab.stalledWithin(at, until) >= answerNs;
    if (outcome !== undefined && outcome !== 'timeout') this.#contradicted += 1;
    else if (isLong) this.#tally.right += 1;
    else this.#short += 1;
  }

  /** What the client says of the connection; undefined when it says nothing, or cannot be understood. */
  #outcomeOf({ flow, at }: Sent): string | undefined {
    const { nodes } = this.#context;
    const { client, ports, vip } = this.#traffic.flows;
    const outcomes = this.#visits
      .filter((visit) => visit.at <= at && at <= visit.until)
      .filter(
        ({ address, port }) => parseIpv4(address) === vip[flow]! >>> 0 && port === (ports[flow]! & 0xffff),
      )
      .filter(({ node }) => nodes.owns(nodes.indexOf(node), client[flow]! >>> 0))
      .flatMap((visit) => visit.outcomes);
    const own = outcomes.find(({ localPort }) => localPort === ports[flow]! >>> 16);
    if (own !== undefined) return own.outcome;
    // A connection that never came about has no port in the client's account.
    const nameless = new Set(
      outcomes.filter(({ localPort }) => localPort === 0).map(({ outcome }) => outcome),
    );
    return nameless.size === 1 ? [...nameless][0] : undefined;
  }

  finish(): Judgement {
    for (const flow of [...this.#sent.keys()]) this.#end(flow, this.#context.now);
    const entries = this.#watch.right;
    this.#tally.add(this.#watch.breaches);
    const { wrong, right } = this.#tally;
    const measured = { connections: this.#connections, unanswered: right, entries, breaches: wrong };
    const silent = `${count(right, 'connection')} to a real server without the virtual address stayed without any answer`;
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with ${count(this.#connections, 'connection')} to a real server without the virtual address; ${right} stayed without any answer; ${count(entries, 'entry', 'entries')} in SYN_RECV`,
        measured,
      );
    }
    if (right > 0 && entries > 0 && this.#contradicted === 0)
      return passed(`${silent}; ${count(entries, 'entry', 'entries')} in SYN_RECV`, measured);
    if (right > 0 && this.#contradicted === 0) {
      return this.#watch.spoiled > 0
        ? inconclusive(
            `${silent}; ${count(this.#watch.spoiled, 'entry', 'entries')} looked at under a fault or an unusual setting`,
            measured,
          )
        : skipped(`${silent}; not shown: a look at the director's entry (ip_vs_conn) within 60 s`);
    }
    return this.#nothingJudged(measured);
  }

  #nothingJudged(measured: Readonly<Record<string, number>>): Judgement {
    const sent = `${count(this.#connections, 'connection')} to a real server without the virtual address`;
    if (this.#contradicted > 0) {
      return inconclusive(
        `${sent}: the client had another outcome than a timeout, and the record has no packet that explains it`,
        measured,
      );
    }
    if (this.#short > 0)
      return inconclusive(`${sent}: the trace ends less than a second after the request`, measured);
    if (this.#spoiled > 0) {
      return inconclusive(
        `${sent}: under a fault, lost on the way, or with frames missing from the record`,
        measured,
      );
    }
    if (this.#connections > 0)
      return inconclusive(`${sent}: the director gave up or refused it itself`, measured);
    if (this.#prepared.size > 0 && this.#traffic.counts.forwarded === 0)
      return nothingForwarded(this.#context, this.#traffic);
    return skipped('no connection was sent to a real server that is known to lack its virtual address');
  }
}
