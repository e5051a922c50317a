import { inFolder, reportedFinding } from '../../../reports/reported-finding.ts';
import type { ReportedPart } from '../../../reports/run-report.ts';
import { visibleText } from '../../../reports/visible-text.ts';
import type { Judgement } from '../../checkers/rule.ts';

/** One run of one test, as Vitest tells it. */
export interface Attempt {
  readonly title: string;
  readonly topology: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  readonly errors: readonly AttemptError[];
  readonly judgement?: Judgement;
  readonly durationMs: number;
  readonly evidence?: string;
  /** Why it was skipped, in the words of whoever skipped it. */
  readonly note?: string;
  /** An error outside the test that kept it from running. */
  readonly blockedBy?: AttemptError;
}

/** An error that crossed from the worker: own fields are kept, the class is not. */
export interface AttemptError {
  readonly message: string;
  readonly name?: string;
  /** Of a `LabError`. */
  readonly code?: string;
  readonly evidence?: readonly string[];
  readonly judgement?: Judgement;
}

/**
 * The verdict on one attempt. Only a finding makes *fail*: whatever else stopped the test says something of
 * the lab or of the test, not of the subject. And only a judgement makes *pass*: a test in which no checker
 * looked could not have failed either.
 */
export function partOf(attempt: Attempt): ReportedPart {
  const { title, topology, durationMs, evidence } = attempt;
  const { verdict, reason, judgement } = judge(attempt);
  const paths = [
    ...(evidence === undefined ? [] : [evidence]),
    ...attempt.errors.flatMap((error) => (error.evidence ?? []).map((path) => inFolder(evidence, path))),
  ];
  return {
    title,
    topology,
    verdict,
    durationMs,
    reason: visibleText(reason),
    findings:
      verdict === 'fail' ? (judgement?.findings ?? []).map((found) => reportedFinding(found, evidence)) : [],
    ...(judgement?.measured === undefined ? {} : { measured: judgement.measured }),
    ...(paths.length === 0 ? {} : { evidence: paths }),
  };
}

interface Judged {
  readonly verdict: ReportedPart['verdict'];
  readonly reason: string;
  readonly judgement?: Judgement;
}

function judge(attempt: Attempt): Judged {
  const { state, blockedBy, note } = attempt;
  if (state === 'skipped') {
    if (blockedBy !== undefined) return { verdict: 'inconclusive', reason: errorText([blockedBy]) };
    return { verdict: 'skipped', reason: note ?? 'skipped without a reason' };
  }
  if (state === 'pending') return { verdict: 'inconclusive', reason: 'the run ended before this test did' };
  const judgement = judgementOf(attempt);
  if (judgement === undefined) {
    const reason = state === 'failed' ? errorText(attempt.errors) : 'the test ended without a judgement';
    return { verdict: 'inconclusive', reason };
  }
  return { ...judgedBy(judgement, attempt), judgement };
}

/** A failure that was judged is not lost because something else was thrown beside it. */
function judgementOf({ errors, judgement }: Attempt): Judgement | undefined {
  const judgements = [...errors.map((error) => error.judgement), judgement].filter(
    (found) => found !== undefined,
  );
  return judgements.find(({ verdict }) => verdict === 'fail') ?? judgements[0];
}

function judgedBy(judgement: Judgement, { state, errors }: Attempt): Omit<Judged, 'judgement'> {
  const { verdict, reason, findings } = judgement;
  switch (verdict) {
    case 'fail':
      if (findings.length > 0) return { verdict, reason };
      return { verdict: 'inconclusive', reason: `judged a failure without a finding: ${reason}` };
    case 'inconclusive':
      return { verdict, reason };
    case 'skipped':
      return { verdict: 'inconclusive', reason: `the situation was not produced: ${reason}` };
    case 'pass':
      return state === 'failed'
        ? { verdict: 'inconclusive', reason: errorText(errors) }
        : { verdict, reason };
    default:
      return verdict satisfies never;
  }
}

/** First line of the first error, after its code, and how many more there were. */
function errorText(errors: readonly AttemptError[]): string {
  const [first, ...others] = errors;
  if (first === undefined) return 'the test failed without an error';
  const line = firstLine(first.message);
  const name = first.code ?? (line === '' ? first.name : undefined);
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'error' : 'errors'})`;
  return `${[name, line].filter((part) => part !== undefined && part !== '').join(': ')}${more}`;
}

/** Assertion messages carry colours. */
const ansi = /\p{Cc}\[[0-9;]*m/gu;

export function firstLine(message: string): string {
  return message.replace(ansi, '').trim().split('\n', 1)[0] ?? '';
}
