import type { CheckOutcome, CheckSpec } from '../checks/check.ts';
import type { CheckPlan } from './check-plan.ts';

/** The check to run now, when `connectsLeft` connects are due before the next negotiate. */
export function currentSpec(steps: CheckPlan['steps'], connectsLeft: number): CheckSpec {
  if (steps.kind === 'single') return steps.spec;
  return connectsLeft > 0 ? steps.connect : steps.negotiate;
}

/**
 * Connects due before the next negotiate, after a check. A failure of either kind makes the next check a
 * negotiate: only that one shows that the service is back.
 */
export function connectsAfter(
  steps: CheckPlan['steps'],
  connectsLeft: number,
  verdict: CheckOutcome['verdict'],
): number {
  if (steps.kind === 'single' || verdict !== 'up') return 0;
  return connectsLeft > 0 ? connectsLeft - 1 : steps.connects;
}
