import { byFamily } from './family.ts';
import { anchorOf, familySection } from './html/family-section.ts';
import { pageStyle } from './html/style.ts';
import { durationText } from './lab-time.ts';
import { attributeText, elementText } from './markup.ts';
import type { RunReport } from './run-report.ts';
import { subjectText, summaryLine } from './summary.ts';
import { countVerdicts, verdictCountWord, verdictMark, verdictsByWeight } from './verdict-words.ts';

/** The report as one page: no other file, no script, light and dark, on screen and on paper. */
export function htmlReport(report: RunReport): string {
  const subject = subjectText(report.subject);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    // An icon of its own, or a browser asks the server for one.
    '<link rel="icon" href="data:,">',
    `<title>${elementText(`${subject}: ${headline(report)}`)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    header(report, subject),
    '<main>',
    problems(report),
    ...byFamily(report.verdicts).map((family) => familySection(family, subject)),
    '</main>',
    footer(report),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** The run in a few words, the worst first. */
function headline({ verdicts, problems = [] }: RunReport): string {
  const counts = countVerdicts(verdicts);
  const requirements = (count: number) => (count === 1 ? '1 requirement' : `${count} requirements`);
  if (counts.fail > 0) return `${requirements(counts.fail)} failed`;
  if (counts.inconclusive > 0) return `${requirements(counts.inconclusive)} inconclusive`;
  if (problems.length > 0) return 'the run had problems';
  return counts.pass > 0 ? `${requirements(counts.pass)} passed` : 'nothing was judged';
}

function header(report: RunReport, subject: string): string {
  const { verdicts, startedAt, durationMs, machine } = report;
  const counts = countVerdicts(verdicts);
  const worst = verdictsByWeight.find((verdict) => counts[verdict] > 0) ?? 'skipped';
  const facts = [
    startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
    durationText(durationMs),
    ...(machine.accelerator === undefined ? [] : [`accelerator ${machine.accelerator}`]),
  ];
  const tally = (['pass', 'fail', 'inconclusive', 'skipped'] as const).map(
    (verdict) =>
      `<li class="${counts[verdict] === 0 ? 'none' : verdict}"><b>${counts[verdict]}</b> <span class="mark" aria-hidden="true">${verdictMark[verdict]}</span> ${verdictCountWord[verdict]}</li>`,
  );
  const share = verdictsByWeight
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `<i class="${verdict}" style="flex-grow:${counts[verdict]}"></i>`);
  const jumps = (['fail', 'inconclusive'] as const).map((verdict) => {
    const ids = verdicts.filter((judged) => judged.verdict === verdict).map(({ id }) => id);
    if (ids.length === 0) return '';
    const links = ids
      .map((id) => `<a href="#${attributeText(anchorOf(id))}">${elementText(id)}</a>`)
      .join(' ');
    return `<p class="jumps ${verdict}"><span class="mark" aria-hidden="true">${verdictMark[verdict]}</span> ${verdictCountWord[verdict]}: ${links}</p>`;
  });
  return [
    '<header>',
    `<p class="what">Conformance report <span>${facts.map(elementText).join(' · ')}</span></p>`,
    `<h1>${elementText(subject)} <span class="${worst}">${elementText(headline(report))}</span></h1>`,
    `<div class="share" aria-hidden="true">${share.join('')}</div>`,
    `<ul class="tally">${tally.join('')}</ul>`,
    ...jumps,
    '</header>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function problems({ problems = [] }: RunReport): string {
  if (problems.length === 0) return '';
  const items = problems.map((problem) => `<li><pre>${elementText(problem)}</pre></li>`);
  return `<section class="problems"><h2>Outside any test</h2><ul>${items.join('')}</ul></section>`;
}

function footer(report: RunReport): string {
  const { halab, seed, machine } = report;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [
      'Accelerator',
      machine.acceleratorReason === undefined
        ? machine.accelerator
        : `${machine.accelerator} (${machine.acceleratorReason})`,
    ],
    ['Cores', String(machine.cores)],
    ['Kernel', machine.kernel],
    ['QEMU', machine.qemu],
    ['Guest image', machine.image],
    ['Seed', String(seed)],
    ['halab', halab],
  ];
  const list = rows.flatMap(([term, value]) =>
    value === undefined || value === '' ? [] : [`<div><dt>${term}</dt><dd>${elementText(value)}</dd></div>`],
  );
  return `<footer>\n<h2>Machine</h2>\n<dl>${list.join('')}</dl>\n<p>${elementText(summaryLine(report))}</p>\n</footer>`;
}
