import type { TestCase, TestModule, TestSuite } from 'vitest/node';
import type { Finding, Judgement, Verdict } from '../../checkers/rule.ts';
import { type Attempt, type AttemptError, firstLine } from './part-of-attempt.ts';

/** What the reporter needs to know of a test that has ended, free of Vitest's own types. */
export interface EndedTest {
  /** Requirement ID without the letter of a variant; a test that shows none has its full name. */
  readonly id: string;
  /** In the order in which they ran. Several when Vitest repeats tests. */
  readonly attempts: readonly Attempt[];
}

export function readTestCase(testCase: TestCase): EndedTest {
  const meta = fieldsOf(testCase.meta());
  const result = testCase.result();
  const blockedBy = errorAround(testCase);
  const note = (result.state === 'skipped' ? result.note : undefined) ?? text(meta['skip']);
  const constant = {
    title: testCase.name,
    topology: topologyOf(testCase),
    ...(note === undefined ? {} : { note }),
    ...(blockedBy === undefined ? {} : { blockedBy }),
  };
  const repeated = testCase.attempts();
  const attempts =
    repeated.length > 1
      ? repeated.map((attempt, index) => ({
          ...constant,
          ...recorded(Array.isArray(meta['rounds']) ? meta['rounds'][index] : undefined),
          state: attempt.state,
          errors: (attempt.errors ?? []).map(asAttemptError),
          durationMs: Math.round(attempt.duration),
        }))
      : [
          {
            ...constant,
            ...recorded(meta),
            state: result.state,
            errors: (result.errors ?? []).map(asAttemptError),
            durationMs: Math.round(testCase.diagnostic()?.duration ?? 0),
          },
        ];
  return { id: requirementOf(testCase), attempts };
}

function recorded(meta: unknown): Pick<Attempt, 'judgement' | 'evidence'> {
  const judgement = asJudgement(fieldsOf(meta)['judgement']);
  const evidence = text(fieldsOf(meta)['evidence']);
  return {
    ...(judgement === undefined ? {} : { judgement }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** Topology that a test has named so far. */
export function topologyOf(testCase: TestCase): string {
  return text(fieldsOf(testCase.meta())['topology']) ?? '';
}

/** The requirement that a test shows: what `covers` says, else the ID that its title opens with. */
export function requirementOf(testCase: TestCase): string {
  const stated = text(fieldsOf(testCase.meta())['requirement']);
  const id = stated ?? /^[A-Z]+(?:-[A-Z]+)*-\d{2}[a-z]?(?=:)/.exec(testCase.name)?.[0];
  return id?.replace(/(?<=\d{2})[a-z]$/, '') ?? testCase.fullName;
}

/** The first error of a suite or file around the test: a hook that threw, say. */
function errorAround(testCase: TestCase): AttemptError | undefined {
  for (let around: TestSuite | TestModule = testCase.parent; ; around = around.parent) {
    const [error] = around.errors();
    if (error !== undefined) return asAttemptError(error);
    if (around.type === 'module') return undefined;
  }
}

/** What went wrong in a file outside its tests: it does not load, or a hook of a suite threw. */
export function problemsOf(testModule: TestModule): readonly string[] {
  const around = [testModule, ...testModule.children.allSuites()];
  return around.flatMap((suite) =>
    suite
      .errors()
      .map((error) =>
        problemText(
          suite.type === 'module'
            ? suite.relativeModuleId
            : `${suite.module.relativeModuleId}, "${suite.name}"`,
          error,
        ),
      ),
  );
}

export function problemText(where: string, error: unknown): string {
  const { message, code } = asAttemptError(error);
  return [where, code, firstLine(message)].filter((part) => part !== undefined && part !== '').join(': ');
}

function asAttemptError(error: unknown): AttemptError {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const fields = fieldsOf(error);
  const name = text(fields['name']);
  const code = text(fields['code']);
  const evidence = texts(fields['evidence']);
  const judgement = asJudgement(fields['judgement']);
  return {
    message: text(fields['message']) ?? '',
    ...(name === undefined ? {} : { name }),
    // Node and Vitest have codes of their own; those of the lab mean something to a reader of reports.
    ...(code?.startsWith('LAB_') ? { code } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    ...(judgement === undefined ? {} : { judgement }),
  };
}

const verdicts: readonly unknown[] = ['pass', 'fail', 'inconclusive', 'skipped'] satisfies readonly Verdict[];

function asJudgement(value: unknown): Judgement | undefined {
  const { verdict, reason, findings, measured } = fieldsOf(value);
  if (!verdicts.includes(verdict) || typeof reason !== 'string') return undefined;
  const figures = asFigures(measured);
  return {
    verdict: verdict as Verdict,
    reason,
    findings: Array.isArray(findings) ? findings.filter(isFinding) : [],
    ...(figures === undefined ? {} : { measured: figures }),
  };
}

function isFinding(value: unknown): value is Finding {
  const { rule, claim, at, expected, seen, evidence } = fieldsOf(value);
  const isTexts = (list: unknown) => texts(list) !== undefined;
  const isText = (part: unknown) => typeof part === 'string';
  return (
    isText(rule) &&
    isText(claim) &&
    typeof at === 'number' &&
    isText(expected) &&
    isTexts(seen) &&
    isTexts(evidence)
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function asFigures(value: unknown): Readonly<Record<string, number>> | undefined {
  const figures = Object.entries(fieldsOf(value)).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return figures.length === 0 ? undefined : Object.fromEntries(figures);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
}
