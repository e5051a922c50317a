/**
 * The director as a pure function: what it knows, what time it is and what happened give what it knows
 * then and what is to be done. The shell (shell/daemon.ts) has the clock, the sockets and the processes.
 */
import { after, type Duration, type Instant } from '../../time.ts';
import type { Config } from '../config/model.ts';
import { nothingKnown } from '../table/knowledge.ts';
import type { ObservedTable } from '../table/table.ts';
import { afterLook, startLook } from './config-watch.ts';
import type { Effect } from './effect.ts';
import type { Input } from './input.ts';
import { afterProgramming, afterReading, program, startGathered, startPass } from './programming.ts';
import { adoptConfig, initialServers, noteEntries } from './reload.ts';
import { applyOutcome, tellFallbackCommands } from './results.ts';
import { scheduleChecks, startDueChecks } from './schedule.ts';
import { lookInterval, type State } from './state.ts';

type Stepped = readonly [State, readonly Effect[]];

/** A director that has just come up: it asks for the table first. `configText` is what the configuration was read from. */
export function start(config: Config, configText: string, now: Instant): Stepped {
  const state: State = {
    phase: 'starting',
    stopSignal: undefined,
    config,
    servers: new Map(),
    checks: new Map(),
    nextRun: 1,
    toldFallback: new Map(),
    removed: [],
    knowledge: nothingKnown,
    work: { kind: 'reading' },
    programAt: undefined,
    failing: new Map(),
    passAt: after(now, config.checkInterval),
    lookAt: after(now, lookInterval),
    configText,
    candidate: undefined,
  };
  return [state, [{ kind: 'read-table' }]];
}

/** One step. Effects are to be begun in order. */
export function step(state: State, now: Instant, input: Input): Stepped {
  if (state.phase === 'stopped') return [state, []];
  const [told, effects] = react(state, now, input);
  const [last, due] = inOrder(told, [
    (current) => startDueChecks(current, now),
    (current) => startLook(current, now),
    (current) => startGathered(current, now),
    (current) => startPass(current, now),
  ]);
  return [last, [...effects, ...due]];
}

/** When the director wants its next tick at the latest. */
export function nextWake(state: State): Instant {
  const moments: Instant[] = [];
  if (state.phase === 'running') {
    moments.push(state.lookAt);
    for (const { dueAt } of state.checks.values()) if (dueAt !== undefined) moments.push(dueAt);
  }
  if (state.phase === 'running' && state.work.kind === 'idle') moments.push(state.passAt);
  if (state.programAt !== undefined && state.work.kind === 'idle') moments.push(state.programAt);
  return Math.min(...moments) as Instant;
}

function react(state: State, now: Instant, input: Input): Stepped {
  switch (input.kind) {
    case 'tick':
      return [state, []];
    case 'check-result':
      return applyOutcome(state, now, input.run, input.outcome);
    case 'table-read':
      return tableRead(state, now, input.table);
    case 'table-programmed': {
      const [next, effects] = afterProgramming(state, input.table, input.result);
      return [noteEntries(next), effects];
    }
    case 'config-seen':
      return afterLook(state, input.text);
    case 'config-loaded': {
      if (state.phase === 'stopping') return [state, []];
      const current: State = { ...state, configText: input.text, candidate: undefined };
      const notes = input.notes.map(log);
      if (!hasTable(state)) return [{ ...current, config: input.config }, notes];
      const [next, effects] = adoptConfig(current, now, input.config);
      return [next, [...notes, ...effects]];
    }
    case 'config-refused': {
      const configText = input.text ?? state.configText;
      return [{ ...state, configText, candidate: undefined }, input.notes.map(log)];
    }
    case 'reload-signal': {
      if (state.phase === 'stopping') return [state, []];
      return [state, [log('Reloading Linux Director Daemon config on signal'), { kind: 'load-config' }]];
    }
    case 'stop-signal':
      return stop(state, now, input.name);
    default:
      return input satisfies never;
  }
}

/** The first table shows what is served already; every later one, whether somebody changed it. */
function tableRead(state: State, now: Instant, shown: ObservedTable): Stepped {
  const next = afterReading(state, shown);
  if (hasTable(state) || state.phase === 'stopping') return program(noteEntries(next));
  const servers = initialServers(next.config, next.servers, next.knowledge.table);
  const checks = scheduleChecks(next.config, next.checks, now);
  return inOrder({ ...next, servers, checks }, [tellFallbackCommands, program]);
}

/** Whether the kernel's table was read at all. */
function hasTable(state: State): boolean {
  return state.knowledge !== nothingKnown;
}

/** A first signal asks to put the table in order and go; a second one to go. */
function stop(state: State, now: Instant, signal: string): Stepped {
  if (state.phase === 'stopping') {
    return [
      { ...state, phase: 'stopped' },
      [{ kind: 'exit', code: 1, reasons: [`a second signal, ${signal}, came`] }],
    ];
  }
  const cancels = [...state.checks.values()].flatMap(({ run }): Effect[] =>
    run === undefined ? [] : [{ kind: 'cancel-check', run }],
  );
  const instances = state.config.execute.map(
    (name): Effect => ({ kind: 'run-instance', name, action: 'stop' }),
  );
  const stopping: State = {
    ...state,
    phase: 'stopping',
    stopSignal: signal,
    checks: new Map(),
    failing: new Map(),
  };
  if (stopping.work.kind !== 'idle') return [{ ...stopping, programAt: now }, [...cancels, ...instances]];
  const [next, effects] = program(stopping);
  return [next, [...cancels, ...instances, ...effects]];
}

function inOrder(state: State, steps: readonly ((state: State) => Stepped)[]): Stepped {
  let current = state;
  const effects: Effect[] = [];
  for (const one of steps) {
    const [next, more] = one(current);
    current = next;
    effects.push(...more);
  }
  return [current, effects];
}

function log(text: string): Effect {
  return { kind: 'log', text };
}

/** The wait until `moment`, which may have passed. */
export function waitUntil(moment: Instant, now: Instant): Duration {
  return Math.max(0, moment - now) as Duration;
}
