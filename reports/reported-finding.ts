import type { Finding } from '../lab/checkers/rule.ts';
import { labTime } from './lab-time.ts';
import type { ReportedFinding } from './run-report.ts';

/** A finding as reports show it. `folder` is where its evidence lies, relative to the report. */
export function reportedFinding(finding: Finding, folder?: string): ReportedFinding {
  const { rule, claim, at, node, segment, expected, seen, evidence } = finding;
  return {
    rule,
    claim,
    at: labTime(at),
    ...(node === undefined ? {} : { node }),
    ...(segment === undefined ? {} : { segment }),
    expected,
    seen,
    evidence: evidence.map((path) => inFolder(folder, path)),
  };
}

export function inFolder(folder: string | undefined, path: string): string {
  if (folder === undefined || folder === '' || folder === '.') return path;
  return `${folder.replace(/\/+$/, '')}/${path}`;
}
