import { ARP, formatIpv4, formatMac, parseIpv4, parseMac } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { disturbances } from '../disturbances.ts';
import { count, inconclusive, moment, passed, seconds, skipped, Tally } from '../judgement.ts';
import { directorTraffic } from '../lvs/traffic/director-traffic.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { isGratuitous } from './arp-text.ts';

/**
 * LVS-DR-17: once a virtual address has moved to another network card, of another director or of the same one,
 * and gratuitous ARP has announced it, whoever sent to the old card sends to the new one.
 */
export const lvsDr17: Rule = {
  id: 'LVS-DR-17',
  needs: ['frames'],
  interest: ['arp', 'tcp', 'udp', 'icmp'],
  open: (context) => new Dr17(context),
};

interface Holder {
  readonly mac: number;
  readonly name: string;
}

interface Takeover {
  readonly vip: number;
  readonly segment: string;
  readonly at: number;
  readonly from: Holder;
  readonly to: Holder;
  readonly place: string;
  /** MAC addresses of hosts that sent to the old card and have not been judged. */
  readonly hosts: Set<number>;
}

/** A neighbour takes a gratuitous ARP over as it comes in; a stalled guest and a full queue are later than that. */
const marginNs = 1e9;
const hostsMax = 4096;

class Dr17 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-17');
  readonly #context: JudgingContext;
  readonly #stalledWithin: (from: number, to: number) => number;
  readonly #directors = new Map<number, ReadonlySet<number>>();
  /** By segment and virtual address. */
  readonly #holders = new Map<string, Holder>();
  /** Who opened connections to which card last, by segment and virtual address. */
  readonly #senders = new Map<string, Map<number, number>>();
  #latestSender = -1;
  #latestReceiver = -1;
  #latestVip = -1;
  readonly #takeovers = new Map<string, Takeover>();
  #announced = 0;
  #stalled = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    const lab = context.view(disturbances);
    this.#stalledWithin = (from, to) => lab.stalledWithin(from, to);
    for (const { vip, directors } of context.plan.services) {
      const indices = directors.map(({ node }) => context.nodes.indexOf(node));
      this.#directors.set(parseIpv4(vip) ?? -1, new Set(indices));
    }
    context.view(directorTraffic).listen({ connectionArrived: (_flow, frame) => this.#sent(frame) });
  }

  frame(frame: JudgedFrame): void {
    if (frame.isCopy) return;
    if (frame.packet.layers & ARP) this.#arp(frame);
    else if (this.#takeovers.size > 0) this.#packet(frame);
  }

  #arp(frame: JudgedFrame): void {
    const { packet, segment, fromIndex, at } = frame;
    const vip = packet.arpSenderIp;
    if (fromIndex < 0 || !this.#directors.get(vip)?.has(fromIndex)) return;
    const isReply = packet.arpOperation === 2;
    if (!isReply && !isGratuitous(packet)) return;
    const key = `${segment} ${vip}`;
    const former = this.#holders.get(key);
    const holder = { mac: packet.arpSenderMac, name: this.#context.nodes.name(fromIndex) };
    if (former === undefined || isGratuitous(packet)) this.#holders.set(key, holder);
    if (former === undefined || former.mac === holder.mac || !isGratuitous(packet)) return;
    this.#announced += 1;
    const senders = [...(this.#senders.get(key) ?? [])];
    this.#takeovers.set(key, {
      vip,
      segment,
      at,
      from: former,
      to: holder,
      place: `${frame.file}#${frame.number}`,
      hosts: new Set(senders.filter(([, mac]) => mac === former.mac).map(([host]) => host)),
    });
  }

  /** A connection came to a director. */
  #sent({ packet, segment, to }: JudgedFrame): void {
    // Mostly the same again.
    if (
      packet.sourceMac === this.#latestSender &&
      packet.destinationMac === this.#latestReceiver &&
      packet.ipDestination === this.#latestVip
    ) {
      return;
    }
    this.#latestSender = packet.sourceMac;
    this.#latestReceiver = packet.destinationMac;
    this.#latestVip = packet.ipDestination;
    if (!this.#directors.has(packet.ipDestination) || to === undefined) return;
    const key = `${segment} ${packet.ipDestination}`;
    if (!this.#holders.has(key)) this.#holders.set(key, { mac: packet.destinationMac, name: to });
    let senders = this.#senders.get(key);
    if (senders === undefined) {
      senders = new Map();
      this.#senders.set(key, senders);
    }
    if (senders.size < hostsMax || senders.has(packet.sourceMac)) {
      senders.set(packet.sourceMac, packet.destinationMac);
    }
  }

  #packet(frame: JudgedFrame): void {
    const { packet, segment } = frame;
    const takeover = this.#takeovers.get(`${segment} ${packet.ipDestination}`);
    if (takeover === undefined || !takeover.hosts.has(packet.sourceMac)) return;
    const host = frame.from ?? formatMac(packet.sourceMac);
    const isJudged = this.#judge(
      takeover,
      host,
      packet.destinationMac,
      frame.at,
      `${frame.file}#${frame.number}`,
    );
    if (isJudged) takeover.hosts.delete(packet.sourceMac);
  }

  #judge(takeover: Takeover, host: string, mac: number, at: number, place: string): boolean {
    const { from, to, vip, segment } = takeover;
    if (mac === to.mac) {
      this.#tally.right += 1;
      return true;
    }
    const late = at - takeover.at;
    if (mac !== from.mac || late <= marginNs) return false;
    if (late - this.#stalledWithin(takeover.at, at) <= marginNs) {
      this.#stalled += 1;
      return false;
    }
    const address = formatIpv4(vip);
    this.#tally.breach(() => ({
      claim: `${host} still sent packets for ${address} to ${formatMac(mac)} ${seconds(late)} after ${to.name} had announced ${formatMac(to.mac)}`,
      at,
      node: host,
      segment,
      expected: `packets for ${address} go to ${formatMac(to.mac)} (${to.name}) from ${moment(takeover.at)} on`,
      seen: [
        `gratuitous ARP: ${address} is-at ${formatMac(to.mac)} (${to.name})`,
        `a packet for ${address} to ${formatMac(mac)}, the card that had it before (${from.name})`,
      ],
      evidence: [takeover.place, place],
    }));
    return true;
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'neighbours') return;
    const { node, text, at } = event;
    for (const takeover of this.#takeovers.values()) {
      const vip = formatIpv4(takeover.vip);
      const entry = new RegExp(`^${vip.replaceAll('.', '\\.')} .*lladdr ([0-9a-f:]{17})`, 'm').exec(text);
      const mac = parseMac(entry?.[1] ?? '');
      if (at <= takeover.at || mac === undefined) continue;
      this.#judge(takeover, node, mac, at, `trace.jsonl: ip -4 neighbour show on ${node}`);
    }
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const measured = { announcements: this.#announced, hosts: judged, breaches: wrong };
    const what = `${count(judged, 'host')} after ${count(this.#announced, 'announced move', 'announced moves')}`;
    if (wrong > 0)
      return this.#tally.failed(`${wrong} of ${what} of a virtual address kept to the old card`, measured);
    if (judged > 0) return passed(`${what} of a virtual address sent to the new card`, measured);
    if (this.#announced === 0) {
      return skipped('no director announced a virtual address that another network card had held before');
    }
    if (this.#stalled > 0) {
      return inconclusive(
        'packets still went to the old card more than a second after the announcement, but the lab stood still meanwhile',
      );
    }
    return skipped(
      'nobody that had sent to the old card was seen sending to the virtual address after the announcement',
    );
  }
}
