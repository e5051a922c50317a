import type { Breach, Tally } from '../judgement.ts';
import type { JudgingContext } from '../rule.ts';
import { type Epoch, type TableHistory, tableHistory } from './table-history.ts';

interface Pending {
  right: number;
  readonly breaches: Breach[];
  /** Breaches beyond those kept. */
  more: number;
}

const keptMax = 20;

/**
 * Keeps what a rule found under a table until it is certain that the table was in force all the time; what was found
 * under a table that changed at an unknown moment is dropped. Found under the plan, because no table had been seen
 * yet, it counts only if none ever is.
 */
export class TableVerdicts {
  readonly #tally: Tally;
  readonly #tables: TableHistory;
  readonly #pending = new Map<number, Pending>();
  readonly #uncertain = new Set<number>();
  #dropped = 0;

  constructor(tally: Tally, context: JudgingContext) {
    this.#tally = tally;
    this.#tables = context.view(tableHistory);
    this.#tables.onEnd(({ number }, isCertain) => this.#settle(number, isCertain));
  }

  /** What was found while the table in force was uncertain. */
  get dropped(): number {
    return this.#dropped;
  }

  right(epoch: Epoch | undefined, count = 1): void {
    if (count > 0) this.#of(epoch).right += count;
  }

  breach(epoch: Epoch | undefined, finding: () => Breach): void {
    const pending = this.#of(epoch);
    if (pending.breaches.length < keptMax) pending.breaches.push(finding());
    else pending.more += 1;
  }

  /** To be called in the rule's own `finish`; the tables have been settled by then. */
  finish(): void {
    this.#settle(byPlan, !this.#tables.hasTables);
    for (const number of this.#pending.keys()) this.#settle(number, true);
  }

  #of(epoch: Epoch | undefined): Pending {
    const number = epoch?.number ?? byPlan;
    let pending = this.#pending.get(number);
    if (pending === undefined) {
      pending = { right: 0, breaches: [], more: 0 };
      this.#pending.set(number, pending);
    }
    return pending;
  }

  #settle(number: number, isCertain: boolean): void {
    if (!isCertain) this.#uncertain.add(number);
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    this.#pending.delete(number);
    const { right, breaches, more } = pending;
    if (this.#uncertain.has(number)) {
      this.#dropped += right + breaches.length + more;
      return;
    }
    this.#tally.right += right;
    this.#tally.add(breaches);
    this.#tally.wrong += more;
  }
}

const byPlan = -1;
