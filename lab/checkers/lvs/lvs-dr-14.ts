import { formatIpv4, formatMac } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { isLostTowards } from '../frame-fate.ts';
import { type Breach, count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type KnownService, type Lookup, type Services, services } from '../tables/services.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { SELF_ANSWERED, SELF_RESET, SYN_FORWARDED, SYN_REPEATED } from './traffic/flow-table.ts';
import { hostUnreachable, type IcmpError, icmpErrors, unreachable } from './traffic/icmp-errors.ts';
import { packetDifferences } from './traffic/packet-differences.ts';
import { nothingForwarded } from './traffic/too-little.ts';
import { WaitingRequests } from './traffic/waiting-requests.ts';

/**
 * LVS-DR-14: when the destination of a request does not answer ARP, the director asks three times, about one second
 * apart, and about 3 s after the first it tells the client that the host is unreachable, from an address of its own.
 * Times count from the request that set the asking off; one that came later has shorter to wait.
 */
export const lvsDr14: Rule = {
  id: 'LVS-DR-14',
  needs: ['frames'],
  interest: ['arp'],
  open: (context) => new Dr14(context),
};

/** `mcast_solicit` and `retrans_time_ms` of net.ipv4.neigh as the kernel has them (net/ipv4/arp.c). */
const asksExpected = 3;
const intervalNs = 1e9;
/**
 * The edges. Sooner than the kernel's timers nothing can be, but the first frame may be stamped late: emulated guests
 * took up to 9 ms from one frame to the next, and this is for far busier hosts. Late are timers by up to 8/63 of their
 * length (kernel/time/timer.c), and a guest whose processor has to wait for the host's. A stall of the lab widens both
 * edges by its length. A fourth request would take it all to 4 s.
 */
const earlyNs = 0.25e9;
const lateNs = 0.5e9;
const timerSlack = 1 + 8 / 63;
const intervalMin = intervalNs - earlyNs;
const intervalMax = intervalNs * timerSlack + lateNs;
const totalMin = asksExpected * intervalNs - earlyNs;
const totalMax = asksExpected * intervalNs * timerSlack + lateNs;

const broadcast = 0xffff_ffff_ffff;
/** The same broadcast at two taps of one segment. */
const copyWindowNs = 0.2e9;
const asksKept = 16;
const targetsMax = 1024;
/** Packets of a flow among which the one that an error quotes is looked for. */
const lookBack = 64;
/** The kernel sends one client six errors at once, then one a second (`icmp_ratelimit`, net/ipv4/route.c). */
const errorBurst = 6;
const errorWindowNs = 10e9;

interface Ask {
  readonly at: number;
  readonly place: string;
}

/** What a director broadcast in order to find one address, since that address was last heard of. */
interface Quest {
  readonly director: number;
  readonly target: number;
  readonly asks: Ask[];
}

/** What to remember of a request: much the same for all of them. */
interface Asked {
  readonly segment: string;
  readonly service: KnownService;
}

class Dr14 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-14');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #lab: Disturbances;
  /** By address that is asked for: one quest for each director. */
  readonly #quests = new Map<number, Quest[]>();
  /** Requests that a director has neither sent on nor answered. */
  readonly #waiting: WaitingRequests<Asked>;
  #asked: Asked | undefined;
  /** Answered by the director in some way that the flow's flags do not tell: flows with their connections. */
  readonly #settled = new Map<number, number>();
  /** Failed quests that were judged, by director, target and last ask: several packets may have waited. */
  readonly #judged = new Set<string>();
  /** Errors that directors sent lately: when, and to whom. */
  readonly #errors: { readonly at: number; readonly client: number }[] = [];
  /** Directors on which somebody changed what ARP goes by, or its cache. */
  readonly #meddled = new Set<string>();
  #reported = 0;
  #unclear = 0;
  #spoiled = 0;
  #longestNs = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#lab = context.view(disturbances);
    this.#waiting = new WaitingRequests(this.#traffic, (flow) => this.#isWaiting(flow));
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#arrived(flow, frame),
      directorReplied: (flow) => this.#settle(flow),
    });
    context.view(icmpErrors).listen((error) => this.#error(error));
  }

  event(event: TraceEvent): void {
    if (event.kind === 'command' && event.argv.some((word) => /\bneigh|\barp\b/.test(word)))
      this.#meddled.add(event.node);
    else if (event.kind === 'setting' && event.setting.what === 'sysctl') {
      if (/^net[./]ipv4[./]neigh[./]/.test(event.setting.name)) this.#meddled.add(event.node);
    }
  }

  frame(frame: JudgedFrame): void {
    const { packet, fromIndex, at } = frame;
    this.#heard(frame);
    const isAsk = packet.arpOperation === 1 && packet.destinationMac === broadcast && !frame.isCopy;
    if (!isAsk || fromIndex < 0 || !this.#context.nodes.isDirector[fromIndex]) return;
    const target = packet.arpTargetIp;
    if (target === packet.arpSenderIp) return;
    const quest = this.#questOf(fromIndex, target);
    const last = quest.asks.at(-1);
    if (last !== undefined && at - last.at < copyWindowNs) return;
    quest.asks.push({ at, place: `${frame.file}#${frame.number}` });
    if (quest.asks.length > asksKept) quest.asks.shift();
  }

  #questOf(director: number, target: number): Quest {
    let quests = this.#quests.get(target);
    if (quests === undefined) {
      if (this.#quests.size >= targetsMax) this.#quests.delete(this.#quests.keys().next().value!);
      quests = [];
      this.#quests.set(target, quests);
    }
    let quest = quests.find((one) => one.director === director);
    if (quest === undefined) {
      quest = { director, target, asks: [] };
      quests.push(quest);
    }
    return quest;
  }

  /** Whatever ARP message a host sends, whoever gets it knows where that host is. */
  #heard({ packet, fromIndex, lostTowards }: JudgedFrame): void {
    const quests = this.#quests.get(packet.arpSenderIp);
    if (quests === undefined) return;
    const { nodes } = this.#context;
    const left = quests.filter(
      ({ director }) => director === fromIndex || isLostTowards(lostTowards, nodes.name(director)),
    );
    if (left.length === 0) this.#quests.delete(packet.arpSenderIp);
    else this.#quests.set(packet.arpSenderIp, left);
  }

  #arrived(flow: number, { at, segment }: JudgedFrame): void {
    const lookup = this.#services.ofFlow(this.#traffic.flows, flow, at);
    if (lookup.kind !== 'served') return;
    const { service } = lookup;
    if (this.#asked?.service !== service || this.#asked.segment !== segment)
      this.#asked = { service, segment };
    this.#waiting.add(flow, this.#asked);
  }

  #isWaiting(flow: number): boolean {
    const { flags, connection } = this.#traffic.flows;
    const isDone = (flags[flow]! & (SYN_FORWARDED | SELF_ANSWERED | SELF_RESET)) !== 0;
    return !isDone && this.#settled.get(flow) !== connection[flow];
  }

  #settle(flow: number): void {
    if (flow >= 0 && this.#isWaiting(flow)) this.#settled.set(flow, this.#traffic.flows.connection[flow]!);
  }

  #error(error: IcmpError): void {
    const { frame, flow, type, code, quoted } = error;
    const { nodes } = this.#context;
    if (frame.fromIndex < 0 || !nodes.isDirector[frame.fromIndex]) return;
    while (this.#errors.length > 0 && frame.at - this.#errors[0]!.at > errorWindowNs) this.#errors.shift();
    this.#errors.push({ at: frame.at, client: quoted.ipSource });
    this.#settle(flow);
    if (type !== unreachable || code !== hostUnreachable) return;
    this.#reported += 1;
    const lookup: Lookup =
      flow < 0 ? { kind: 'unknown' } : this.#services.ofFlow(this.#traffic.flows, flow, frame.at);
    const quest = this.#questFor(frame.fromIndex, lookup, frame.at);
    const key =
      quest === undefined
        ? `flow ${flow} ${this.#traffic.flows.connection[flow] ?? 0}`
        : `${quest.director} ${quest.target} ${quest.asks.at(-1)!.at}`;
    if (this.#judged.has(key)) return;
    this.#judged.add(key);
    this.#judge(error, quest, lookup);
  }

  /** Of a director that is only known by what it does, no address is known either. */
  #isOwn({ fromIndex, packet }: JudgedFrame): boolean {
    const { nodes } = this.#context;
    if (nodes.owns(fromIndex, packet.ipSource)) return true;
    return nodes.nodes[fromIndex]?.isPlanned === false && !this.#traffic.isVirtual(packet.ipSource);
  }

  #judge(error: IcmpError, quest: Quest | undefined, lookup: Lookup): void {
    const { frame } = error;
    const { at } = frame;
    const cameAt = this.#arrivalOf(error);
    if (!this.#isOwn(frame)) {
      this.#tally.breach(() => this.#wrongSource(error));
      return;
    }
    if (cameAt !== undefined && at - cameAt > totalMax + this.#lab.stalledWithin(cameAt, at)) {
      const seen = [`${seconds(at - cameAt)} after the packet that it is about had come`];
      this.#breach(error, quest, cameAt, seen);
      return;
    }
    const isShown = quest !== undefined && this.#fits(quest.asks.slice(-asksExpected), at);
    if (cameAt !== undefined && this.#context.isComplete && this.#setsOff(quest, lookup, cameAt)) {
      // The next quest may begin as soon as this one has failed.
      const asks = quest?.asks.filter((ask) => ask.at >= cameAt && at - ask.at > copyWindowNs) ?? [];
      const isSoon = at - cameAt < totalMin - this.#lab.stalledWithin(cameAt, at);
      if (asks.length !== asksExpected || !isShown || isSoon) {
        this.#breach(error, quest, cameAt, whatHappened(asks, cameAt, at));
        return;
      }
    }
    if (!isShown) {
      this.#unclear += 1;
      return;
    }
    this.#longestNs = Math.max(this.#longestNs, at - quest.asks.at(-asksExpected)!.at);
    this.#tally.right += 1;
  }

  /** Three requests one second apart, the last of them one second ago. */
  #fits(asks: readonly Ask[], at: number): boolean {
    if (asks.length < asksExpected) return false;
    const moments = [...asks.map((ask) => ask.at), at];
    const isFit = (from: number, to: number, min: number, max: number) => {
      const stalled = this.#lab.stalledWithin(from, to);
      return to - from >= min - stalled && to - from <= max + stalled;
    };
    return (
      moments.every((to, index) => index === 0 || isFit(moments[index - 1]!, to, intervalMin, intervalMax)) &&
      isFit(moments[0]!, at, totalMin, totalMax)
    );
  }

  /** The address that was asked for last, and in vain, of those that the request may have been meant for. */
  #questFor(director: number, lookup: Lookup, at: number): Quest | undefined {
    const targets = lookup.kind === 'served' ? targetsOf(lookup.service) : [...this.#quests.keys()];
    const quests = targets
      .flatMap((target) => this.#quests.get(target) ?? [])
      .filter((quest) => quest.director === director)
      .filter(({ asks }) => at - asks.at(-1)!.at <= totalMax + this.#lab.stalledWithin(asks.at(-1)!.at, at))
      .toSorted((a, b) => b.asks.at(-1)!.at - a.asks.at(-1)!.at);
    return quests.find(({ asks }) => this.#fits(asks.slice(-asksExpected), at)) ?? quests[0];
  }

  /** When the quoted packet came to the director; undefined when it cannot be told from others. */
  #arrivalOf({ flow, quoted, frame }: IcmpError): number | undefined {
    if (flow < 0) return undefined;
    const { flows, ring } = this.#traffic;
    const given = frame.packet.buffer.slice(quoted.ipOffset, quoted.ipOffset + frame.packet.payloadLength);
    const moments: number[] = [];
    let serial = flows.newestPacket[flow]!;
    for (let steps = 0; steps < lookBack && ring.holds(serial); steps++) {
      const slot = ring.slotOf(serial);
      if (ring.flow[slot] !== flow) break;
      const came = ring.id[slot] === quoted.ipId ? ring.bytesOf(serial).subarray(0, given.length) : undefined;
      if (came !== undefined && isSame(came, given.subarray(0, came.length))) moments.push(ring.at[slot]!);
      serial = ring.before[slot]!;
    }
    const [latest, earliest] = [moments[0], moments.at(-1)];
    // The same frame may have been seen twice.
    if (latest === undefined || earliest === undefined || latest - earliest > copyWindowNs) return undefined;
    return earliest;
  }

  /**
   * Whether a packet that came then set the asking off: nobody had been asking, and if somebody had, it would be in
   * the trace.
   */
  #setsOff(quest: Quest | undefined, lookup: Lookup, cameAt: number): boolean {
    const { nodes, firstFrameAt, beginsAtStart, hasEvents } = this.#context;
    const since = cameAt - intervalMax;
    const target = quest?.target ?? onlyTargetOf(lookup);
    if (target === undefined || (quest === undefined && !hasEvents)) return false;
    if (quest?.asks.some(({ at }) => at >= since && at < cameAt) === true) return false;
    if (beginsAtStart || since >= firstFrameAt) return true;
    // A service made in the trace, of an address that nobody has, gave no reason to ask for it before.
    const isMade =
      lookup.kind === 'served' &&
      lookup.epoch !== undefined &&
      this.#services.tables.wasMade(lookup.epoch, lookup.service);
    return isMade && nodes.holderOf(target) < 0;
  }

  #breach(error: IcmpError, quest: Quest | undefined, cameAt: number, seen: readonly string[]): void {
    const { frame, flow } = error;
    const { at, segment } = frame;
    const director = this.#context.nodes.name(frame.fromIndex);
    if (this.#meddled.has(director) || this.#lab.hasFaultWithin(cameAt, at)) {
      this.#spoiled += 1;
      return;
    }
    const target = quest === undefined ? 'the destination' : formatIpv4(quest.target);
    this.#tally.breach(() => ({
      claim: `${director} did not ask ${asksExpected} times, one second apart, for ${target} before it gave ${this.#traffic.describe(flow)} up`,
      at,
      node: director,
      segment,
      expected: `${asksExpected} unanswered who-has ${target}, ${seconds(intervalMin)} to ${seconds(intervalMax)} apart, and ICMP host unreachable ${seconds(totalMin)} to ${seconds(totalMax)} after the request came`,
      seen,
      evidence: [
        ...(quest?.asks.filter((ask) => ask.at >= cameAt) ?? []).map(({ place }) => place),
        `${frame.file}#${frame.number}`,
      ],
    }));
  }

  #wrongSource({ frame, quoted }: IcmpError): Breach {
    const { packet, segment, at } = frame;
    const director = this.#context.nodes.name(frame.fromIndex);
    const source = formatIpv4(packet.ipSource);
    return {
      claim: `${director} reported ${formatIpv4(quoted.ipDestination)} as unreachable from ${source}`,
      at,
      node: director,
      segment,
      expected: `an address of ${director}'s own as source`,
      seen: [
        `ICMP host unreachable ${source} → ${formatIpv4(packet.ipDestination)} from ${formatMac(packet.sourceMac)} (${director})`,
      ],
      evidence: [`${frame.file}#${frame.number}`],
    };
  }

  /** Requests that a director could not get rid of, and of which it told nobody. */
  #judgeSilence(): void {
    const { nodes, now, isComplete } = this.#context;
    const { flags, director: directors, firstAt } = this.#traffic.flows;
    for (const { flow, note } of this.#waiting.left()) {
      const director = directors[flow]!;
      const at = firstAt[flow]!;
      const targets = [...new Set(targetsOf(note.service))];
      const quests = targets
        .flatMap((target) => this.#quests.get(target) ?? [])
        .filter((quest) => quest.director === director);
      const isTheOnly = quests.length === targets.length && targets.length > 0;
      // Another destination may have been chosen, and the asking may be about the director's own checks.
      if (!isTheOnly && (flags[flow]! & SYN_REPEATED) === 0) continue;
      const failed = quests
        .map((quest) => ({ quest, asks: quest.asks.filter((ask) => ask.at >= at).slice(0, asksExpected) }))
        .find(({ asks }) => asks.length === asksExpected);
      if (failed === undefined) continue;
      const last = failed.asks.at(-1)!.at;
      const isOver = now - last - this.#lab.stalledWithin(last, now) > intervalMax;
      const isAlive = nodes.lastSentAt[director]! > last;
      if (!isOver) {
        this.#unclear += 1;
        continue;
      }
      const isSpoiled =
        !isComplete || this.#lab.hasFaultWithin(at, now) || this.#meddled.has(nodes.name(director));
      if (isSpoiled || this.#isLimited(flow, last) || !isAlive) {
        this.#spoiled += 1;
        continue;
      }
      this.#tally.breach(() => this.#silence(flow, note.segment, failed.quest, failed.asks));
    }
  }

  /** So many errors went to the client that the kernel may have kept this one to itself. */
  #isLimited(flow: number, at: number): boolean {
    const client = this.#traffic.flows.client[flow]! >>> 0;
    const lately = this.#errors.filter((error) => error.client === client && error.at > at - errorWindowNs);
    return lately.length >= errorBurst;
  }

  #silence(flow: number, segment: string, quest: Quest, asks: readonly Ask[]): Breach {
    const { nodes, now } = this.#context;
    const at = this.#traffic.flows.firstAt[flow]!;
    const director = nodes.name(quest.director);
    const target = formatIpv4(quest.target);
    return {
      claim: `${director} told nobody that ${target} does not answer, and ${this.#traffic.describe(flow)} waited for it`,
      at,
      node: director,
      segment,
      expected: `ICMP host unreachable to the client within ${seconds(totalMax)}`,
      seen: [
        `${asks.length} unanswered who-has ${target}, ${list(asks.map((ask) => seconds(ask.at - at)))} after the request came, and no ICMP in the ${seconds(now - at)} to the end of the trace`,
      ],
      evidence: [this.#traffic.synPlace(flow), ...asks.map((ask) => ask.place)],
    };
  }

  finish(): Judgement {
    this.#judgeSilence();
    const { wrong, right, judged } = this.#tally;
    const measured = {
      failures: judged,
      reported: this.#reported,
      breaches: wrong,
      longestMs: Math.round(this.#longestNs / 1e6),
    };
    const what = count(judged, 'destination');
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with ${what} that did not answer ARP`,
        measured,
      );
    }
    if (right > 0) {
      return passed(
        `${what} asked for ${asksExpected} times without an answer, and reported as unreachable by the director's own address ${seconds(this.#longestNs)} later at most (allowed: ${seconds(totalMin)} to ${seconds(totalMax)})`,
        measured,
      );
    }
    if (this.#spoiled > 0) {
      return inconclusive(
        `${count(this.#spoiled, 'destination')} without an answer to ARP under a fault, with frames missing from the record, ARP's settings or cache changed, more errors than the kernel sends, or the director silent since`,
        measured,
      );
    }
    if (this.#unclear > 0) {
      return inconclusive(
        `${count(this.#unclear, 'destination')} without an answer to ARP, of which the trace shows the beginning or the end alone`,
        measured,
      );
    }
    const { arrived, bypassed } = this.#traffic.counts;
    if (arrived === 0 && bypassed > 0) return nothingForwarded(this.#context, this.#traffic);
    const unanswered = [...this.#quests.values()].flat().filter(({ asks }) => asks.length >= asksExpected);
    if (unanswered.length > 0) {
      return skipped(
        `directors asked for ${list(unanswered.slice(0, 5).map(({ target }) => formatIpv4(target)))} in vain, and no request waited for it`,
      );
    }
    return skipped('no request in the trace waited for a destination that does not answer ARP');
  }
}

function targetsOf({ destinations }: KnownService): readonly number[] {
  return destinations.filter(({ weight, isLocal }) => weight > 0 && !isLocal).map(({ address }) => address);
}

function onlyTargetOf(lookup: Lookup): number | undefined {
  const targets = lookup.kind === 'served' ? targetsOf(lookup.service) : [];
  return targets.length === 1 ? targets[0] : undefined;
}

function isSame(came: Uint8Array, quoted: Uint8Array): boolean {
  return packetDifferences(came, quoted).every(({ kind }) => kind === 'ttl');
}

function whatHappened(asks: readonly Ask[], cameAt: number, at: number): readonly string[] {
  const times = asks.map((ask) => seconds(ask.at - cameAt));
  return [
    `${asks.length} who-has${asks.length === 0 ? '' : `, ${list(times)} after the request came`}`,
    `the client was told ${seconds(at - cameAt)} after the request came`,
  ];
}
