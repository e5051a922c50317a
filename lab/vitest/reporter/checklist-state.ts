import { combineParts, type VerdictOf } from '../../../reports/combine-parts.ts';
import type { ReportedPart } from '../../../reports/run-report.ts';
import type { Verdict } from '../../checkers/rule.ts';
import type { Progress } from './progress.ts';

/** What the live view shows. Times are milliseconds of one clock, which the caller reads. */
export interface ChecklistState {
  readonly subject: string;
  readonly accelerator?: string;
  readonly startedAt: number;
  /** What goes on outside any test. */
  readonly progress?: Progress;
  readonly rows: readonly ChecklistRow[];
}

export interface ChecklistRow {
  readonly id: string;
  readonly statement: string;
  /** `waiting` also between two parts. */
  readonly state: 'waiting' | 'running' | Verdict;
  /** Tests that have ended, and tests that are known of. */
  readonly ended: number;
  readonly planned: number;
  /** When the running part began. */
  readonly runningSince?: number;
  readonly topology?: string;
  /** Time that the parts took which have ended. */
  readonly tookMs: number;
  /** What the running test waits for. */
  readonly note?: string;
}

interface Row {
  readonly of: VerdictOf;
  readonly parts: ReportedPart[];
  readonly running: Map<string, { readonly since: number; readonly topology: string; note?: string }>;
  planned: number;
  ended: number;
}

/** Keeps the live view's state up to date with what Vitest reports. Rows are in the order of the registry. */
export class Checklist {
  readonly #rows = new Map<string, Row>();
  readonly #subject: string;
  readonly #knownDeviations: Readonly<Record<string, string>>;
  readonly #startedAt: number;
  #progress: Progress | undefined;

  constructor(options: {
    readonly subject: string;
    readonly requirements: readonly VerdictOf[];
    readonly knownDeviations: Readonly<Record<string, string>>;
    readonly startedAt: number;
  }) {
    this.#subject = options.subject;
    this.#knownDeviations = options.knownDeviations;
    this.#startedAt = options.startedAt;
    for (const of of options.requirements)
      this.#rows.set(of.id, { of, parts: [], running: new Map(), planned: 0, ended: 0 });
  }

  report(progress: Progress | undefined): void {
    this.#progress = progress;
  }

  plan(id: string): void {
    this.#row(id).planned += 1;
  }

  /** `test` tells the tests of one requirement from each other. */
  start(id: string, test: string, topology: string, now: number): void {
    this.#progress = undefined;
    this.#row(id).running.set(test, { since: now, topology });
  }

  note(id: string, test: string, note: string): void {
    const running = this.#row(id).running.get(test);
    if (running !== undefined) running.note = note;
  }

  end(id: string, test: string, parts: readonly ReportedPart[]): void {
    const row = this.#row(id);
    row.running.delete(test);
    row.parts.push(...parts);
    row.ended += 1;
    row.planned = Math.max(row.planned, row.ended);
  }

  state(accelerator?: string): ChecklistState {
    return {
      subject: this.#subject,
      ...(accelerator === undefined ? {} : { accelerator }),
      startedAt: this.#startedAt,
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      rows: [...this.#rows.values()].map((row) => this.#shown(row)),
    };
  }

  #row(id: string): Row {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row: Row = { of: { id, title: id }, parts: [], running: new Map(), planned: 0, ended: 0 };
    this.#rows.set(id, row);
    return row;
  }

  #shown({ of, parts, running, planned, ended }: Row): ChecklistRow {
    const [first] = running.values();
    const { verdict, topology } = combineParts(of, parts, this.#knownDeviations[of.id]);
    const isOver = parts.length > 0 && ended >= planned;
    const shownTopology = first?.topology ?? topology;
    return {
      id: of.id,
      statement: of.title,
      state: first !== undefined ? 'running' : isOver ? verdict : 'waiting',
      ended,
      planned,
      tookMs: parts.reduce((sum, { durationMs }) => sum + durationMs, 0),
      ...(first === undefined ? {} : { runningSince: first.since }),
      ...(first?.note === undefined ? {} : { note: first.note }),
      ...(shownTopology === '' ? {} : { topology: shownTopology }),
    };
  }
}
