/** What a check's outcome means for the servers it is for. */
import type { Instant } from '../../time.ts';
import type { CheckOutcome } from '../checks/check.ts';
import { type RealServer, type VirtualService, virtualId, virtualName } from '../config/model.ts';
import { checkedPort } from './check-plan.ts';
import type { Effect } from './effect.ts';
import { failuresForgottenText, softFailureText } from './log-text.ts';
import { gatherChanges } from './programming.ts';
import { checkOfRun, rescheduled } from './schedule.ts';
import { afterCheck } from './server-health.ts';
import { type State, serverId } from './state.ts';
import { needsFallback, serverLabel } from './wanted.ts';

/** Applies the outcome of a run; outcomes of abandoned runs change nothing. */
export function applyOutcome(
  state: State,
  now: Instant,
  run: number,
  outcome: CheckOutcome,
): readonly [State, readonly Effect[]] {
  const found = checkOfRun(state, run);
  if (found === undefined) return [state, []];
  const [key, check] = found;
  const servers = new Map(state.servers);
  const effects: Effect[] = outcome.notice === undefined ? [] : [log(outcome.notice)];
  let hasChanged = false;
  for (const { virtual, server } of check.users) {
    const id = serverId(virtual, server);
    const before = servers.get(id);
    if (before === undefined) continue;
    const { health, event } = afterCheck(before, outcome.verdict, virtual.failureCount);
    servers.set(id, { ...health, wasEntered: before.wasEntered || before.isUp || health.isUp });
    hasChanged ||= health.isUp !== before.isUp;
    const label = serverLabel(virtual, server);
    const name = virtualId(virtual);
    if (event === 'failures-forgotten') effects.push(log(failuresForgottenText(label, name)));
    if (event === 'soft-failure')
      effects.push(log(softFailureText(label, name, health.failures, virtual.failureCount)));
    effects.push(...monitorEffects(virtual, server, outcome));
  }
  const checks = new Map(state.checks).set(key, rescheduled(check, outcome, now));
  const next: State = { ...state, servers, checks };
  if (!hasChanged) return [next, effects];
  const [told, tellings] = tellFallbackCommands(next);
  return [gatherChanges(told, now), [...effects, ...tellings]];
}

/** Tells each fallback command whether it is needed, when that differs from what it was told last. */
export function tellFallbackCommands(state: State): readonly [State, readonly Effect[]] {
  const effects: Effect[] = [];
  const toldFallback = new Map(state.toldFallback);
  for (const virtual of state.config.virtuals) {
    if (virtual.fallbackCommand === undefined) continue;
    const id = virtualId(virtual);
    const action = needsFallback(virtual, state.servers) ? 'start' : 'stop';
    // Before anything was told, the fallback is not running.
    if (action === (toldFallback.get(id) ?? 'stop')) continue;
    toldFallback.set(id, action);
    const { fallbackCommand: command, protocol } = virtual;
    effects.push({ kind: 'run-fallback-command', command, action, virtual: virtualName(virtual), protocol });
  }
  return [{ ...state, toldFallback }, effects];
}

function monitorEffects(
  virtual: VirtualService,
  server: RealServer,
  outcome: CheckOutcome,
): readonly Effect[] {
  if (virtual.monitorFile === undefined) return [];
  const { path } = virtual.monitorFile;
  const { verdict, message } = outcome;
  return [{ kind: 'append-monitor', path, realId: realId(virtual, server), isUp: verdict === 'up', message }];
}

/** Names a real server by everything its check depends on. */
function realId(virtual: VirtualService, server: RealServer): string {
  const { checkType, service, protocol, virtualHost = '', httpMethod, checkCommand } = virtual;
  const what = checkType.kind === 'combined' ? String(checkType.connects) : checkType.kind;
  const how = checkType.kind.startsWith('external') ? checkCommand : service;
  const request = server.request ?? virtual.request;
  const receive = server.receive ?? virtual.receive;
  const target = serverLabel(virtual, server);
  const port = checkedPort(virtual, server);
  return [what, how, protocol, target, virtualHost, port, server.weight, httpMethod, request, receive].join(
    ':',
  );
}

function log(text: string): Effect {
  return { kind: 'log', text };
}
