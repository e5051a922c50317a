/**
 * When a real server counts as up or down.
 *
 *            success                          failure
 *   up       stays up, failures forgotten     failures + 1; down once they reach failurecount
 *   down     up                               stays down
 *
 * Maintenance is a failure that needs no repetition.
 */
import type { CheckOutcome } from '../checks/check.ts';

export interface ServerHealth {
  readonly isUp: boolean;
  /** Failures in a row. A server that was never checked begins with 1. */
  readonly failures: number;
}

/** Found serving in the kernel's table: it stays there until a check says otherwise. */
export const adopted: ServerHealth = { isUp: true, failures: 0 };

/** Not in the table, or without weight: it serves once a check succeeds. */
export const unchecked: ServerHealth = { isUp: false, failures: 1 };

export interface HealthChange {
  readonly health: ServerHealth;
  readonly event: 'none' | 'soft-failure' | 'failures-forgotten';
}

/** The health after one more check. */
export function afterCheck(
  health: ServerHealth,
  verdict: CheckOutcome['verdict'],
  failureCount: number,
): HealthChange {
  if (verdict === 'up') {
    const event = health.failures > 0 ? 'failures-forgotten' : 'none';
    return { health: { isUp: true, failures: 0 }, event };
  }
  if (!health.isUp) return { health, event: 'none' };
  const failures = health.failures + 1;
  if (verdict === 'down' && failures < failureCount)
    return { health: { isUp: true, failures }, event: 'soft-failure' };
  return { health: { isUp: false, failures }, event: 'none' };
}
