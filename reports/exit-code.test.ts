import { expect, test } from 'vitest';
import type { Verdict } from '../lab/checkers/rule.ts';
import { combineParts } from './combine-parts.ts';
import { exampleFinding, examplePart, exampleReport } from './example-report.ts';
import { exitCodeOf } from './exit-code.ts';

const judged = (verdict: Verdict, waiver?: string) =>
  combineParts(
    { id: 'LVS-DR-01', title: '' },
    [examplePart({ verdict, findings: [exampleFinding] })],
    waiver,
  );
const exitOf = (verdicts: readonly ReturnType<typeof judged>[], problems?: readonly string[]) =>
  exitCodeOf({ ...exampleReport, verdicts, ...(problems === undefined ? {} : { problems }) });

test.for([
  [['pass'], 0],
  [['pass', 'skipped'], 0],
  [['pass', 'fail'], 1],
  [['inconclusive', 'fail'], 1],
  [['pass', 'inconclusive', 'skipped'], 3],
  [['skipped', 'skipped'], 2],
  [[], 2],
] as const)('%j ends with exit code %d', ([verdicts, code]) => {
  expect(exitOf(verdicts.map((verdict) => judged(verdict)))).toBe(code);
});

test('a waived failure is a run, and a passed one', () => {
  expect(exitOf([judged('fail', 'old kernel')])).toBe(0);
});

test('a problem outside any test is never a pass, and never hides a failure', () => {
  expect(exitOf([judged('pass')], ['a suite does not load'])).toBe(3);
  expect(exitOf([], ['a suite does not load'])).toBe(3);
  expect(exitOf([judged('fail')], ['a suite does not load'])).toBe(1);
});
