import { formatIpv4, parseIpv4 } from 'tcpdump-parser';
import type { ObservationEvent, TraceEvent, VisitEvent } from '../../trace/event.ts';
import { readStatistics } from '../ipvs-text/statistics.ts';
import { findService, formatEndpoint, readIpVs } from '../ipvs-text/table.ts';
import { count, inconclusive, moment, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { observationPlace } from '../tables/entry-observations.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';

/**
 * LVS-GEN-06: after 32 requests one after another, each of two servers under rr has 16 finished connections: none
 * active, 16 inactive, 16 in the statistics. What counts is what the director forwarded.
 */
export const lvsGen06: Rule = {
  id: 'LVS-GEN-06',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Gen06(context),
};

const requestsMin = 32;
/** Entries of the first request go 120 s after it (FIN_WAIT). */
const entriesStayNs = 110e9;
/** The kernel adds up its counters every two seconds (ip_vs_est.c): a listing may be that old. */
const counterPeriodNs = 2.1e9;

interface Gauge {
  readonly at: number;
  readonly until: number;
  readonly values: readonly number[];
  readonly more: readonly number[];
}

/** Connections that a director forwarded since an observation. */
interface Run {
  base: Gauge | undefined;
  forwarded: number;
  open: number;
  /** One began before another was over. */
  isMixed: boolean;
  firstAt: number;
  lastAt: number;
  visits: number;
}

interface Watched {
  readonly index: number;
  readonly vip: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly table: Run;
  readonly statistics: Run;
}

class Gen06 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-06');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #watched: readonly Watched[];
  readonly #servers: readonly (readonly number[])[];
  #tables = 0;
  #statistics = 0;
  readonly #doubts: string[] = [];

  constructor(context: JudgingContext) {
    const { plan } = context;
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#watched = plan.services.flatMap(({ vip, port, protocol, scheduler, realServers }, index) => {
      const isMeant =
        scheduler === 'rr' &&
        protocol === 'tcp' &&
        realServers.filter(({ weight }) => weight > 0).length === 2;
      const endpoint = { index, vip: parseIpv4(vip) ?? -1, port, protocol };
      return isMeant ? [{ ...endpoint, table: newRun(), statistics: newRun() }] : [];
    });
    this.#servers = plan.services.map(({ realServers }) =>
      realServers.filter(({ weight }) => weight > 0).map(({ rip }) => parseIpv4(rip) ?? -1),
    );
    this.#traffic.listen({
      connectionForwarded: (flow, frame) => this.#opened(flow, frame.at),
      connectionClosed: (flow) => this.#closed(flow),
    });
  }

  #runsOf(flow: number): readonly Run[] {
    const planned = this.#traffic.flows.service[flow]!;
    const watched = this.#watched.find(({ index }) => index === planned);
    return watched === undefined ? [] : [watched.table, watched.statistics];
  }

  #opened(flow: number, at: number): void {
    for (const run of this.#runsOf(flow)) {
      if (run.open > 0) run.isMixed = true;
      if (run.forwarded === 0) run.firstAt = at;
      run.forwarded += 1;
      run.open += 1;
      run.lastAt = at;
    }
  }

  #closed(flow: number): void {
    for (const run of this.#runsOf(flow)) if (run.open > 0) run.open -= 1;
  }

  event(event: TraceEvent): void {
    if (event.kind === 'visit') this.#visited(event);
    if (event.kind !== 'observation' || (event.namespace ?? '') !== '') return;
    if (event.what === 'ip_vs') this.#context.schedule(event.until, () => this.#tableSeen(event));
    if (event.what === 'ip_vs_stats_exact')
      this.#context.schedule(event.until, () => this.#statisticsSeen(event));
  }

  #visited({ address, port, protocol, outcomes }: VisitEvent): void {
    for (const { vip, port: own, protocol: kind, table, statistics } of this.#watched) {
      if (formatIpv4(vip) !== address || own !== port || kind !== protocol) continue;
      table.visits += outcomes.length;
      statistics.visits += outcomes.length;
    }
  }

  #tableSeen(event: ObservationEvent): void {
    const table = readIpVs(event.text);
    for (const watched of this.#watched) {
      const { table: run, protocol, vip, port, index } = watched;
      const service = findService(table, protocol, { address: vip, port });
      const destinations = this.#servers[index]!.map((rip) =>
        service?.destinations.find(({ address }) => address === rip),
      );
      const gauge: Gauge = {
        at: event.at,
        until: event.until,
        values: destinations.map((destination) => destination?.active ?? 0),
        more: destinations.map((destination) => destination?.inactive ?? 0),
      };
      if (this.#isComplete(run, gauge, watched) && service !== undefined)
        this.#judgeTable(watched, run, gauge, event);
      rebase(run, gauge);
    }
  }

  /** Whether the requests that the claim is about lie between the run's beginning and this look. */
  #isComplete(run: Run, gauge: Gauge, { vip, port }: Watched): boolean {
    const endpoint = formatEndpoint({ address: vip, port });
    if (run.forwarded < requestsMin) {
      const missing = run.visits - run.forwarded;
      if (run.visits >= requestsMin) {
        const { bypassedConnections } = this.#traffic.counts;
        this.#doubts.push(
          `${run.forwarded} of ${run.visits} requests to ${endpoint} went through the director, ${missing} did not; ${count(bypassedConnections, 'connection')} went straight to a real server (LVS-DR-05 and LVS-DR-06 say why)`,
        );
      }
      return false;
    }
    if (run.base === undefined && !this.#context.beginsAtStart) {
      this.#doubts.push(`no look at ${endpoint} before the ${run.forwarded} requests`);
      return false;
    }
    const isShort = gauge.until - run.firstAt < entriesStayNs;
    if (run.isMixed || run.open > 0 || run.forwarded % 2 === 1 || !isShort) {
      this.#doubts.push(
        `${run.forwarded} requests to ${endpoint}, ${run.isMixed ? 'not one after another' : run.open > 0 ? `${run.open} of them unfinished` : isShort ? 'an odd number' : 'over so long that entries may have gone'}`,
      );
      return false;
    }
    return true;
  }

  #judgeTable(watched: Watched, run: Run, gauge: Gauge, event: ObservationEvent): void {
    const half = run.forwarded / 2;
    const before = run.base?.more ?? gauge.more.map(() => 0);
    const active = run.base?.values ?? gauge.values.map(() => 0);
    // Entries from before may have gone meanwhile, so their number is an allowance only.
    const isRight = gauge.more.every(
      (inactive, index) =>
        inactive >= half && inactive <= half + before[index]! && gauge.values[index]! <= active[index]!,
    );
    this.#tables += 1;
    this.#count(isRight, watched, event, {
      expected: `${half} inactive on each server${before.some((number) => number > 0) ? ` (up to ${before.join(' and ')} more from before)` : ''}, none active`,
      seen: gauge.more.map(
        (inactive, index) =>
          `${this.#rip(watched, index)}: ${gauge.values[index]} active, ${inactive} inactive`,
      ),
      run,
    });
  }

  #statisticsSeen(event: ObservationEvent): void {
    const all = readStatistics(event.text);
    for (const watched of this.#watched) {
      const { statistics: run, protocol, vip, port, index } = watched;
      const service = all.find(
        (one) => one.protocol === protocol && one.address === vip && one.port === port,
      );
      const counts = this.#servers[index]!.map(
        (rip) => service?.destinations.find(({ address }) => address === rip)?.connections ?? 0,
      );
      const gauge: Gauge = { at: event.at, until: event.until, values: counts, more: [] };
      if (this.#isComplete(run, gauge, watched) && service !== undefined) {
        this.#judgeStatistics(watched, run, gauge, event);
      }
      rebase(run, gauge);
    }
  }

  #judgeStatistics(watched: Watched, run: Run, gauge: Gauge, event: ObservationEvent): void {
    const half = run.forwarded / 2;
    const before = run.base?.values ?? gauge.values.map(() => 0);
    const added = gauge.values.map((value, index) => value - before[index]!);
    const isRight = added.every((number) => number === half);
    const isOld = gauge.at - run.lastAt < counterPeriodNs;
    const isBaseOld =
      run.base !== undefined && run.firstAt - run.base.at < counterPeriodNs && !this.#wasQuiet(run.base);
    if (!isRight && (isOld || isBaseOld)) {
      this.#doubts.push(
        `the statistics showed ${added.join(' and ')} new connections, and may have been up to two seconds old`,
      );
      return;
    }
    this.#statistics += 1;
    this.#count(isRight, watched, event, {
      expected: `${half} new connections in the statistics of each server`,
      seen: added.map((number, index) => `${this.#rip(watched, index)}: ${number} new connections`),
      run,
    });
  }

  /** Whether the trace shows that nothing was forwarded in the two seconds before. */
  #wasQuiet({ at }: Gauge): boolean {
    return this.#context.beginsAtStart || at > counterPeriodNs + this.#context.firstFrameAt;
  }

  #rip({ index }: Watched, server: number): string {
    return formatIpv4(this.#servers[index]![server]!);
  }

  #count(
    isRight: boolean,
    { vip, port }: Watched,
    event: ObservationEvent,
    {
      expected,
      seen,
      run,
    }: { readonly expected: string; readonly seen: readonly string[]; readonly run: Run },
  ): void {
    if (isRight) {
      this.#tally.right += 1;
      return;
    }
    this.#tally.breach(() => ({
      claim: `${event.node} did not spread ${run.forwarded} requests to ${formatEndpoint({ address: vip, port })} evenly`,
      at: event.at,
      node: event.node,
      expected,
      seen: [
        ...seen,
        `${run.forwarded} connections forwarded from ${moment(run.firstAt)} to ${moment(run.lastAt)}`,
      ],
      evidence: [observationPlace(event.what, event.node, event.at)],
    }));
  }

  finish(): Judgement {
    const { wrong } = this.#tally;
    const measured = { tables: this.#tables, statistics: this.#statistics, breaches: wrong };
    if (wrong > 0)
      return this.#tally.failed(
        `${wrong} of ${this.#tally.judged} looks at the counters showed an uneven spread`,
        measured,
      );
    if (this.#tables > 0 && this.#statistics > 0) {
      return passed(
        'half of the requests on each server, all of them inactive, in the table and in the statistics',
        measured,
      );
    }
    if (this.#doubts.length > 0) return inconclusive([...new Set(this.#doubts)].join('; '), measured);
    if (this.#tables + this.#statistics > 0) {
      const missing = this.#tables === 0 ? 'the table (ip_vs)' : 'the statistics (ip_vs_stats_exact)';
      return skipped(`half of the requests on each server, but there is no look at ${missing} after them`);
    }
    return skipped(
      `no ${requestsMin} requests to a service with rr and two servers went through a director between two looks at its counters`,
    );
  }
}

function newRun(): Run {
  return { base: undefined, forwarded: 0, open: 0, isMixed: false, firstAt: 0, lastAt: 0, visits: 0 };
}

/** The next run begins with this look. Connections that are open stay counted, so that they mix into what follows. */
function rebase(run: Run, base: Gauge): void {
  run.base = base;
  run.forwarded = 0;
  run.isMixed = run.open > 0;
  run.visits = 0;
}
