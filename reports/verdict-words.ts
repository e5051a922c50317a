import type { Verdict } from '../lab/checkers/rule.ts';

/** How a verdict is shown where colour may be missing. */
export const verdictMark = {
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  skipped: '–',
} as const satisfies Record<Verdict, string>;

/** How a count of a verdict is called. */
export const verdictCountWord = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'inconclusive',
  skipped: 'skipped',
} as const satisfies Record<Verdict, string>;

/** From worst to least: the first that occurs among parts is the verdict of the whole. */
export const verdictsByWeight = [
  'fail',
  'inconclusive',
  'pass',
  'skipped',
] as const satisfies readonly Verdict[];

/** The verdict of the whole; *skipped* when there is nothing. */
export function heaviest(verdicts: Iterable<Verdict>): Verdict {
  const present = new Set(verdicts);
  return verdictsByWeight.find((verdict) => present.has(verdict)) ?? 'skipped';
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

export function countVerdicts(judged: Iterable<{ readonly verdict: Verdict }>): VerdictCounts {
  const counts = { pass: 0, fail: 0, inconclusive: 0, skipped: 0 };
  for (const { verdict } of judged) counts[verdict] += 1;
  return counts;
}

/** `12 passed, 1 failed, 0 inconclusive, 2 skipped`. */
export function countsText(counts: VerdictCounts): string {
  const order = ['pass', 'fail', 'inconclusive', 'skipped'] as const satisfies readonly Verdict[];
  return order.map((verdict) => `${counts[verdict]} ${verdictCountWord[verdict]}`).join(', ');
}
