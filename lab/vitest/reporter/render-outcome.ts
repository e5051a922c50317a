import { partLabel } from '../../../reports/combine-parts.ts';
import { findingsByTopology, renderFinding } from '../../../reports/render-finding.ts';
import type { ReportedVerdict, RunReport } from '../../../reports/run-report.ts';
import { subjectText, summaryLine } from '../../../reports/summary.ts';
import { verdictMark } from '../../../reports/verdict-words.ts';
import { visibleText } from '../../../reports/visible-text.ts';
import { type Paint, painter, verdictColour } from './paint.ts';

/** Findings of one requirement that the terminal shows; the report has them all. */
const findingsShown = 3;

/**
 * What is left to say when a run is over: failures with their findings, waived ones too; what is
 * inconclusive, and why; the rounds that differ; then the summary.
 *
 * `reportAt` is the path of the folder that holds reports and evidence.
 */
export function renderOutcome(
  report: RunReport,
  { colour, reportAt }: { readonly colour: boolean; readonly reportAt?: string },
): readonly string[] {
  const paint = painter(colour);
  const { verdicts, problems = [] } = report;
  const subject = subjectText(report.subject);
  const failed = verdicts.filter(({ verdict, waived }) => verdict === 'fail' || waived !== undefined);
  const blocks = [
    ...failed.map((verdict) => failureBlock(verdict, subject, paint)),
    ...verdicts
      .filter(({ verdict, waived }) => verdict === 'inconclusive' && waived === undefined)
      .map((verdict) => inconclusiveBlock(verdict, paint)),
    ...problems.map((problem) => [`${paint('!', 'yellow')} ${visibleText(problem)}`]),
    roundsBlock(verdicts),
    staleBlock(verdicts),
    [summaryLine(report), ...(reportAt === undefined ? [] : [`report and evidence: ${reportAt}`])],
  ].filter((block) => block.length > 0);
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function failureBlock(verdict: ReportedVerdict, subject: string, paint: Paint): readonly string[] {
  const findings = findingsByTopology(verdict);
  const shown = findings
    .slice(0, findingsShown)
    .flatMap(({ finding, topology }) => [
      '',
      ...indented(visibleText(renderFinding(finding, { topology, subject }))),
    ]);
  const hidden = findings.length - findingsShown;
  return [
    heading(verdict, paint),
    ...indented(visibleText(verdict.reason)),
    ...shown,
    ...(hidden > 0 ? ['', `  and ${hidden} more ${hidden === 1 ? 'finding' : 'findings'}`] : []),
  ];
}

function inconclusiveBlock(verdict: ReportedVerdict, paint: Paint): readonly string[] {
  const { parts = [], reason } = verdict;
  const reasons = parts
    .filter((part) => part.verdict === 'inconclusive')
    .map((part) => `${partLabel(part, parts)}: ${part.reason}`);
  if (reasons.length === 0) reasons.push(reason);
  return [heading(verdict, paint), ...reasons.flatMap((reason) => indented(visibleText(reason)))];
}

function heading({ id, title, verdict }: ReportedVerdict, paint: Paint): string {
  const statement = title === id ? '' : `  ${title}`;
  return `${paint(verdictMark[verdict], verdictColour[verdict])} ${paint(id, 'bold')}${statement}`;
}

/** Requirements that did not end the same in every round. */
function roundsBlock(verdicts: readonly ReportedVerdict[]): readonly string[] {
  return verdicts.flatMap(({ id, repeat }) => {
    if (
      repeat === undefined ||
      [repeat.passed, repeat.failed, repeat.inconclusive, repeat.skipped].includes(repeat.rounds)
    ) {
      return [];
    }
    const { rounds, passed, failed, inconclusive } = repeat;
    return [
      `${id} differed: of ${rounds} rounds ${passed} passed, ${failed} failed, ${inconclusive} inconclusive`,
    ];
  });
}

function staleBlock(verdicts: readonly ReportedVerdict[]): readonly string[] {
  return verdicts
    .filter(({ staleWaiver }) => staleWaiver !== undefined)
    .map(({ id, staleWaiver }) => `${id} passes although it is waived; the waiver is stale: ${staleWaiver}`);
}

function indented(text: string): readonly string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `  ${line}`));
}
