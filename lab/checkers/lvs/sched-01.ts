import { formatIpv4, PROTOCOL_TCP } from 'tcpdump-parser';
import { type Breach, count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type KnownService, type Lookup, type Services, services } from '../tables/services.ts';
import { type Epoch, mayConcern } from '../tables/table-history.ts';
import { TableVerdicts } from '../tables/table-verdicts.ts';
import { AGAINST_LOAD, CANCELLED, PickQueue, REUSED, unseen } from './pick-queue.ts';
import { RoundRobin } from './round-robin.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { DIRECTORS_OWN, REUSE_UNSURE, SELF_ANSWERED, SYN_ARRIVED } from './traffic/flow-table.ts';
import { type IcmpError, icmpErrors, portUnreachable } from './traffic/icmp-errors.ts';

/**
 * SCHED-01: under rr new connections go to the real servers in turn, beginning with the one added last, and pass
 * over weight 0. A choice is made when a connection's first SYN comes to the director, in the order in which
 * SYNs come; it shows when the SYN goes on.
 */
export const sched01: Rule = {
  id: 'SCHED-01',
  needs: ['frames'],
  interest: [],
  open: (context) => new Sched01(context),
};

/** How long a director may remember a finished connection, and send its client's port to the same server again. */
const reuseNs = 125e9;
/** Fewer choices in turn may be chance. */
const turnsMin = 3;
/** Choices told in a finding. */
const rememberedMax = 6;

/** What is known of one service at one director. All choices in the queue were made under `service`. */
interface Track {
  readonly director: number;
  readonly queue: PickQueue;
  segment: string;
  scheduler: RoundRobin;
  service: KnownService;
  epoch: Epoch | undefined;
  /** Right choices not yet handed to the verdicts. */
  right: number;
  /** When the last choice that was judged was made. */
  judgedAt: number;
  /** When a connection showed up whose beginning the capture lacks: it may hide a choice made shortly before. */
  orphanAt: number;
  /** Servers known by their addresses alone, in the order in which they were first chosen. */
  readonly strangers: number[];
  /** Open connections, as the director sees them, by server; nodes alone are counted. */
  readonly open: Int32Array;
  /** Nodes chosen last, and how many choices there were. */
  readonly last: Int16Array;
  choices: number;
}

class Sched01 implements RuleRun {
  readonly #tally = new Tally('SCHED-01');
  readonly #verdicts: TableVerdicts;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #tracks = new Map<number, Track>();
  #latestKey = -1;
  #latest: Track | undefined;
  /** Services that were asked for while the table was unknown. */
  readonly #blurred = new Set<number>();
  readonly #otherSchedulers = new Set<string>();
  #connections = 0;
  #begun = 0;
  #turns = 0;
  #pastWeightZero = 0;
  #againstLoad = 0;
  #unsure = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#verdicts = new TableVerdicts(this.#tally, context);
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#services.tables.onEnd((epoch) => this.#handOver(epoch));
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#arrived(flow, frame),
      connectionForwarded: (flow, frame) => this.#forwarded(flow, frame),
      connectionClosed: (flow) => this.#closed(flow),
      orphanArrived: (flow, frame) => this.#orphan(flow, frame),
      directorReplied: (flow, frame) => this.#selfServed(flow, frame),
    });
    context.view(icmpErrors).listen((error) => this.#refused(error));
  }

  #key(flow: number): number {
    const { vip, ports } = this.#traffic.flows;
    return (vip[flow]! >>> 0) * 0x1_0000 + (ports[flow]! & 0xffff);
  }

  /** Asked several times for each connection, mostly for the same service. */
  #trackAt(key: number): Track | undefined {
    if (key !== this.#latestKey) {
      this.#latestKey = key;
      this.#latest = this.#tracks.get(key);
    }
    return this.#latest;
  }

  #put(key: number, track: Track | undefined): void {
    this.#latestKey = -1;
    if (track === undefined) this.#tracks.delete(key);
    else this.#tracks.set(key, track);
  }

  #arrived(flow: number, frame: JudgedFrame): void {
    if (this.#traffic.flows.protocol[flow] === PROTOCOL_TCP) this.#pick(flow, frame);
  }

  #pick(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const lookup = this.#services.ofFlow(flows, flow, frame.at);
    const key = this.#key(flow);
    if (lookup.kind !== 'served') {
      this.#blur(key, lookup);
      return;
    }
    const { service, epoch } = lookup;
    const scheduler = this.#schedulerOf(service);
    if (scheduler !== 'rr' || service.isPersistent || service.isOnePacket) {
      this.#otherSchedulers.add(scheduler);
      return;
    }
    const track = this.#trackOf(key, flow, service, epoch);
    const { queue } = track;
    this.#settle(track, frame.at);
    if (queue.isFull) this.#judge(track, queue.first + 1);
    track.segment = frame.segment;
    const marks = flows.flags[flow]! & REUSE_UNSURE ? REUSED : 0;
    queue.add(flow, flows.connection[flow]!, flows.formerServer[flow]!, marks, frame.at);
  }

  /** The plan's service is meant to have the plan's scheduler, whatever a table says. */
  #schedulerOf(service: KnownService): string {
    return this.#services.planned(service.planned)?.scheduler ?? service.scheduler;
  }

  #blur(key: number, lookup: Lookup): void {
    const track = this.#trackAt(key);
    if (track !== undefined) this.#settle(track, Number.POSITIVE_INFINITY);
    if (lookup.kind === 'unserved') {
      if (track !== undefined) this.#count(track);
      this.#put(key, undefined);
      this.#blurred.delete(key);
      return;
    }
    this.#blurred.add(key);
    track?.scheduler.lose();
  }

  #trackOf(key: number, flow: number, service: KnownService, epoch: Epoch | undefined): Track {
    const director = this.#traffic.flows.director[flow]!;
    const known = this.#trackAt(key);
    if (known !== undefined && known.director === director) {
      if (known.service !== service) this.#change(known, service, epoch, key);
      return known;
    }
    if (known !== undefined) {
      this.#settle(known, Number.POSITIVE_INFINITY);
      this.#count(known);
    }
    const isFresh = known === undefined && !this.#blurred.has(key) && this.#isNew(service, epoch);
    const track: Track = {
      director,
      queue: new PickQueue(),
      segment: '',
      scheduler: new RoundRobin(serversOf(service), isFresh),
      service,
      epoch,
      right: 0,
      judgedAt: Number.NEGATIVE_INFINITY,
      orphanAt: Number.NEGATIVE_INFINITY,
      strangers: [],
      open: new Int32Array(this.#context.nodes.nodes.length + strangersMax),
      last: new Int16Array(rememberedMax),
      choices: 0,
    };
    this.#put(key, track);
    return track;
  }

  /** No connection can have been scheduled before: the service was made in the trace, or the trace begins with the lab. */
  #isNew(service: KnownService, epoch: Epoch | undefined): boolean {
    if (this.#context.beginsAtStart && this.#context.isComplete) return true;
    return epoch !== undefined && this.#services.tables.wasMade(epoch, service);
  }

  #change(track: Track, service: KnownService, epoch: Epoch | undefined, key: number): void {
    this.#settle(track, Number.POSITIVE_INFINITY);
    this.#count(track);
    const isMade = epoch !== undefined && this.#services.tables.wasMade(epoch, service);
    const endpoint = { address: service.vip, port: service.port };
    const mayBeNew = epoch !== undefined && mayConcern(epoch, 'tcp', endpoint);
    if (isMade && !this.#blurred.has(key)) track.scheduler = new RoundRobin(serversOf(service), true);
    else {
      const isSame = sameServers(track.service, service);
      track.scheduler.change(serversOf(service));
      // Changed at an unknown moment, or perhaps deleted and made again: it may begin anew.
      if (mayBeNew || !isSame || track.epoch === undefined) track.scheduler.lose();
    }
    this.#blurred.delete(key);
    track.service = service;
    track.epoch = epoch;
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    if (flows.protocol[flow] !== PROTOCOL_TCP) return;
    const flags = flows.flags[flow]!;
    if (flags & DIRECTORS_OWN) this.#pick(flow, frame);
    const track = this.#trackAt(this.#key(flow));
    if (track === undefined) return;
    // When its SYN was not seen coming, its place among the others is unknown.
    if ((flags & (SYN_ARRIVED | DIRECTORS_OWN)) === 0) track.orphanAt = frame.at;
    else this.#show(track, flow, flows.server[flow]!, frame.at);
  }

  #show(track: Track, flow: number, server: number, at: number): void {
    const pick = track.queue.find(flow, this.#traffic.flows.connection[flow]!);
    if (pick < 0) return;
    const isBusy = server >= 0 && isBusier(track, server);
    track.queue.wentTo(pick, server, at, isBusy ? AGAINST_LOAD : 0);
    if (server >= 0) track.open[server]! += 1;
  }

  /** A destination of the director's own: it answers itself. */
  #selfServed(flow: number, frame: JudgedFrame): void {
    const track = this.#trackAt(this.#key(flow));
    if (track === undefined || (this.#traffic.flows.flags[flow]! & SELF_ANSWERED) === 0) return;
    this.#show(track, flow, frame.fromIndex, frame.at);
  }

  /** No server was eligible, so nobody was chosen. */
  #refused({ flow, code, frame }: IcmpError): void {
    if (flow < 0 || code !== portUnreachable || frame.fromIndex !== this.#traffic.flows.director[flow])
      return;
    const queue = this.#trackAt(this.#key(flow))?.queue;
    const pick = queue?.find(flow, this.#traffic.flows.connection[flow]!) ?? -1;
    if (pick >= 0) queue!.cancel(pick);
  }

  #orphan(flow: number, frame: JudgedFrame): void {
    // In the lab's own record nothing is missing: such a connection began before the trace did.
    if (this.#context.hasEvents && this.#context.isComplete) return;
    const track = this.#trackAt(this.#key(flow));
    if (track !== undefined) track.orphanAt = frame.at;
  }

  #closed(flow: number): void {
    const track = this.#trackAt(this.#key(flow));
    const server = this.#traffic.flows.server[flow]!;
    if (track !== undefined && server >= 0 && track.open[server]! > 0) track.open[server]! -= 1;
  }

  /** Judges what can be judged when time has come to `now`. */
  #settle(track: Track, now: number): void {
    const { queue } = track;
    for (let end = queue.groupEnd(now); end >= 0; end = queue.groupEnd(now)) this.#judge(track, end);
  }

  /** The choices before `end`; when it is more than one, their order among themselves is uncertain. */
  #judge(track: Track, end: number): void {
    const { queue } = track;
    const { first } = queue;
    if (end === first + 1) this.#judgeOne(track, first);
    else this.#judgeGroup(track, first, end);
    track.judgedAt = queue.at(end - 1);
    queue.take(end);
  }

  #judgeGroup(track: Track, first: number, end: number): void {
    const { queue, scheduler } = track;
    const slots: number[] = [];
    for (let pick = first; pick < end; pick++) {
      const slot = queue.slotOf(pick);
      if ((queue.marks[slot]! & CANCELLED) === 0) slots.push(slot);
    }
    this.#connections += slots.length;
    const expected = slots.some((slot) => queue.marks[slot]! & REUSED)
      ? undefined
      : scheduler.nextOf(slots.length);
    const seen = slots.map((slot) => queue.server[slot]!).filter((server) => server !== unseen);
    if (expected === undefined) scheduler.lose();
    else if (isWithin(seen, expected)) {
      for (const slot of slots) if (queue.server[slot] !== unseen) this.#inTurn(track, slot);
      if (expected.length > 0) scheduler.chose(expected.at(-1)!);
    } else this.#mismatch(track, slots, expected);
  }

  #judgeOne(track: Track, pick: number): void {
    const { scheduler, queue } = track;
    const slot = queue.slotOf(pick);
    const marks = queue.marks[slot]!;
    if (marks & CANCELLED) return;
    this.#connections += 1;
    const expected = scheduler.next();
    const server = queue.server[slot]!;
    const isStranger = server >= 0 && !this.#context.nodes.nodes[server]!.isPlanned;
    if (isStranger && expected === undefined && this.#isNewStranger(track, server)) return;
    if (marks & REUSED && server === queue.formerServer[slot]) {
      // Sent on by the entry of the connection before, or chosen anew: if both are possible, the place is lost.
      if (server === expected || server === unseen) scheduler.lose();
    } else if (server === unseen) {
      if (expected === undefined) scheduler.lose();
      else scheduler.chose(expected);
    } else if (server === expected) {
      if (track.choices === 0) this.#begun += 1;
      this.#inTurn(track, slot);
      scheduler.chose(server);
    } else if (expected !== undefined || !scheduler.eligible.includes(server)) {
      this.#mismatch(track, [slot], expected === undefined ? scheduler.eligible : [expected]);
    } else {
      this.#remember(track, server);
      scheduler.chose(server);
    }
  }

  /**
   * A server that the plan cannot be matched with: the order of the first round is taken for the list. False when the
   * server has been chosen before, so that it is out of turn.
   */
  #isNewStranger(track: Track, server: number): boolean {
    const { strangers } = track;
    if (strangers.includes(server)) return false;
    strangers.push(server);
    this.#remember(track, server);
    if (strangers.length === track.scheduler.eligible.length) {
      track.scheduler = new RoundRobin(
        strangers.map((id) => ({ id, weight: 1 })),
        false,
      );
      track.scheduler.chose(server);
    }
    return true;
  }

  #inTurn(track: Track, slot: number): void {
    const { queue, scheduler, service } = track;
    track.right += 1;
    this.#remember(track, queue.server[slot]!);
    const { length } = scheduler.eligible;
    if (length > 1) this.#turns += 1;
    if (length < service.destinations.length) this.#pastWeightZero += 1;
    if (queue.marks[slot]! & AGAINST_LOAD) this.#againstLoad += 1;
  }

  #count(track: Track): void {
    this.#verdicts.right(track.epoch, track.right);
    track.right = 0;
  }

  #handOver(epoch: Epoch): void {
    for (const track of this.#tracks.values()) if (track.epoch === epoch) this.#count(track);
  }

  #remember(track: Track, server: number): void {
    track.last[track.choices % rememberedMax] = server;
    track.choices += 1;
  }

  #mismatch(track: Track, slots: readonly number[], expected: readonly number[]): void {
    const { scheduler, queue } = track;
    const [first] = slots;
    const last = queue.server[slots.at(-1)!]!;
    const forgotAt = this.#traffic.flows.forgotAt;
    const mayBeReuse = forgotAt >= 0 && queue.at(first!) - forgotAt < reuseNs;
    const isExcused = track.orphanAt > track.judgedAt || mayBeReuse || !this.#context.isComplete;
    if (isExcused) this.#unsure += 1;
    else this.#verdicts.breach(track.epoch, () => this.#finding(track, slots, expected));
    this.#remember(track, last);
    if (slots.length === 1) scheduler.chose(last);
    else scheduler.lose();
  }

  #finding(track: Track, slots: readonly number[], expected: readonly number[]): Breach {
    const { nodes } = this.#context;
    const { flows } = this.#traffic;
    const { queue, service } = track;
    const director = nodes.name(track.director);
    const name = (server: number) => (server === unseen ? 'nobody seen' : nodes.name(server));
    const chosen = slots.map((slot) => name(queue.server[slot]!));
    const wanted = expected.map(name);
    const from = Math.max(0, track.choices - rememberedMax);
    const before = Array.from({ length: track.choices - from }, (_, index) =>
      name(track.last[(from + index) % rememberedMax]!),
    );
    return {
      claim: `${director} sent a connection to ${formatIpv4(service.vip)}:${service.port} to ${list(chosen)}, and rr would have chosen ${slots.length > 1 ? list(wanted) : wanted.join(' or ')}`,
      at: queue.at(slots[0]!),
      node: director,
      segment: track.segment,
      expected: `${list(wanted)}: ${this.#listText(track)}`,
      seen: [
        `before: ${before.length === 0 ? 'no connection' : before.join(' ')}`,
        `then: ${chosen.join(' ')}`,
      ],
      evidence: slots
        .filter((slot) => flows.connection[queue.flow[slot]!] === queue.connection[slot])
        .flatMap((slot) => {
          const flow = queue.flow[slot]!;
          const out = queue.isOut(slot) ? [this.#traffic.forwardedPlace(flow)] : [];
          return [this.#traffic.synPlace(flow), ...out];
        }),
    };
  }

  #listText({ service, strangers }: Track): string {
    const { nodes } = this.#context;
    if (strangers.length > 0) {
      return `servers are known by their addresses alone, in the order ${list(strangers.map((id) => nodes.name(id)))}`;
    }
    const names = service.destinations.map(({ node, address }) =>
      node < 0 ? formatIpv4(address) : nodes.name(node),
    );
    return `the list is ${list(names)}, newest first${weightText(service)}`;
  }

  finish(): Judgement {
    for (const track of this.#tracks.values()) {
      this.#settle(track, Number.POSITIVE_INFINITY);
      this.#count(track);
    }
    this.#verdicts.finish();
    const { wrong, right, judged } = this.#tally;
    const { bypassed, bypassedConnections } = this.#traffic.counts;
    const measured = {
      connections: judged,
      breaches: wrong,
      first: this.#begun,
      againstLoad: this.#againstLoad,
      pastWeightZero: this.#pastWeightZero,
      unsure: this.#unsure,
    };
    if (wrong > 0) {
      return this.#tally.failed(`${wrong} of ${count(judged, 'connection')} went out of turn`, measured);
    }
    const past =
      bypassed > 0
        ? `; ${count(bypassedConnections, 'connection')} went by the director (LVS-DR-05 and LVS-DR-06 say why)`
        : '';
    const isDoubtful = this.#unsure > 0 && (!this.#context.isComplete || this.#unsure * 10 > right);
    if (isDoubtful) {
      return inconclusive(
        `${count(right, 'connection')} in turn and ${this.#unsure} out of it, where connections that the trace does not show may explain it${past}`,
        measured,
      );
    }
    if (this.#turns >= turnsMin && right >= turnsMin) {
      return passed(`${count(right, 'connection')} went in turn${this.#remarks()}${past}`, measured);
    }
    return this.#tooLittle(past);
  }

  #tooLittle(past: string): Judgement {
    const reached = `${count(this.#connections, 'connection')} under rr reached the director`;
    if (past !== '') return inconclusive(`${reached}, too few to show a turn${past}`);
    if (this.#verdicts.dropped > 0) {
      return inconclusive(
        `${count(this.#verdicts.dropped, 'connection')} came while the director's table was changing`,
      );
    }
    if (this.#connections > 0) {
      return skipped(
        `${reached}, ${this.#turns} of them where two servers could be chosen and the choice before was known: too few to show a turn`,
      );
    }
    if (this.#otherSchedulers.size > 0) {
      return skipped(
        `connections went to services with ${list([...this.#otherSchedulers])}, none to one with rr`,
      );
    }
    return skipped('no connection to a service with rr came to a director in the trace');
  }

  #remarks(): string {
    const begun =
      this.#begun > 0
        ? ', the first to the server added last'
        : '; who was chosen before the trace is not known, so only the turn was judged';
    const zero = this.#pastWeightZero > 0 ? ', past weight 0' : '';
    const load =
      this.#againstLoad > 0
        ? `, ${this.#againstLoad} of them to a server with more open connections than another, where lc and wlc choose otherwise`
        : '; no server had more open connections than the next in turn, so lc and wlc might have done the same';
    return `${begun}${zero}${load}`;
  }
}

/** Real servers known by their MAC addresses alone. */
const strangersMax = 256;

/** Whether a server has more open connections than another one that could be chosen. */
function isBusier({ scheduler, open }: Track, server: number): boolean {
  const own = open[server]!;
  if (own === 0) return false;
  for (const id of scheduler.eligible) if (id >= 0 && open[id]! < own) return true;
  return false;
}

/** Whether all of `part` are in `whole`, counted with their repetitions. */
function isWithin(part: readonly number[], whole: readonly number[]): boolean {
  const left = [...whole];
  return part.every((one) => {
    const index = left.indexOf(one);
    if (index < 0) return false;
    left.splice(index, 1);
    return true;
  });
}

/** Numbers for the servers of a list: the node's; for an address without a node one below all of those. */
function idsOf({ destinations }: KnownService): readonly number[] {
  return destinations.map(({ node, isLocal }, index) => (node < 0 && !isLocal ? -2 - index : node));
}

function serversOf(service: KnownService) {
  const ids = idsOf(service);
  return service.destinations.map(({ weight }, index) => ({ id: ids[index]!, weight }));
}

function sameServers(one: KnownService, other: KnownService): boolean {
  const text = ({ destinations }: KnownService) =>
    destinations.map(({ address, port, weight, method }) => `${address}:${port} ${weight} ${method}`).join();
  return text(one) === text(other);
}

function weightText({ destinations }: KnownService): string {
  const zero = destinations.filter(({ weight }) => weight === 0);
  return zero.length === 0 ? '' : `; weight 0: ${list(zero.map(({ address }) => formatIpv4(address)))}`;
}
