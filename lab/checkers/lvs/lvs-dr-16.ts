import { formatIpv4, PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import type { Endpoint } from '../ipvs-text/hex-endpoint.ts';
import { readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { type Destination, formatEndpoint, type Method, type VirtualService } from '../ipvs-text/table.ts';
import { count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { StateWatch } from '../sightings/state-watch.ts';
import { sightingPlace, type TableSighting, tableSightings } from '../sightings/table-sightings.ts';
import { type KnownService, type Services, services } from '../tables/services.ts';
import type { Epoch } from '../tables/table-history.ts';
import { TableVerdicts } from '../tables/table-verdicts.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { BYPASSED, CLIENT_RST, SELF_ANSWERED, SYN_REPEATED } from './traffic/flow-table.ts';

/**
 * LVS-DR-16: a service whose destination is the director itself, by 127.0.0.1 or an address of its own, is served
 * there: the director answers as the virtual address, the destination is listed as `Route`, and a connection that
 * both sides closed ends in TIME_WAIT, since the director sees both halves of it.
 */
export const lvsDr16: Rule = {
  id: 'LVS-DR-16',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Dr16(context),
};

/** A connection to a service that nobody but the director can serve. */
interface Local {
  readonly flow: number;
  readonly connection: number;
  readonly epoch: Epoch | undefined;
  readonly at: number;
  readonly segment: string;
  readonly place: string;
  isServed: boolean;
  isWrong: boolean;
  isReset: boolean;
  /** What the director acknowledges once it has the client's FIN. */
  finEnd: number | undefined;
  hasServersFin: boolean;
}

const localMax = 1024;
/** A client repeats its SYN after one second (RFC 6298, 2.1); a director that lives has answered by then. */
const answerNs = 1e9;
/** `net.ipv4.ip_default_ttl` as the kernel has it, and what an administrator may have set instead. */
const usualTtl = 64;
const initialTtls: ReadonlySet<number> = new Set([usualTtl, 128, 255]);

class Dr16 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-16');
  readonly #verdicts: TableVerdicts;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #lab: Disturbances;
  readonly #watch: StateWatch;
  readonly #local = new Map<number, Local>();
  /** TTL of a node's own packets, where a setting changed it. */
  readonly #ttl = new Map<string, number>();
  /** By director, service and destination: how a command of the trace added it. */
  readonly #added = new Map<string, Method>();
  #connections = 0;
  #listed = 0;
  #reset = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#verdicts = new TableVerdicts(this.#tally, context);
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#lab = context.view(disturbances);
    this.#watch = new StateWatch(
      context,
      'TIME_WAIT',
      (flow) => (this.#traffic.flows.flags[flow]! & CLIENT_RST) === 0,
    );
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#arrived(flow, frame),
      connectionForwarded: (flow, frame) => this.#forwarded(flow, frame),
      connectionClosed: (flow, frame) => this.#closed(flow, frame),
      directorReplied: (flow, frame) => this.#replied(flow, frame),
    });
    context.view(tableSightings).listen((sighting) => this.#sighted(sighting));
  }

  event(event: TraceEvent): void {
    if (event.kind === 'setting' && event.setting.what === 'sysctl') {
      if (event.setting.name === 'net.ipv4.ip_default_ttl')
        this.#ttl.set(event.node, Number(event.setting.value));
    } else if (event.kind === 'command' && event.exitCode === 0) {
      for (const { namespace, operation, service, server, method } of readIpvsadmCommands(
        event.argv,
        event.input,
      )) {
        if (namespace !== '' || (operation !== 'add-server' && operation !== 'edit-server')) continue;
        if (service !== undefined && server !== undefined)
          this.#added.set(keyOf(event.node, service, server), method);
      }
    }
  }

  #arrived(flow: number, frame: JudgedFrame): void {
    this.#forget(flow);
    const { flows } = this.#traffic;
    if (flows.protocol[flow] !== PROTOCOL_TCP) return;
    const lookup = this.#services.ofFlow(flows, flow, frame.at);
    if (lookup.kind !== 'served' || !isLocalAlone(lookup.service)) return;
    this.#connections += 1;
    if (this.#local.size >= localMax) return;
    this.#traffic.pin(flow);
    this.#local.set(flow, {
      flow,
      connection: flows.connection[flow]!,
      epoch: lookup.epoch,
      at: frame.at,
      segment: frame.segment,
      place: `${frame.file}#${frame.number}`,
      isServed: false,
      isWrong: false,
      isReset: false,
      finEnd: undefined,
      hasServersFin: false,
    });
  }

  #of(flow: number): Local | undefined {
    const local = this.#local.get(flow);
    return local?.connection === this.#traffic.flows.connection[flow] ? local : undefined;
  }

  #forget(flow: number): void {
    if (this.#local.delete(flow)) this.#traffic.unpin(flow);
  }

  #directorOf({ flow }: Local): string {
    return this.#context.nodes.name(this.#traffic.flows.director[flow]!);
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const local = this.#of(flow);
    if (local === undefined || local.isWrong) return;
    local.isWrong = true;
    const director = this.#directorOf(local);
    this.#verdicts.breach(local.epoch, () => ({
      claim: `${director} forwarded ${this.#traffic.describe(flow)} to ${frame.to ?? 'another node'}, and is the service's only destination itself`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `an answer by ${director} itself`,
      seen: [
        `it left ${director} for ${frame.to ?? 'an unknown network card'} ${seconds(frame.at - local.at)} later`,
      ],
      evidence: [local.place, `${frame.file}#${frame.number}`],
    }));
  }

  #closed(flow: number, { packet }: JudgedFrame): void {
    const local = this.#of(flow);
    if (local === undefined) return;
    if (packet.tcpFlags & TCP_RST) local.isReset = true;
    else local.finEnd = (packet.tcpSequence + packet.payloadWireLength + 1) | 0;
  }

  #replied(flow: number, frame: JudgedFrame): void {
    const local = this.#of(flow);
    if (local === undefined) return;
    const { packet } = frame;
    if (packet.tcpFlags & TCP_RST) {
      if (!local.isServed && !local.isReset) this.#reset += 1;
      local.isReset = true;
      return;
    }
    this.#judgeTtl(local, frame);
    const isAnswer = (packet.tcpFlags & TCP_SYN) !== 0 && this.#isAnswered(flow);
    if (isAnswer && !local.isServed) {
      local.isServed = true;
      if (!local.isWrong) this.#verdicts.right(local.epoch);
    }
    if (packet.tcpFlags & TCP_FIN) local.hasServersFin = true;
    const hasClientsFin =
      local.finEnd !== undefined &&
      (packet.tcpFlags & TCP_ACK) !== 0 &&
      ((packet.tcpAcknowledgement - local.finEnd) | 0) >= 0;
    if (hasClientsFin && local.hasServersFin && !local.isReset)
      this.#watch.watch(flow, frame.at, frame.segment, `${frame.file}#${frame.number}`);
  }

  #isAnswered(flow: number): boolean {
    return (this.#traffic.flows.flags[flow]! & SELF_ANSWERED) !== 0;
  }

  #judgeTtl(local: Local, frame: JudgedFrame): void {
    const director = this.#directorOf(local);
    const known = this.#ttl.get(director);
    const expected = known ?? usualTtl;
    const { packet } = frame;
    if (local.isWrong || packet.ttl === expected) return;
    if (known === undefined && initialTtls.has(packet.ttl)) return;
    local.isWrong = true;
    this.#verdicts.breach(local.epoch, () => ({
      claim: `${director} answered ${this.#traffic.describe(local.flow)} with TTL ${packet.ttl}`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `TTL ${expected}, as of a packet that ${director} made itself`,
      seen: [
        `TTL ${packet.ttl} from ${formatIpv4(packet.ipSource)}: the packet was made elsewhere and passed on`,
      ],
      evidence: [local.place, `${frame.file}#${frame.number}`],
    }));
  }

  #sighted(sighting: TableSighting): void {
    if (sighting.what !== 'ip_vs_listing' || sighting.namespace !== '' || sighting.isBlurred) return;
    for (const service of sighting.table.services) {
      for (const destination of service.destinations) {
        if (this.#isDirectors(sighting.node, service, destination))
          this.#judgeListed(sighting, service, destination);
      }
    }
  }

  #isDirectors(director: string, service: VirtualService, { address }: Destination): boolean {
    const { nodes } = this.#context;
    return (
      address >>> 24 === 127 || address === service.address || nodes.owns(nodes.indexOf(director), address)
    );
  }

  #judgeListed(sighting: TableSighting, service: VirtualService, destination: Destination): void {
    const { node } = sighting;
    const added = this.#added.get(keyOf(node, service, destination));
    // Address translation to a port of the director's own is another thing, unless a command says it is not meant.
    const isMeant = added === undefined ? isDirectWord(destination.method) : added === 'dr';
    if (!isMeant) return;
    if (destination.method === 'dr') {
      this.#listed += 1;
      return;
    }
    const where = formatEndpoint(destination);
    this.#tally.breach(() => ({
      claim: `${node} listed its own destination ${where} as ${words[destination.method]}`,
      at: sighting.at,
      node,
      expected: `${where} as ${words.dr}, as it was added`,
      seen: [`${service.protocol} ${formatEndpoint(service)}: ${where} ${words[destination.method]}`],
      evidence: [sightingPlace(sighting)],
    }));
  }

  /** A SYN that the client repeated in vain, while the director lived and its answers would have been seen. */
  #judgeSilence(): number {
    const { nodes, now, isComplete, hasEvents } = this.#context;
    let unanswered = 0;
    for (const local of this.#local.values()) {
      const { flow, at, isServed, isWrong, isReset } = local;
      if (this.#of(flow) === undefined || isServed || isWrong || isReset) continue;
      const { flags, director: directors } = this.#traffic.flows;
      if (flags[flow]! & BYPASSED) continue;
      unanswered += 1;
      const isRepeated = (flags[flow]! & SYN_REPEATED) !== 0;
      const isLong = now - at - this.#lab.stalledWithin(at, now) > answerNs;
      const isAlive = nodes.lastSentAt[directors[flow]!]! > at;
      if (!isRepeated || !isLong || !isAlive || !isComplete || !hasEvents) continue;
      if (this.#lab.hasFaultWithin(at, now)) continue;
      const director = this.#directorOf(local);
      this.#verdicts.breach(local.epoch, () => ({
        claim: `${director} did not answer ${this.#traffic.describe(flow)}, and is the service's only destination itself`,
        at,
        node: director,
        segment: local.segment,
        expected: `an answer by ${director} itself`,
        seen: [
          `no answer in the ${seconds(now - at)} to the end of the trace, while ${director} sent other frames`,
        ],
        evidence: [local.place],
      }));
    }
    return unanswered;
  }

  finish(): Judgement {
    const unanswered = this.#judgeSilence();
    this.#verdicts.finish();
    this.#tally.add(this.#watch.breaches);
    const { wrong, right } = this.#tally;
    const ended = this.#watch.right;
    const measured = { connections: right, listed: this.#listed, timeWait: ended, breaches: wrong };
    const served = count(right, 'connection');
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with destinations of the director's own; ${served} served there, ${count(this.#listed, 'listing')} as ${words.dr}, ${count(ended, 'entry', 'entries')} in TIME_WAIT`,
        measured,
      );
    }
    if (this.#connections === 0 && this.#listed === 0)
      return skipped('no connection to a service whose only destination is the director itself in the trace');
    const missing = [
      ...(right === 0 ? ['a connection that the director answered itself'] : []),
      ...(this.#listed === 0 ? ["a listing (ip_vs_listing) with the director's own destination"] : []),
      ...(ended === 0 ? ['a look at the entry (ip_vs_conn) of a connection that both sides had closed'] : []),
    ];
    if (missing.length === 0) {
      return passed(
        `${served} served by the director itself; its destination was listed as ${words.dr}; ${count(ended, 'entry', 'entries')} ended in TIME_WAIT`,
        measured,
      );
    }
    const reason = `not shown: ${list(missing)}`;
    const spoiled = right === 0 ? this.#unserved(unanswered) : this.#unlooked();
    return spoiled === undefined ? skipped(reason) : inconclusive(`${reason}; ${spoiled}`, measured);
  }

  /** Why no connection counts as served, though some came. */
  #unserved(unanswered: number): string | undefined {
    if (this.#reset > 0)
      return `${count(this.#reset, 'connection')} reset by the director: nothing listens on that port`;
    const { bypassedConnections } = this.#traffic.counts;
    if (bypassedConnections > 0) {
      return `${count(bypassedConnections, 'connection')} went straight to a real server and by the director`;
    }
    if (unanswered > 0) return `${count(unanswered, 'connection')} without an answer in the trace`;
    if (this.#verdicts.dropped > 0)
      return `${count(this.#verdicts.dropped, 'connection')} came while the director's table was changing`;
    return undefined;
  }

  #unlooked(): string | undefined {
    const { spoiled } = this.#watch;
    if (spoiled === 0) return undefined;
    return `${count(spoiled, 'entry', 'entries')} looked at under a fault or an unusual setting`;
  }
}

const words: Readonly<Record<Method, string>> = {
  dr: 'Route',
  nat: 'Masq',
  tun: 'Tunnel',
  local: 'Local',
  unknown: 'an unknown method',
};

function isDirectWord(method: Method): boolean {
  return method === 'dr' || method === 'local';
}

/** Whatever is chosen, it is the director. */
function isLocalAlone({ destinations }: KnownService): boolean {
  const eligible = destinations.filter(({ weight }) => weight > 0);
  return eligible.length > 0 && eligible.every(({ isLocal, method }) => isLocal && isDirectWord(method));
}

function keyOf(
  node: string,
  { protocol, ...virtual }: Pick<VirtualService, 'protocol'> & Endpoint,
  destination: Endpoint,
): string {
  return `${node} ${protocol} ${formatEndpoint(virtual)} ${formatEndpoint(destination)}`;
}
