import { partLabel } from '../combine-parts.ts';
import type { Family } from '../family.ts';
import { durationText } from '../lab-time.ts';
import { attributeText, elementText } from '../markup.ts';
import { findingRows, findingsByTopology } from '../render-finding.ts';
import type { ReportedFinding, ReportedPart, ReportedVerdict } from '../run-report.ts';
import { countVerdicts, verdictCountWord, verdictMark, verdictsByWeight } from '../verdict-words.ts';
import { evidenceLink } from './evidence-link.ts';

/** A table of one family's verdicts. */
export function familySection({ name, members }: Family<ReportedVerdict>, subject: string): string {
  const counts = countVerdicts(members);
  const words = verdictsByWeight
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdictCountWord[verdict]}`);
  return [
    '<section class="family">',
    `<h2>${elementText(name)} <span>${words.join(', ')}</span></h2>`,
    '<table>',
    '<thead><tr><th scope="col">Verdict</th><th scope="col">Requirement</th><th scope="col">Topology</th><th scope="col" class="time">Time</th></tr></thead>',
    '<tbody>',
    ...members.map((verdict) => verdictRow(verdict, subject)),
    '</tbody>',
    '</table>',
    '</section>',
  ].join('\n');
}

/** Fragment of the page's address at which a verdict is. */
export function anchorOf(id: string): string {
  return id.replace(/[^A-Za-z0-9-]+/g, '-');
}

function verdictRow(verdict: ReportedVerdict, subject: string): string {
  const { id, title, level, topology, durationMs } = verdict;
  const name = title.startsWith(id) ? title.slice(id.length).replace(/^:\s*/, '') : title;
  return [
    `<tr id="${attributeText(anchorOf(id))}" class="${verdict.verdict}">`,
    `<td class="verdict">${badge(verdict.verdict)}</td>`,
    '<td class="claim">',
    `<p><b class="id">${elementText(id)}</b>${level === undefined || level === 'must' ? '' : ` <span class="level">${level}</span>`}</p>`,
    name === '' ? '' : `<p>${elementText(name)}</p>`,
    `<p class="reason">${elementText(verdict.reason)}</p>`,
    repeat(verdict),
    facts(verdict),
    findings(verdict, subject),
    parts(verdict),
    '</td>',
    `<td class="topology">${elementText(topology)}</td>`,
    `<td class="time">${topology === '' ? '' : durationText(durationMs)}</td>`,
    '</tr>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function badge(verdict: ReportedVerdict['verdict']): string {
  return `<span class="badge ${verdict}"><span aria-hidden="true">${verdictMark[verdict]}</span> ${verdict}</span>`;
}

function repeat({ repeat }: ReportedVerdict): string {
  if (repeat === undefined) return '';
  const { rounds, passed, failed, inconclusive, skipped } = repeat;
  return `<p class="repeat">${rounds} rounds: ${passed} passed, ${failed} failed, ${inconclusive} inconclusive, ${skipped} skipped</p>`;
}

/** Measured figures and where the evidence lies, in one row. */
function facts({ measured = {}, evidence = [] }: Pick<ReportedPart, 'measured' | 'evidence'>): string {
  const rows = Object.entries(measured).map(([name, value]) => [
    elementText(name),
    elementText(String(value)),
  ]);
  if (evidence.length > 0) rows.push(['evidence', evidence.map(evidenceLink).join(', ')]);
  const items = rows.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`);
  return items.length === 0 ? '' : `<dl class="facts">${items.join('')}</dl>`;
}

function findings(verdict: ReportedVerdict, subject: string): string {
  const blocks = findingsByTopology(verdict).map(({ finding, topology }) =>
    findingBlock(finding, topology, subject),
  );
  if (blocks.length === 0) return '';
  const title = blocks.length === 1 ? '1 finding' : `${blocks.length} findings`;
  return `<details open><summary>${title}</summary>\n${blocks.join('\n')}\n</details>`;
}

function findingBlock(finding: ReportedFinding, topology: string, subject: string): string {
  const rows = findingRows(finding, { topology, subject }).map(({ label, lines }) => {
    const shown = lines.map((line) => (label === 'evidence' ? evidenceLink(line) : elementText(line)));
    return `<div><dt>${label}</dt><dd>${shown.join('<br>')}</dd></div>`;
  });
  return `<div class="finding"><p>${elementText(finding.claim)}</p><dl>${rows.join('')}</dl></div>`;
}

function parts({ parts = [] }: ReportedVerdict): string {
  if (parts.length === 0) return '';
  const items = parts.map((part) => partItem(part, parts));
  return `<details><summary>${parts.length} parts</summary><ul class="parts">${items.join('')}</ul></details>`;
}

function partItem(part: ReportedPart, siblings: readonly ReportedPart[]): string {
  const lines = [
    `<p>${badge(part.verdict)} ${elementText(partLabel(part, siblings))} <span class="time">${durationText(part.durationMs)}</span></p>`,
    `<p class="reason">${elementText(part.reason)}</p>`,
    facts(part),
  ];
  return `<li>${lines.join('')}</li>`;
}
