import type { RunReport } from './run-report.ts';

export type ExitCode = 0 | 1 | 2 | 3;

/**
 * - 0: everything that ran passed; skips with a reason are allowed.
 * - 1: at least one *fail*.
 * - 2: no test ran at all. Whoever selects nothing, or runs on a machine where everything is skipped, has
 *   shown nothing, and must not take it for a pass.
 * - 3: no *fail*, but an *inconclusive*, or a problem outside any test.
 */
export function exitCodeOf(report: RunReport): ExitCode {
  const { verdicts, problems = [] } = report;
  if (verdicts.some(({ verdict }) => verdict === 'fail')) return 1;
  if (problems.length > 0 || verdicts.some(({ verdict }) => verdict === 'inconclusive')) return 3;
  const ran = verdicts.some(({ verdict, waived }) => verdict === 'pass' || waived !== undefined);
  return ran ? 0 : 2;
}
