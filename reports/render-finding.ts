import type { ReportedFinding, ReportedVerdict } from './run-report.ts';

export interface FindingContext {
  readonly topology?: string;
  /** Name and version. */
  readonly subject?: string;
}

export interface FindingRow {
  readonly label: 'where' | 'at' | 'expected' | 'seen' | 'evidence';
  readonly lines: readonly string[];
}

/** The rows below a finding's claim, in the order in which a reader asks; empty ones are left out. */
export function findingRows(finding: ReportedFinding, context: FindingContext = {}): readonly FindingRow[] {
  const where = [
    finding.node,
    finding.segment === undefined ? undefined : `segment ${finding.segment}`,
    context.topology === undefined || context.topology === '' ? undefined : `topology ${context.topology}`,
    context.subject === undefined ? undefined : `subject ${context.subject}`,
  ].filter((part) => part !== undefined);
  const rows: readonly FindingRow[] = [
    { label: 'where', lines: where.length === 0 ? [] : [where.join(', ')] },
    { label: 'at', lines: [finding.at] },
    { label: 'expected', lines: finding.expected.split('\n') },
    { label: 'seen', lines: finding.seen.flatMap((line) => line.split('\n')) },
    { label: 'evidence', lines: finding.evidence },
  ];
  return rows.filter(({ lines }) => lines.length > 0);
}

/** A finding as text: the claim, which is enough for a list, then what backs it. */
export function renderFinding(finding: ReportedFinding, context: FindingContext = {}): string {
  const rows = findingRows(finding, context).flatMap(({ label, lines }) =>
    lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(9)} ${line}`),
  );
  return [finding.claim, '', ...rows].join('\n');
}

/** The findings of a verdict, each with the topology of the part that it comes from. */
export function findingsByTopology({
  findings,
  parts,
  topology,
}: ReportedVerdict): readonly { readonly finding: ReportedFinding; readonly topology: string }[] {
  if (parts === undefined) return findings.map((finding) => ({ finding, topology }));
  return parts.flatMap((part) => part.findings.map((finding) => ({ finding, topology: part.topology })));
}
