import { durationText } from '../../../reports/lab-time.ts';
import type { ReportedPart } from '../../../reports/run-report.ts';

/** One finished test for a log file: no colour, nothing that is drawn twice. */
export function plainLine(id: string, part: ReportedPart): string {
  const { title, topology } = part;
  const claim = title.startsWith(id) ? title : `${id}: ${title}`;
  const name = topology === '' ? claim : `${claim} [${topology}]`;
  const why = part.verdict === 'pass' ? '' : `: ${part.reason.split('\n', 1)[0]}`;
  return `${part.verdict.padEnd('inconclusive'.length)}  ${name} (${durationText(part.durationMs)})${why}`;
}
