import { parseIpv4 } from 'tcpdump-parser';
import type { TraceEvent, VisitEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { findService, formatEndpoint } from '../ipvs-text/table.ts';
import { count, inconclusive, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { ArrivalLog } from '../sightings/arrival-log.ts';
import { type EntryLives, entryLives } from '../sightings/entry-lives.ts';
import {
  sightingPlace,
  type TableSighting,
  type TableSightings,
  tableSightings,
} from '../sightings/table-sightings.ts';
import { directorOf, sourcesOf } from '../sightings/visited-director.ts';
import { latenessNs, secondNs } from '../sightings/window.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { defaultTimeouts, isActive, type TcpState, tcpStates } from './traffic/tcp-state.ts';

/**
 * LVS-GEN-12: a connection counts as active while it is open and as inactive when it is closed. Judged from three looks at
 * a director's table: before connections that a client holds open, during them, and after it let them go.
 */
export const lvsGen12: Rule = {
  id: 'LVS-GEN-12',
  needs: ['events'],
  interest: [],
  open: (context) => new Gen12(context),
};

interface Counters {
  readonly active: number;
  readonly inactive: number;
}

interface Hold {
  readonly visit: VisitEvent;
  readonly vip: { readonly address: number; readonly port: number };
  /** The newest look before, by node; and the newest one during. */
  readonly before: ReadonlyMap<string, TableSighting>;
  readonly during: Map<string, TableSighting>;
  /** Clients' endpoints of the connections that were not seen closing yet. */
  readonly open: Set<string>;
  /** When connections were seen closing. */
  readonly closedAt: number[];
  releasedAt: number | undefined;
}

/** A packet that was on the wire has changed its entry by then. */
const handlingNs = 100e6;
/** Where no wire was recorded: what a client let go has reached the director by then. */
const unseenCloseNs = secondNs;
const holdsMax = 256;

class Gen12 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-12');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #lives: EntryLives;
  readonly #lab: Disturbances;
  readonly #holds = new Map<string, Hold>();
  readonly #latest = new Map<string, TableSighting>();
  readonly #arrivals = new ArrivalLog();
  readonly #tables: TableSightings;
  #connections = 0;
  #unfinished = 0;
  #spoiled = 0;
  #maybeExpired = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#lives = context.view(entryLives);
    this.#lab = context.view(disturbances);
    this.#traffic = context.view(directorTraffic);
    this.#tables = context.view(tableSightings);
    this.#tables.listen((sighting) => this.#look(sighting));
    this.#traffic.listen({
      connectionArrived: (flow, { at }) => this.#arrivals.add(this.#endpoint(flow), at),
      orphanArrived: (flow, { at }) => this.#arrivals.add(this.#endpoint(flow), at),
      connectionClosed: (flow, { at }) => this.#closed(flow, at),
    });
  }

  #endpoint(flow: number): Hold['vip'] {
    const { vip, ports } = this.#traffic.flows;
    return { address: vip[flow]! >>> 0, port: ports[flow]! & 0xffff };
  }

  #closed(flow: number, at: number): void {
    if (this.#holds.size === 0) return;
    const { client, ports } = this.#traffic.flows;
    const key = formatEndpoint({ address: client[flow]! >>> 0, port: ports[flow]! >>> 16 });
    for (const hold of this.#holds.values()) if (hold.open.delete(key)) hold.closedAt.push(at);
  }

  event(event: TraceEvent): void {
    if (event.kind === 'visit') this.#visit(event);
    else if (event.kind === 'mark') this.#mark(event.text, event.at);
  }

  #visit(visit: VisitEvent): void {
    const { hold, protocol, address, port, outcomes, at } = visit;
    if (hold === undefined || protocol !== 'tcp') return;
    if (!outcomes.every(({ outcome }) => outcome === 'answered')) return;
    this.#abandon(hold);
    if (this.#holds.size >= holdsMax) this.#abandon([...this.#holds.keys()][0]!);
    const clients = sourcesOf(this.#context, visit).flatMap((source) =>
      outcomes.map(({ localPort }) => formatEndpoint({ address: source, port: localPort })),
    );
    this.#holds.set(hold, {
      visit,
      vip: { address: parseIpv4(address) ?? 0, port },
      before: new Map([...this.#latest].filter(([, { until }]) => until <= at)),
      during: new Map(),
      open: new Set(clients),
      closedAt: [],
      releasedAt: undefined,
    });
  }

  #mark(text: string, at: number): void {
    const hold = this.#holds.get(/^released (.+)$/.exec(text)?.[1] ?? '');
    if (hold !== undefined) hold.releasedAt = at;
  }

  #abandon(name: string): void {
    if (this.#holds.delete(name)) this.#unfinished += 1;
  }

  #look(sighting: TableSighting): void {
    const { node, namespace, what, at, until, isBlurred } = sighting;
    if (what !== 'ip_vs' || namespace !== '' || isBlurred) return;
    for (const [name, hold] of this.#holds) {
      const { visit, releasedAt, closedAt } = hold;
      const isOpen = releasedAt === undefined || until <= releasedAt;
      if (at >= visit.until && isOpen && closedAt.every((closing) => closing > until)) {
        hold.during.set(node, sighting);
      } else if (releasedAt !== undefined && at >= Math.max(releasedAt, ...closedAt)) {
        if (directorOf(this.#context, this.#traffic, visit) !== node) continue;
        if (this.#judge(hold, sighting)) this.#holds.delete(name);
      }
    }
    this.#latest.set(node, sighting);
  }

  /** Whether the director has heard by then that all of them were let go. */
  #isOver({ visit, vip, closedAt, releasedAt = 0 }: Hold, at: number): boolean {
    if (closedAt.length === visit.outcomes.length) return at >= Math.max(...closedAt) + handlingNs;
    return this.#arrivals.between(vip, visit.at, visit.until) === 0 && at >= releasedAt + unseenCloseNs;
  }

  /** False when that has to wait for another look. */
  #judge(hold: Hold, after: TableSighting): boolean {
    const { node } = after;
    const { visit, vip } = hold;
    const sightings = [hold.before.get(node), hold.during.get(node), after].filter(
      (sighting) => sighting !== undefined,
    );
    const counters = sightings.flatMap((sighting) => countersOf(sighting, vip) ?? []);
    const [first, second, third] = counters;
    const [before, during] = sightings;
    if (third === undefined || first === undefined || second === undefined) {
      this.#unfinished += 1;
      return true;
    }
    if (this.#isSpoiled(hold, before!, after)) {
      this.#spoiled += 1;
      return true;
    }
    const held = visit.outcomes.length;
    const wrong = wrongWhileOpen(first, second, held);
    if (wrong !== undefined) {
      this.#breach(hold, wrong, sightings, counters);
      return true;
    }
    const expiring = () => this.#expiring(node, vip, during!.at, after.until);
    const outcome = onceClosed(second, third, held, expiring);
    if (outcome !== 'right' && !this.#isOver(hold, after.at)) return false;
    if (outcome === 'unknown') this.#maybeExpired += 1;
    else if (outcome === 'right') {
      this.#connections += held;
      this.#tally.right += 1;
    } else this.#breach(hold, outcome.expected, sightings, counters);
    return true;
  }

  /** Other connections came, the table was changed, or the lab had a fault between the first look and the last. */
  #isSpoiled({ visit, vip }: Hold, before: TableSighting, after: TableSighting): boolean {
    const arrived = this.#arrivals.between(vip, before.at, after.until);
    if (arrived === undefined || arrived > visit.outcomes.length) return true;
    if (this.#tables.changedUntil(after.node) > before.at) return true;
    return this.#lab.hasFaultWithin(before.at, after.until);
  }

  /** Inactive entries that may have gone between two moments; undefined when nobody looked at the entries before. */
  #expiring(node: string, vip: Hold['vip'], from: number, to: number): number | undefined {
    return this.#lives.known(node)?.filter(({ protocol, virtual, state, due }) => {
      if (protocol !== 'TCP' || virtual.address !== vip.address || virtual.port !== vip.port) return false;
      const number = tcpStates.indexOf(state as TcpState);
      const timeout = defaultTimeouts[tcpStates[number] ?? 'ESTABLISHED'];
      return !isActive(number) && due.from <= to && due.to + latenessNs(timeout * secondNs) >= from;
    }).length;
  }

  #breach(
    { visit, vip }: Hold,
    expected: string,
    sightings: readonly TableSighting[],
    counters: readonly Counters[],
  ): void {
    const { node, at } = sightings.at(-1)!;
    this.#tally.breach(() => ({
      claim: `${node} miscounted ${count(visit.outcomes.length, 'connection')} to ${formatEndpoint(vip)} that a client held open and then closed`,
      at,
      node,
      expected,
      seen: ['before', 'while they were open', 'after they were closed'].map((when, index) => {
        const { active, inactive } = counters[index]!;
        return `${active} active and ${inactive} inactive ${when}, at +${seconds(sightings[index]!.at)}`;
      }),
      evidence: sightings.map(sightingPlace),
    }));
  }

  finish(): Judgement {
    this.#unfinished += this.#holds.size;
    const { wrong, right, judged } = this.#tally;
    const measured = { holds: judged, connections: this.#connections, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${count(judged, 'group')} of held connections ${judged === 1 ? 'was' : 'were'} miscounted`,
        measured,
      );
    }
    if (right > 0) {
      return passed(
        `${count(this.#connections, 'connection')} counted as active while open and as inactive after being closed`,
        measured,
      );
    }
    if (this.#spoiled > 0) {
      return inconclusive(
        'connections were held open and closed, and meanwhile others came to the same service, the table was changed, or there was a fault',
      );
    }
    if (this.#maybeExpired > 0) {
      return inconclusive(
        'connections were held open and closed, and other entries may have gone meanwhile: nobody looked at ip_vs_conn',
      );
    }
    if (this.#unfinished > 0) {
      return skipped(
        "connections were held open, and the director's table was not looked at before, during and after them",
      );
    }
    return skipped('no client held connections open in the trace');
  }
}

/** What should have been. Connections that were there before may close or expire, and no others come. */
function wrongWhileOpen(before: Counters, during: Counters, held: number): string | undefined {
  if (during.active < held || during.active > before.active + held) {
    return `${between(held, before.active + held)} active while ${held} were open`;
  }
  const most = before.inactive + before.active;
  return during.inactive > most ? `at most ${most} inactive while ${held} were open` : undefined;
}

/** The same afterwards. `unknown`: entries may have gone in the meantime, and nobody knows how many. */
function onceClosed(
  during: Counters,
  after: Counters,
  held: number,
  expiring: () => number | undefined,
): 'right' | 'unknown' | { readonly expected: string } {
  const others = during.active - held;
  const closed = `after ${held} were closed`;
  if (after.active > others) return { expected: `at most ${others} active ${closed}` };
  const inactive = during.inactive + held;
  if (after.inactive < held || after.inactive > inactive + others) {
    return { expected: `${between(held, inactive + others)} inactive ${closed}` };
  }
  if (after.inactive >= inactive) return 'right';
  const gone = expiring();
  if (gone === undefined) return 'unknown';
  const least = inactive - gone;
  return after.inactive < least ? { expected: `at least ${least} inactive ${closed}` } : 'right';
}

/** Sums of all real servers. */
function countersOf({ table }: TableSighting, vip: Hold['vip']): Counters | undefined {
  const service = findService(table, 'tcp', vip);
  if (service === undefined) return undefined;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    active: sum(service.destinations.map(({ active }) => active)),
    inactive: sum(service.destinations.map(({ inactive }) => inactive)),
  };
}

function between(least: number, most: number): string {
  return least === most ? `${least}` : `${least} to ${most}`;
}
