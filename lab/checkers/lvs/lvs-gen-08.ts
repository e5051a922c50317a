import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { readTimeouts, type Timeouts } from '../ipvs-text/timeouts.ts';
import { count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { describeEntry, type EntryLife, entryLives, lookPlace } from '../sightings/entry-lives.ts';
import { settableBy, type TimeoutHistory, timeoutHistory } from '../sightings/timeout-history.ts';
import { secondNs } from '../sightings/window.ts';

/**
 * LVS-GEN-08: what `ipvsadm --set tcp tcpfin udp` set is what `ipvsadm -L --timeout` lists and what entries get that
 * are made from then on: in ESTABLISHED, in FIN_WAIT and of UDP.
 */
export const lvsGen08: Rule = {
  id: 'LVS-GEN-08',
  needs: ['events'],
  interest: [],
  open: (context) => new Gen08(context),
};

const kinds = ['tcp', 'tcpFin', 'udp'] as const satisfies readonly (keyof Timeouts)[];
const stateOf: Readonly<Record<keyof Timeouts, string>> = {
  tcp: 'ESTABLISHED',
  tcpFin: 'FIN_WAIT',
  udp: 'UDP',
};
/** A listed time is a whole second; known less exactly than twice that, it shows nothing. */
const widthMax = 2 * secondNs;

class Gen08 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-08');
  readonly #context: JudgingContext;
  readonly #timeouts: TimeoutHistory;
  readonly #lab: Disturbances;
  readonly #shown: Record<keyof Timeouts, number> = { tcp: 0, tcpFin: 0, udp: 0 };
  readonly #judged = new WeakSet<EntryLife>();
  #listed = 0;
  #wasSet = false;
  #spoiled = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#timeouts = context.view(timeoutHistory);
    this.#lab = context.view(disturbances);
    context.view(entryLives).listen({ seen: (life) => this.#entry(life) });
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'ip_vs_timeouts' || (event.namespace ?? '') !== '')
      return;
    // By then it is known whether the timeouts were changed while they were listed.
    this.#context.schedule(event.until, () => this.#listing(event));
  }

  #listing({ node, at, until, text }: ObservationEvent): void {
    const known = this.#timeouts.during(node, { from: at, to: until });
    if (known === undefined) {
      this.#spoiled += 1;
      return;
    }
    const set = kinds.filter((kind) => known.isSet[kind]);
    if (set.length === 0) return;
    this.#wasSet = true;
    const listed = readTimeouts(text);
    if (listed !== undefined && set.every((kind) => listed[kind] === known.seconds[kind])) {
      this.#listed += 1;
      this.#tally.right += 1;
      return;
    }
    this.#tally.breach(() => ({
      claim: `${node} does not list the timeouts that were set`,
      at,
      node,
      expected: set.map((kind) => `${kind.toLowerCase()} ${known.seconds[kind]}`).join(', '),
      seen: [text.trim()],
      evidence: [`trace.jsonl: ip_vs_timeouts of ${node} at +${seconds(at)}`],
    }));
  }

  #entry(life: EntryLife): void {
    const { node, state, start, due, last, madeAt } = life;
    const kind = settableBy(state);
    if (kind === undefined || start === undefined || madeAt === undefined || this.#judged.has(life)) return;
    const known = this.#timeouts.during(node, start);
    if (known === undefined || !known.isSet[kind] || madeAt < known.since) return;
    this.#wasSet = true;
    this.#judged.add(life);
    const expected = known.seconds[kind];
    const given = { from: due.from - start.to, to: due.to - start.from };
    const isDisturbed = this.#timeouts.isUnusual(node) || this.#lab.hasFaultWithin(start.from, last.until);
    if (isDisturbed || given.to - given.from > widthMax) {
      this.#spoiled += 1;
    } else if (given.from <= expected * secondNs && expected * secondNs <= given.to) {
      this.#shown[kind] += 1;
      this.#tally.right += 1;
    } else {
      this.#tally.breach(() => ({
        claim: `${node} did not give a new entry in ${state} the ${expected} s that were set`,
        at: last.at,
        node,
        expected: `${expected} s from its last packet on, as set by +${seconds(known.since)}`,
        seen: [
          `${describeEntry(life)} ${state} with ${last.expires} s left, ${seconds(last.at - start.from)} after its last packet`,
        ],
        evidence: [lookPlace(life, last)],
      }));
    }
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const { tcp, tcpFin, udp } = this.#shown;
    const measured = { listings: this.#listed, established: tcp, finWait: tcpFin, udp, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${count(judged, 'listing and entry', 'listings and entries')} did not show the timeouts that were set`,
        measured,
      );
    }
    const amounts = kinds.map(
      (kind) => `${this.#shown[kind]} ${kind === 'udp' ? 'of UDP' : `in ${stateOf[kind]}`}`,
    );
    const missing = [
      ...(this.#listed === 0 ? ['a listing of timeouts after ipvsadm --set'] : []),
      ...kinds
        .filter((kind) => this.#shown[kind] === 0)
        .map((kind) => (kind === 'udp' ? 'a new entry of UDP' : `a new entry in ${stateOf[kind]}`)),
    ];
    if (missing.length === 0) {
      return passed(
        `${count(this.#listed, 'listing')} and new entries (${list(amounts)}) have the timeouts that were set`,
        measured,
      );
    }
    const excuses = [
      ...(this.#spoiled > 0
        ? [
            `${count(this.#spoiled, 'look')} came while timeouts were being set, took too long, or fell into a fault`,
          ]
        : []),
      ...(this.#wasSet && !this.#context.isComplete ? ['frames are missing from the record'] : []),
    ];
    if (excuses.length > 0)
      return inconclusive(`not shown: ${list(missing)}; ${excuses.join('; ')}`, measured);
    return skipped(
      this.#wasSet
        ? `timeouts were set; not shown: ${list(missing)}`
        : 'no timeouts were set with ipvsadm --set in the trace',
    );
  }
}
