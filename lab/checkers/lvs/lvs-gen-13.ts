import { parseIpv4 } from 'tcpdump-parser';
import type { TraceEvent, VisitEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { findService, formatEndpoint, type VirtualService } from '../ipvs-text/table.ts';
import { count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { ArrivalLog } from '../sightings/arrival-log.ts';
import { describeEntry, type EntryLife, entryLives, lookPlace } from '../sightings/entry-lives.ts';
import {
  placeOf,
  sightingPlace,
  type TableSighting,
  type TableSightings,
  tableSightings,
} from '../sightings/table-sightings.ts';
import { type TimeoutHistory, timeoutHistory } from '../sightings/timeout-history.ts';
import { directorOf } from '../sightings/visited-director.ts';
import { secondNs } from '../sightings/window.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';

/**
 * LVS-GEN-13: datagrams make an entry that counts as inactive only, is listed with the state UDP, and expires 300 s after
 * the last of them, or after what `ipvsadm --set` made of that.
 */
export const lvsGen13: Rule = {
  id: 'LVS-GEN-13',
  needs: ['events'],
  interest: [],
  open: (context) => new Gen13(context),
};

/** Datagrams that clients sent since somebody last looked at the table. */
interface Exchange {
  readonly visit: VisitEvent;
  readonly vip: { readonly address: number; readonly port: number };
  /** The newest look before, by node. */
  readonly before: ReadonlyMap<string, TableSighting>;
}

/** A listed time is a whole second; known less exactly than twice that, it shows nothing. */
const widthMax = 2 * secondNs;
const exchangesMax = 256;

class Gen13 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-13');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #timeouts: TimeoutHistory;
  readonly #lab: Disturbances;
  readonly #arrivals = new ArrivalLog();
  readonly #latest = new Map<string, TableSighting>();
  readonly #tables: TableSightings;
  #exchanges: Exchange[] = [];
  readonly #judgedEntries = new WeakSet<EntryLife>();
  /** Services with active connections are told once. */
  readonly #told = new Set<string>();
  #counted = 0;
  #entries = 0;
  #spoiled = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#timeouts = context.view(timeoutHistory);
    this.#lab = context.view(disturbances);
    this.#traffic = context.view(directorTraffic);
    context.view(entryLives).listen({ seen: (life) => this.#entry(life) });
    this.#tables = context.view(tableSightings);
    this.#tables.listen((sighting) => this.#look(sighting));
    this.#traffic.listen({
      connectionArrived: (flow, { at }) => {
        const { vip, ports } = this.#traffic.flows;
        this.#arrivals.add({ address: vip[flow]! >>> 0, port: ports[flow]! & 0xffff }, at);
      },
    });
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'visit' || event.protocol !== 'udp') return;
    if (!event.outcomes.some(({ outcome }) => outcome === 'answered')) return;
    this.#exchanges.push({
      visit: event,
      vip: { address: parseIpv4(event.address) ?? 0, port: event.port },
      before: new Map([...this.#latest].filter(([, { until }]) => until <= event.at)),
    });
    if (this.#exchanges.length > exchangesMax) this.#exchanges.shift();
  }

  #look(sighting: TableSighting): void {
    const { node, namespace, what, at, isBlurred, table } = sighting;
    if (what !== 'ip_vs') return;
    for (const service of table.services) {
      if (service.protocol === 'udp' && activeOf(service) > 0) this.#activeDatagrams(sighting, service);
    }
    if (namespace !== '' || isBlurred) return;
    this.#exchanges = this.#exchanges.filter((exchange) => {
      if (at < exchange.visit.until) return true;
      if (directorOf(this.#context, this.#traffic, exchange.visit) !== node) return true;
      this.#judge(exchange, sighting);
      return false;
    });
    this.#latest.set(node, sighting);
  }

  #activeDatagrams(sighting: TableSighting, service: VirtualService): void {
    const name = `${placeOf(sighting.node, sighting.namespace)} ${formatEndpoint(service)}`;
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#tally.breach(() => ({
      claim: `${sighting.node} counted datagrams to ${formatEndpoint(service)} as active connections`,
      at: sighting.at,
      node: sighting.node,
      expected: '0 active',
      seen: [`${activeOf(service)} active and ${inactiveOf(service)} inactive`],
      evidence: [sightingPlace(sighting)],
    }));
  }

  #judge({ visit, vip, before }: Exchange, after: TableSighting): void {
    const { node } = after;
    const service = findService(after.table, 'udp', vip);
    // A one-packet service keeps no entries, and a persistent one has templates beside them.
    if (service === undefined || service.isOnePacket || service.isPersistent || activeOf(service) > 0) return;
    const timeouts = this.#timeouts.during(node, { from: visit.at, to: after.until });
    const isLong = timeouts === undefined || after.until - visit.at >= timeouts.seconds.udp * secondNs;
    const isChanged = this.#tables.changedUntil(node) > visit.at;
    const isUnusual = this.#timeouts.isUnusual(node) || this.#lab.hasFaultWithin(visit.at, after.until);
    if (isLong || isChanged || isUnusual) {
      this.#spoiled += 1;
      return;
    }
    const answered = visit.outcomes.filter(({ outcome }) => outcome === 'answered');
    const least = new Set(answered.map(({ localPort }) => localPort)).size;
    const most = this.#most(vip, before.get(node), after, least);
    const inactive = inactiveOf(service);
    if (inactive >= least && inactive <= most) {
      this.#counted += least;
      this.#tally.right += 1;
      return;
    }
    this.#tally.breach(() => ({
      claim: `${node} miscounted the datagrams from ${count(least, 'port')} to ${formatEndpoint(vip)}`,
      at: after.at,
      node,
      expected:
        inactive < least
          ? `at least ${least} inactive`
          : `at most ${most} inactive: one for each client port`,
      seen: [`${inactive} inactive at +${seconds(after.at)}`],
      evidence: [sightingPlace(after)],
    }));
  }

  /** Entries that there may be: those of the look before, and one for each client that came since. */
  #most(vip: Exchange['vip'], before: TableSighting | undefined, after: TableSighting, sent: number): number {
    const former = before && findService(before.table, 'udp', vip);
    if (before === undefined || former === undefined) return Number.POSITIVE_INFINITY;
    if (this.#tables.changedUntil(after.node) > before.at) return Number.POSITIVE_INFINITY;
    const arrived = this.#arrivals.between(vip, before.at, after.until);
    return arrived === undefined ? Number.POSITIVE_INFINITY : inactiveOf(former) + Math.max(arrived, sent);
  }

  #entry(life: EntryLife): void {
    const { node, protocol, state, start, due, last } = life;
    if (protocol !== 'UDP' || start === undefined || this.#judgedEntries.has(life)) return;
    const timeouts = this.#timeouts.during(node, start);
    if (timeouts === undefined) return;
    this.#judgedEntries.add(life);
    const expected = timeouts.seconds.udp;
    const given = { from: due.from - start.to, to: due.to - start.from };
    const isDisturbed = this.#timeouts.isUnusual(node) || this.#lab.hasFaultWithin(start.from, last.until);
    if (isDisturbed || given.to - given.from > widthMax) this.#spoiled += 1;
    else if (state === 'UDP' && given.from <= expected * secondNs && expected * secondNs <= given.to) {
      this.#entries += 1;
      this.#tally.right += 1;
    } else {
      this.#tally.breach(() => ({
        claim: `${node} did not give an entry of datagrams ${expected} s`,
        at: last.at,
        node,
        expected: `the state UDP, and ${expected} s from the last datagram on`,
        seen: [
          `${describeEntry(life)} ${state} with ${last.expires} s left, ${seconds(last.at - start.from)} after the last datagram`,
        ],
        evidence: [lookPlace(life, last)],
      }));
    }
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const measured = { counted: this.#counted, entries: this.#entries, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${count(judged, 'counter and entry', 'counters and entries')} of datagrams ${wrong === 1 ? 'was' : 'were'} wrong`,
        measured,
      );
    }
    if (this.#counted > 0 && this.#entries > 0) {
      return passed(
        `datagrams from ${count(this.#counted, 'port')} counted as inactive only, and ${count(this.#entries, 'entry', 'entries')} had the timeout for datagrams`,
        measured,
      );
    }
    const missing = [
      ...(this.#counted === 0 ? ["a look at a director's table after datagrams were answered"] : []),
      ...(this.#entries === 0 ? ['a look at an entry of datagrams whose last one is known'] : []),
    ];
    const reason = `not in the trace: ${list(missing)}`;
    const excuses = [
      ...(this.#spoiled > 0
        ? [`${count(this.#spoiled, 'look')} took too long, or fell into a fault or a change of the table`]
        : []),
      ...(this.#counted > 0 && !this.#context.isComplete ? ['frames are missing from the record'] : []),
    ];
    return excuses.length > 0 ? inconclusive(`${reason}; ${excuses.join('; ')}`, measured) : skipped(reason);
  }
}

function activeOf({ destinations }: VirtualService): number {
  return destinations.reduce((sum, { active }) => sum + active, 0);
}

function inactiveOf({ destinations }: VirtualService): number {
  return destinations.reduce((sum, { inactive }) => sum + inactive, 0);
}
