import { describe, expect, test } from 'vitest';
import { addTallies, judgeRun, nothing, renderTally } from './tally.ts';

describe('the last line of a test run', () => {
  test('is plain', () => {
    expect(renderTally({ passed: 812, failed: 1, skipped: 3 })).toBe('812 passed, 1 failed, 3 skipped');
  });

  test('adds up the steps', () => {
    const total = addTallies([
      { ...nothing, passed: 1 },
      { passed: 10, failed: 2, skipped: 1 },
    ]);
    expect(total).toEqual({ passed: 11, failed: 2, skipped: 1 });
  });
});

describe('a run of the test runner', () => {
  const report = (passed: number, failed: number, skipped: number) =>
    JSON.stringify({ passed, failed, skipped });

  test.for([
    { what: 'all pass', report: report(5, 0, 0), exitCode: 0, failed: 0 },
    { what: 'skips are allowed', report: report(0, 0, 5), exitCode: 0, failed: 0 },
    { what: 'failures are counted as they are', report: report(5, 2, 0), exitCode: 1, failed: 2 },
    { what: 'no test at all is a failure', report: report(0, 0, 0), exitCode: 0, failed: 1 },
    { what: 'a bad end without a failed test is a failure', report: report(5, 0, 0), exitCode: 1, failed: 1 },
    { what: 'a missing report is a failure', report: '', exitCode: 0, failed: 1 },
    { what: 'an end by a signal is a failure', report: report(5, 0, 0), exitCode: undefined, failed: 1 },
  ])('$what', ({ report, exitCode, failed }) => {
    expect(judgeRun(report, exitCode).failed).toBe(failed);
  });
});
