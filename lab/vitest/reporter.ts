import { Writable } from 'node:stream';
import type { TestAnnotation } from 'vitest';
import type { Reporter, SerializedError, TestCase, TestModule, TestRunEndReason } from 'vitest/node';
import { buildReport } from '../../reports/build-report.ts';
import type { VerdictOf } from '../../reports/combine-parts.ts';
import { type ExitCode, exitCodeOf } from '../../reports/exit-code.ts';
import type { ReportedMachine, ReportedPart, ReportedSubject, RunReport } from '../../reports/run-report.ts';
import { subjectText } from '../../reports/summary.ts';
import { writeReports } from '../../reports/write-reports.ts';
import { Checklist } from './reporter/checklist-state.ts';
import { LiveView, type Terminal } from './reporter/live-view.ts';
import { partOf } from './reporter/part-of-attempt.ts';
import { plainLine } from './reporter/plain-line.ts';
import { onProgress, type Progress, progressAnnotation } from './reporter/progress.ts';
import {
  problemsOf,
  problemText,
  readTestCase,
  requirementOf,
  topologyOf,
} from './reporter/read-test-case.ts';
import { renderChecklist, renderVerdicts } from './reporter/render-checklist.ts';
import { renderOutcome } from './reporter/render-outcome.ts';

export interface VerdictReporterOptions {
  /** Version of halab. */
  readonly halab: string;
  readonly subject: ReportedSubject & { readonly knownDeviations?: Readonly<Record<string, string>> };
  /** What the run is to judge, in the order of the report; the whole registry when nothing was selected. */
  readonly requirements: readonly JudgedRequirement[];
  /** Asked for when it is shown or written: an accelerator is known only once the lab is prepared. */
  readonly machine: () => ReportedMachine;
  readonly seed: number;
  /** Folder for reports and evidence. Without one no file is written. */
  readonly outDirectory?: string;
  /** How often the whole run is started on this reporter. The report is made after the last one. */
  readonly runs?: number;
  /** Where the view and the outcome go. A live view needs a terminal. */
  readonly output?: ReporterOutput;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** An entry of the registry. A withdrawn one is left out. */
export interface JudgedRequirement {
  readonly id: string;
  readonly statement: string;
  readonly level: 'must' | 'should' | 'may';
  readonly topologies?: readonly string[];
  readonly withdrawn?: string;
}

export type ReporterOutput = Terminal & { readonly isTTY?: boolean };

/**
 * Turns what Vitest reports into verdicts: shows a checklist while tests run, then findings and a summary,
 * and writes the reports. Made before Vitest starts, it shows what `progress` says from then on.
 *
 * Dispose of it when the run does not come to its end: that gives the terminal back.
 */
export class VerdictReporter implements Reporter, Disposable {
  /** For Vitest's own messages: passes on whole lines without disturbing the live view. */
  readonly vitestOutput: Writable;
  readonly #options: VerdictReporterOptions;
  readonly #requirements: ReadonlyMap<string, VerdictOf>;
  readonly #output: ReporterOutput;
  readonly #colour: boolean;
  readonly #checklist: Checklist;
  readonly #progress: Disposable;
  readonly #startedAtMs = Date.now();
  readonly #startedAt = performance.now();
  readonly #parts = new Map<string, ReportedPart[]>();
  readonly #problems = new Set<string>();
  /** Tests whose end was reported; Vitest tells of some only at the end of their file. */
  readonly #ended = new Set<TestCase>();
  /** By file: what its tests ran on so far. */
  readonly #topologies = new Map<string, string>();
  #view: LiveView | undefined;
  #lastProgress: string | undefined;
  #runsLeft: number;
  #report: RunReport | undefined;

  constructor(options: VerdictReporterOptions) {
    const { subject, requirements, output = process.stdout, environment = process.env, runs = 1 } = options;
    this.#options = options;
    this.#requirements = new Map(
      requirements
        .filter(({ withdrawn }) => withdrawn === undefined)
        .map(({ id, statement, level }) => [id, { id, title: statement, level }]),
    );
    this.#output = output;
    this.#runsLeft = runs;
    const isTerminal = output.isTTY === true && environment['TERM'] !== 'dumb';
    // https://no-color.org: any value but the empty one.
    this.#colour = isTerminal && (environment['NO_COLOR'] ?? '') === '';
    this.#checklist = new Checklist({
      subject: subjectText(subject),
      requirements: [...this.#requirements.values()],
      knownDeviations: subject.knownDeviations ?? {},
      startedAt: this.#startedAt,
    });
    this.vitestOutput = new Writable({
      write: (chunk, _encoding, done) => {
        this.#print(String(chunk));
        done();
      },
    });
    if (isTerminal) {
      this.#view = new LiveView(output, (size) =>
        renderChecklist(this.#state(), { ...size, colour: this.#colour, now: performance.now() }),
      );
    }
    this.#progress = onProgress((report) => this.#onProgress(report));
  }

  /** What the run showed; `undefined` until its end. */
  get report(): RunReport | undefined {
    return this.#report;
  }

  /** A run that never came to its end has shown nothing. */
  get exitCode(): ExitCode {
    return this.#report === undefined ? 2 : exitCodeOf(this.#report);
  }

  onTestModuleCollected(testModule: TestModule): void {
    for (const testCase of testModule.children.allTests()) {
      if (this.#isOfThisRun(testCase)) this.#checklist.plan(requirementOf(testCase));
    }
  }

  onTestCaseReady(testCase: TestCase): void {
    const id = requirementOf(testCase);
    this.#checklist.start(id, testCase.id, this.#expectedTopology(testCase, id), performance.now());
    this.#view?.draw();
  }

  onTestCaseAnnotate(testCase: TestCase, { type, message }: TestAnnotation): void {
    if (type !== progressAnnotation) return;
    this.#checklist.note(requirementOf(testCase), testCase.id, message);
    this.#view?.draw();
  }

  onTestCaseResult(testCase: TestCase): void {
    if (!this.#ended.has(testCase)) this.#show(testCase);
  }

  onTestModuleEnd(testModule: TestModule): void {
    for (const testCase of testModule.children.allTests()) {
      if (!this.#ended.has(testCase) && testCase.result().state !== 'pending') this.#show(testCase);
    }
  }

  onUserConsoleLog({ content }: { readonly content: string }): void {
    this.#print(content);
  }

  onTestRunEnd(
    testModules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const isInterrupted = reason === 'interrupted';
    for (const testModule of testModules) {
      for (const problem of problemsOf(testModule)) this.#problems.add(problem);
      for (const testCase of testModule.children.allTests()) this.#collect(testCase, isInterrupted);
    }
    for (const error of unhandledErrors) this.#problems.add(problemText('unhandled error', error));
    this.#ended.clear();
    this.#runsLeft -= 1;
    if (this.#runsLeft <= 0 || isInterrupted) this.#finish(isInterrupted);
  }

  /**
   * Ends a run that will not come to its end by itself, with what is known by now; what has not run is
   * *inconclusive*. Does nothing after the end.
   */
  interrupt(testModules: readonly TestModule[]): void {
    if (this.#report === undefined) this.onTestRunEnd(testModules, [], 'interrupted');
  }

  [Symbol.dispose](): void {
    this.#progress[Symbol.dispose]();
    this.#view?.[Symbol.dispose]();
    this.#view = undefined;
  }

  /** A test names its topology while it runs, which is heard of at its end: what to show until then. */
  #expectedTopology(testCase: TestCase, id: string): string {
    const known = topologyOf(testCase) || this.#topologies.get(testCase.module.moduleId);
    if (known !== undefined) return known;
    const { topologies = [] } = this.#options.requirements.find((requirement) => requirement.id === id) ?? {};
    return topologies.length === 1 ? (topologies[0] ?? '') : '';
  }

  #onProgress(report: Progress): void {
    this.#checklist.report(report);
    if (this.#view !== undefined) this.#view.draw();
    // A log file gets each step once, not each percent.
    else if (report.text !== this.#lastProgress) this.#print(`${report.text}\n`);
    this.#lastProgress = report.text;
  }

  #show(testCase: TestCase): void {
    this.#ended.add(testCase);
    const topology = topologyOf(testCase);
    if (topology !== '') this.#topologies.set(testCase.module.moduleId, topology);
    if (!this.#isOfThisRun(testCase)) return;
    const { id, attempts } = readTestCase(testCase);
    const parts = attempts.map(partOf);
    this.#checklist.end(id, testCase.id, parts);
    if (this.#view === undefined) for (const part of parts) this.#print(`${plainLine(id, part)}\n`);
    else this.#view.draw();
  }

  #collect(testCase: TestCase, isInterrupted: boolean): void {
    if (!this.#isOfThisRun(testCase)) return;
    const { id, attempts } = readTestCase(testCase);
    const known = this.#parts.get(id) ?? [];
    this.#parts.set(id, known);
    // Vitest calls tests that an interruption kept from running skipped.
    const wasCut = (note: string | undefined) => isInterrupted && (note === undefined || note === abortNote);
    known.push(
      ...attempts.map((attempt) =>
        partOf(
          attempt.state === 'skipped' && wasCut(attempt.note) ? { ...attempt, state: 'pending' } : attempt,
        ),
      ),
    );
  }

  /** A name filter leaves tests that nobody asked for skipped, without a word; they are none of this run. */
  #isOfThisRun(testCase: TestCase): boolean {
    if (this.#requirements.has(requirementOf(testCase))) return true;
    return (
      testCase.options.mode !== 'skip' ||
      readTestCase(testCase).attempts.some(({ note }) => note !== undefined)
    );
  }

  #finish(isInterrupted: boolean): void {
    const { halab, subject, machine, seed, outDirectory } = this.#options;
    const report = buildReport(
      {
        halab,
        subject: { name: subject.name, version: subject.version },
        machine: machine(),
        seed,
        startedAt: new Date(this.#startedAtMs).toISOString(),
        durationMs: Math.round(performance.now() - this.#startedAt),
      },
      {
        requirements: [...this.#requirements.values()],
        parts: this.#parts,
        knownDeviations: subject.knownDeviations ?? {},
        problems: [...this.#problems],
        isInterrupted,
      },
    );
    this.#report = report;
    const wasLive = this.#view !== undefined;
    this[Symbol.dispose]();
    if (outDirectory !== undefined) writeReports(outDirectory, report);
    const outcome = renderOutcome(report, {
      colour: this.#colour,
      ...(outDirectory === undefined ? {} : { reportAt: outDirectory }),
    });
    const width = (this.#output.columns ?? 80) - 1;
    const list = wasLive ? renderVerdicts(report.verdicts, { width, colour: this.#colour }) : [];
    this.#print([...list, '', ...outcome, ''].join('\n'));
  }

  #state() {
    const { accelerator } = this.#options.machine();
    return this.#checklist.state(accelerator);
  }

  #print(text: string): void {
    if (this.#view === undefined) this.#output.write(text);
    else this.#view.print(text);
  }
}

/** Of the error with which Vitest 5 aborts a test when a run is cancelled. */
const abortNote = 'The test run was aborted by the user.';
