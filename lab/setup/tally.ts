/** How many tests ended in which way. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    nothing,
  );
}

/** The plain last line of a test run. */
export function renderTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * What a test runner's report is worth. A run that reported nothing, that found no test, or that ended badly
 * although each of its tests passed, counts as one failure: it must not look like success.
 */
export function judgeRun(report: string, exitCode: number | undefined): Tally {
  const tally = parseTally(report);
  const isGood = exitCode === 0 && tally.passed + tally.skipped > 0;
  return isGood || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

function parseTally(report: string): Tally {
  try {
    const { passed, failed, skipped } = JSON.parse(report) as Tally;
    return { passed, failed, skipped };
  } catch {
    return nothing;
  }
}
