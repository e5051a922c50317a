import type { RunReport } from './run-report.ts';

/** Text of `verdicts.json`: indented, so that two runs can be compared line by line. */
export function verdictsJson(report: RunReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
