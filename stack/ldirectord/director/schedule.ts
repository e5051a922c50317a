import type { Instant } from '../../time.ts';
import { after } from '../../time.ts';
import type { CheckOutcome } from '../checks/check.ts';
import type { Config } from '../config/model.ts';
import { type CheckPlan, checkKey, checkPlan } from './check-plan.ts';
import { connectsAfter, currentSpec } from './combined-check.ts';
import type { Effect } from './effect.ts';
import type { CheckState, State } from './state.ts';

/**
 * The checks of a configuration, all due at once except those already running. A check that was there
 * before keeps its place between negotiates.
 */
export function scheduleChecks(
  config: Config,
  before: ReadonlyMap<string, CheckState>,
  now: Instant,
): ReadonlyMap<string, CheckState> {
  const checks = new Map<string, { plan: CheckPlan; users: CheckState['users'][number][] }>();
  for (const virtual of config.virtuals) {
    for (const server of virtual.realServers) {
      const plan = checkPlan(config, virtual, server);
      if (plan === undefined) continue;
      const key = checkKey(plan);
      const check = checks.get(key) ?? { plan, users: [] };
      check.users.push({ virtual, server });
      checks.set(key, check);
    }
  }
  return new Map(
    [...checks].map(([key, { plan, users }]) => {
      const earlier = before.get(key);
      const run = earlier?.run;
      const dueAt = run === undefined ? now : undefined;
      return [key, { plan, users, connectsLeft: earlier?.connectsLeft ?? 0, dueAt, run }];
    }),
  );
}

/** Runs of `before` that nobody in `after` waits for. */
export function abandonedRuns(
  before: ReadonlyMap<string, CheckState>,
  after: ReadonlyMap<string, CheckState>,
): readonly Effect[] {
  const effects: Effect[] = [];
  for (const [key, { run }] of before) {
    if (run !== undefined && after.get(key)?.run !== run) effects.push({ kind: 'cancel-check', run });
  }
  return effects;
}

/**
 * Starts what is due, once the first table is written: until then nobody waits for a check, but `start` waits
 * for the table. Nothing waits for anything else; a server that hangs delays no other.
 */
export function startDueChecks(state: State, now: Instant): readonly [State, readonly Effect[]] {
  if (state.phase !== 'running') return [state, []];
  const effects: Effect[] = [];
  const checks = new Map(state.checks);
  let run = state.nextRun;
  for (const [key, check] of state.checks) {
    if (check.dueAt === undefined || check.dueAt > now) continue;
    const spec = currentSpec(check.plan.steps, check.connectsLeft);
    effects.push({ kind: 'start-check', run, spec, maintenance: check.plan.maintenance });
    checks.set(key, { ...check, dueAt: undefined, run });
    run += 1;
  }
  return effects.length === 0 ? [state, effects] : [{ ...state, checks, nextRun: run }, effects];
}

/** The check that a run belongs to, or `undefined` when it was abandoned. */
export function checkOfRun(state: State, run: number): readonly [string, CheckState] | undefined {
  for (const entry of state.checks) if (entry[1].run === run) return entry;
  return undefined;
}

/** A check after a run: it rests for its interval. */
export function rescheduled(check: CheckState, outcome: CheckOutcome, now: Instant): CheckState {
  const connectsLeft = connectsAfter(check.plan.steps, check.connectsLeft, outcome.verdict);
  return { ...check, connectsLeft, run: undefined, dueAt: after(now, check.plan.interval) };
}
