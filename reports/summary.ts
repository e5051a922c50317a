import { durationText } from './lab-time.ts';
import type { RunReport } from './run-report.ts';
import { countsText, countVerdicts } from './verdict-words.ts';

/** `12 passed, 1 failed, 0 inconclusive, 2 skipped in 31.2 s — subject stack, accelerator tcg`. */
export function summaryLine(report: RunReport): string {
  const { verdicts, durationMs, subject, machine } = report;
  const accelerator = machine.accelerator === undefined ? '' : `, accelerator ${machine.accelerator}`;
  return `${countsText(countVerdicts(verdicts))} in ${durationText(durationMs)} — subject ${subject.name}${accelerator}`;
}

/** Name and version, as in findings; the name alone when there is no version. */
export function subjectText({ name, version }: RunReport['subject']): string {
  return version === '' ? name : `${name} ${version}`;
}
