import { FRAGMENT, formatIpv4, formatMac, PROTOCOL_TCP, PROTOCOL_UDP } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { type HostModels, hostModels } from '../arp/host-models.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { isDelivered } from '../judge.ts';
import { type Breach, count, inconclusive, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type Services, services } from '../tables/services.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { SYN_FORWARDED } from './traffic/flow-table.ts';
import { fragmentationNeeded, type IcmpError, icmpErrors } from './traffic/icmp-errors.ts';
import { nothingForwarded } from './traffic/too-little.ts';

/**
 * LVS-DR-12: a packet that may not be fragmented and does not fit the director's route to the real server is not
 * sent on. The client gets ICMP "fragmentation needed" with that route's MTU, from the virtual address, about that
 * packet, and what it then sends in that size goes on. A director that put several segments together as they came in
 * answers for all of them at once, and its quotation has their length.
 */
export const lvsDr12: Rule = {
  id: 'LVS-DR-12',
  needs: ['frames', 'events'],
  interest: ['tcp', 'udp', 'fragment'],
  open: (context) => new Dr12(context),
};

/** A packet that is too large for the way on. */
interface TooLarge {
  readonly flow: number;
  readonly connection: number;
  readonly director: string;
  readonly sequence: number;
  readonly id: number;
  readonly bytes: number;
  readonly mtu: number;
  readonly at: number;
  readonly segment: string;
  readonly place: string;
  /** An ICMP error was sent about it, or it was sent on, which is wrong enough. */
  isSettled: boolean;
}

/** A flow whose client was told an MTU. */
interface Told {
  readonly connection: number;
  readonly mtu: number;
  readonly at: number;
  readonly place: string;
  /** Packets with data that fit, since then: when the first of them came that did not go on. */
  came: number;
  forwarded: number;
  firstCameAt: number;
}

const tooLargeMax = 4096;
/** What a busy guest may take to answer or send on what has come; a stall of the lab is added. */
const marginNs = 1e9;

class Dr12 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-12');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #hosts: HostModels;
  readonly #lab: Disturbances;
  readonly #tooLarge: TooLarge[] = [];
  readonly #told = new Map<number, Told>();
  /** MTUs that were set, by node and destination, and were so at some time in the trace. */
  readonly #mtus = new Map<string, number>();
  /** The least of them; nothing below it is too large. */
  #smallestMtu = Number.POSITIVE_INFINITY;
  #fitting = 0;
  #unclear = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#hosts = context.view(hostModels);
    this.#lab = context.view(disturbances);
    this.#traffic.listen({
      connectionArrived: (flow) => this.#forget(flow),
      forwarded: (flow, _serial, frame) => this.#forwarded(flow, frame),
    });
    context.view(icmpErrors).listen((error) => this.#error(error));
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'setting' || event.setting.what !== 'route-mtu') return;
    const { destination, mtu } = event.setting;
    const key = `${event.node} ${destination}`;
    if (mtu > 0) this.#mtus.set(key, Math.min(mtu, this.#mtus.get(key) ?? mtu));
    // Settings from before the trace are told before its first frame.
    else if (this.#context.firstFrameAt === Number.POSITIVE_INFINITY) this.#mtus.delete(key);
    this.#smallestMtu = Math.min(...this.#mtus.values());
  }

  /** The MTU of the director's route to where it sends the flow; undefined when that is not known for certain. */
  #mtuFor(flow: number, at: number): number | undefined {
    const { flows } = this.#traffic;
    const director = this.#context.nodes.name(flows.director[flow]!);
    const lookup = this.#services.ofFlow(flows, flow, at);
    if (lookup.kind !== 'served' || !this.#hosts.isSettled(director, at)) return undefined;
    const server = flows.server[flow]!;
    const [mtu, ...others] = lookup.service.destinations
      .filter(({ method, isLocal }) => method === 'dr' && !isLocal)
      .filter(({ node, weight }) => (server < 0 ? weight > 0 : node === server))
      .map(({ address }) => this.#hosts.routeMtu(director, address));
    return others.every((other) => other === mtu) ? mtu : undefined;
  }

  #forget(flow: number): void {
    if (this.#told.delete(flow)) this.#traffic.unpin(flow);
  }

  frame(frame: JudgedFrame): void {
    const { packet, fromIndex, toIndex } = frame;
    const { isDirector } = this.#context.nodes;
    if (this.#smallestMtu === Number.POSITIVE_INFINITY) return;
    if (!this.#traffic.isVirtual(packet.ipDestination)) return;
    if (fromIndex >= 0 && isDirector[fromIndex]) {
      if (packet.layers & FRAGMENT && packet.fragmentOffset === 0) this.#cut(frame);
    } else if (toIndex >= 0 && isDirector[toIndex] && isDelivered(frame)) this.#came(frame);
  }

  #came(frame: JudgedFrame): void {
    const { packet, at } = frame;
    if (packet.layers & FRAGMENT) return;
    const flow = this.#flowOf(frame);
    if (flow < 0) return;
    const told = this.#told.get(flow);
    if (told !== undefined && packet.payloadLength > 0 && packet.ipTotalLength <= told.mtu) {
      told.came += 1;
      if (told.firstCameAt < 0) told.firstCameAt = at;
    }
    if (!packet.dontFragment || packet.ipTotalLength <= this.#smallestMtu) return;
    const mtu = this.#mtuFor(flow, at);
    if (mtu === undefined || packet.ipTotalLength <= mtu) return;
    if (this.#tooLarge.length >= tooLargeMax) return;
    const { flows } = this.#traffic;
    this.#tooLarge.push({
      flow,
      connection: flows.connection[flow]!,
      director: this.#context.nodes.name(flows.director[flow]!),
      sequence: packet.tcpSequence,
      id: packet.ipId,
      bytes: packet.ipTotalLength,
      mtu,
      at,
      segment: frame.segment,
      place: `${frame.file}#${frame.number}`,
      isSettled: false,
    });
  }

  #flowOf({ packet }: JudgedFrame): number {
    return this.#traffic.find(
      packet.ipSource,
      packet.sourcePort,
      packet.ipDestination,
      packet.destinationPort,
      packet.protocol === PROTOCOL_UDP ? 'udp' : 'tcp',
    );
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    if (this.#smallestMtu === Number.POSITIVE_INFINITY) return;
    const { packet, at } = frame;
    const told = this.#told.get(flow);
    if (told !== undefined && packet.payloadLength > 0 && packet.ipTotalLength <= told.mtu) {
      told.forwarded += 1;
      this.#fitting += 1;
    }
    if (!packet.dontFragment || packet.ipTotalLength <= this.#smallestMtu) return;
    const mtu = this.#mtuFor(flow, at);
    if (mtu === undefined || packet.ipTotalLength <= mtu) return;
    const sent = this.#tooLarge.findLast((one) => one.flow === flow && one.id === packet.ipId);
    // It may have passed before the route changed.
    if (sent === undefined) return;
    sent.isSettled = true;
    this.#tally.breach(() =>
      this.#breach(sent, {
        what: `sent ${this.#describe(sent)} on, larger than its route's MTU`,
        at,
        seen: `it left for ${frame.to ?? 'an unknown network card'} with ${packet.ipTotalLength} bytes`,
        places: [sent.place, `${frame.file}#${frame.number}`],
      }),
    );
  }

  /** A fragment leaves the director. */
  #cut(frame: JudgedFrame): void {
    const { packet, at } = frame;
    const sent = this.#tooLarge.findLast(
      ({ id, flow }) => id === packet.ipId && this.#traffic.flows.client[flow]! >>> 0 === packet.ipSource,
    );
    if (sent === undefined || sent.isSettled || at - sent.at > marginNs) return;
    sent.isSettled = true;
    this.#tally.breach(() =>
      this.#breach(sent, {
        what: `cut ${this.#describe(sent)} up, which may not be fragmented`,
        at,
        seen: `a fragment with its IP ID left for ${frame.to ?? 'an unknown network card'}`,
        places: [sent.place, `${frame.file}#${frame.number}`],
      }),
    );
  }

  #error(error: IcmpError): void {
    const { frame, flow, code, mtu, quoted } = error;
    if (flow < 0 || code !== fragmentationNeeded) return;
    const { flows } = this.#traffic;
    if (frame.fromIndex !== flows.director[flow]) return;
    const about = this.#quotedBy(error);
    const [first] = about;
    if (first === undefined) {
      this.#refusedNeedlessly(error);
      return;
    }
    for (const one of about) one.isSettled = true;
    const { packet, at } = frame;
    const place = `${frame.file}#${frame.number}`;
    const vip = flows.vip[flow]! >>> 0;
    if (mtu !== first.mtu || packet.ipSource !== vip || packet.ipDestination !== quoted.ipSource) {
      this.#tally.breach(() =>
        this.#breach(first, {
          what: `refused ${this.#describe(first)} in another way than it should`,
          at,
          seen: `ICMP fragmentation needed with MTU ${mtu}, ${formatIpv4(packet.ipSource)} → ${formatIpv4(packet.ipDestination)} from ${formatMac(packet.sourceMac)} (${frame.from})`,
          places: [first.place, place],
        }),
      );
      return;
    }
    this.#tally.right += about.length;
    if (this.#told.has(flow)) return;
    this.#traffic.pin(flow);
    const { connection } = first;
    this.#told.set(flow, { connection, mtu, at, place, came: 0, forwarded: 0, firstCameAt: -1 });
  }

  /** The packets that an error is about: several when they were put together on the way in. */
  #quotedBy({ flow, quoted, frame }: IcmpError): readonly TooLarge[] {
    const { flows } = this.#traffic;
    const isTcp = quoted.protocol === PROTOCOL_TCP;
    const bytes = quoted.ipTotalLength - quoted.ipHeaderLength - quoted.tcpHeaderLength;
    return this.#tooLarge.filter((one) => {
      if (one.isSettled || one.flow !== flow || one.connection !== flows.connection[flow]) return false;
      if (one.at > frame.at) return false;
      return isTcp ? (one.sequence - quoted.tcpSequence) >>> 0 < bytes : one.id === quoted.ipId;
    });
  }

  /** An error about a packet that is not too large, or is not known to be. */
  #refusedNeedlessly({ flow, frame, quoted, mtu }: IcmpError): void {
    const { at, segment } = frame;
    const allowed = this.#mtuFor(flow, at);
    if (allowed === undefined || quoted.ipTotalLength > allowed) return;
    const director = this.#context.nodes.name(frame.fromIndex);
    this.#tally.breach(() => ({
      claim: `${director} refused a packet of ${quoted.ipTotalLength} bytes of ${this.#traffic.describe(flow)}, which fits its route`,
      at,
      node: director,
      segment,
      expected: `packets of up to ${allowed} bytes sent on`,
      seen: [`ICMP fragmentation needed with MTU ${mtu}`],
      evidence: [`${frame.file}#${frame.number}`],
    }));
  }

  #describe({ flow, bytes }: TooLarge): string {
    return `a packet of ${bytes} bytes of ${this.#traffic.describe(flow)}`;
  }

  #breach(
    { flow, director, mtu, segment }: TooLarge,
    found: {
      readonly what: string;
      readonly at: number;
      readonly seen: string;
      readonly places: readonly string[];
    },
  ): Breach {
    const { flows } = this.#traffic;
    return {
      claim: `${director} ${found.what}`,
      at: found.at,
      node: director,
      segment,
      expected: `ICMP fragmentation needed with MTU ${mtu}, ${formatIpv4(flows.vip[flow]! >>> 0)} → ${formatIpv4(flows.client[flow]! >>> 0)}`,
      seen: [found.seen],
      evidence: found.places,
    };
  }

  /** Whether what a director did not do up to the end of the trace says something about the director. */
  #isTelling(director: number, at: number): boolean {
    const { nodes, now, isComplete } = this.#context;
    const isOver = now - at - this.#lab.stalledWithin(at, now) > marginNs;
    return isOver && isComplete && nodes.lastSentAt[director]! > at && !this.#lab.hasFaultWithin(at, now);
  }

  #judgeSilence(): void {
    const { flows } = this.#traffic;
    const { now } = this.#context;
    for (const one of this.#tooLarge) {
      const { flow, connection, at, director } = one;
      if (one.isSettled || flows.connection[flow] !== connection) continue;
      // Without an entry it is a matter for the director's own TCP.
      const hasEntry = flows.protocol[flow] !== PROTOCOL_TCP || (flows.flags[flow]! & SYN_FORWARDED) !== 0;
      if (!hasEntry || !this.#isTelling(this.#context.nodes.indexOf(director), at)) {
        this.#unclear += 1;
        continue;
      }
      this.#tally.breach(() =>
        this.#breach(one, {
          what: `dropped ${this.#describe(one)} without telling the client`,
          at,
          seen: `it was not sent on, and no ICMP error about it in the ${seconds(now - at)} to the end of the trace`,
          places: [one.place],
        }),
      );
    }
  }

  /** Clients that sent what fits, and none of it went on. */
  #judgeFitting(): void {
    const { flows } = this.#traffic;
    for (const [flow, { connection, mtu, came, forwarded, firstCameAt, place }] of this.#told) {
      if (flows.connection[flow] !== connection || forwarded > 0 || came === 0) continue;
      if (!this.#isTelling(flows.director[flow]!, firstCameAt)) continue;
      const director = this.#context.nodes.name(flows.director[flow]!);
      this.#tally.breach(() => ({
        claim: `${director} sent on nothing of ${this.#traffic.describe(flow)} after it had told the client its MTU`,
        at: firstCameAt,
        node: director,
        expected: `packets of up to ${mtu} bytes sent on`,
        seen: [`${count(came, 'packet')} of that size came and did not leave`],
        evidence: [place],
      }));
    }
  }

  finish(): Judgement {
    const { right } = this.#tally;
    this.#judgeSilence();
    this.#judgeFitting();
    const { wrong } = this.#tally;
    const measured = {
      tooLarge: this.#tooLarge.length,
      told: right,
      fitting: this.#fitting,
      breaches: wrong,
    };
    const refused = 'refused with that MTU by the virtual address';
    const what = `${count(right, 'packet')} larger than the MTU of the way ${refused}`;
    const fitting = `${count(this.#fitting, 'packet')} that fitted sent on afterwards`;
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with ${count(this.#tooLarge.length, 'packet')} larger than the MTU of the way; ${right} ${refused}; ${fitting}`,
        measured,
      );
    }
    if (right > 0 && this.#fitting > 0) return passed(`${what}; ${fitting}`, measured);
    if (right > 0)
      return inconclusive(`${what}; not shown: a packet with data that fits, sent on afterwards`, measured);
    if (this.#unclear > 0) {
      return inconclusive(
        `${count(this.#unclear, 'packet')} larger than the MTU of the way neither sent on nor refused; why cannot be told: no entry, the end of the trace, a fault, or frames missing from the record`,
        measured,
      );
    }
    if (this.#smallestMtu === Number.POSITIVE_INFINITY)
      return skipped('no route with an MTU of its own was set in the trace');
    if (this.#traffic.counts.forwarded === 0) return nothingForwarded(this.#context, this.#traffic);
    return skipped(
      `no packet that may not be fragmented came to a director and was larger than the MTU of its way on, ${this.#smallestMtu} bytes at the least`,
    );
  }
}
