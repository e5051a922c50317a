import { combineParts, type VerdictOf } from './combine-parts.ts';
import type { ReportedPart, RunReport } from './run-report.ts';

export interface RunResults {
  /** What the run was to judge, in the order of the report. */
  readonly requirements: readonly VerdictOf[];
  /** Parts by requirement ID. What no requirement has comes last, under its own name. */
  readonly parts: ReadonlyMap<string, readonly ReportedPart[]>;
  /** Requirement ID to why the subject differs. */
  readonly knownDeviations: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  /** The run was ended before all tests had run: what has no part is *inconclusive* then. */
  readonly isInterrupted: boolean;
}

/** Every requirement of the run is in its report, also when nothing ran for it. */
export function buildReport(run: Omit<RunReport, 'verdicts' | 'problems'>, results: RunResults): RunReport {
  const { requirements, parts, knownDeviations, problems, isInterrupted } = results;
  const known = new Set(requirements.map(({ id }) => id));
  const others = [...parts.keys()].filter((id) => !known.has(id)).map((id) => ({ id, title: id }));
  const verdicts = [...requirements, ...others].map((of) => {
    const found = parts.get(of.id) ?? [];
    const all = found.length === 0 && isInterrupted ? [interrupted(of)] : found;
    return combineParts(of, all, Object.hasOwn(knownDeviations, of.id) ? knownDeviations[of.id] : undefined);
  });
  return { ...run, verdicts, ...(problems.length === 0 ? {} : { problems }) };
}

function interrupted({ title }: VerdictOf): ReportedPart {
  return {
    title,
    topology: '',
    verdict: 'inconclusive',
    durationMs: 0,
    reason: 'the run was interrupted before its test ran',
    findings: [],
  };
}
