/**
 * Keeping the kernel's table as wanted. One thing at a time:
 *
 *   idle ── pass due ──► reading ──► (as wanted) ──► idle
 *                           │ differs
 *   idle ── changes ──► programming: all in one `ipvsadm -R`; the table is read again
 *                           │ still differs in what was tried
 *                           ▼
 *                       programming: one by one, each failure reported ──► idle, tried again next pass
 *
 * Changes that come meanwhile are gathered, and written when the work at hand is done.
 */
import { after, type Instant } from '../../time.ts';
import { virtualId } from '../config/model.ts';
import { type Command, ipvsadmArguments } from '../table/command.ts';
import { isConfirmed } from '../table/confirm.ts';
import { learn } from '../table/knowledge.ts';
import { plan } from '../table/plan.ts';
import type { ObservedTable } from '../table/table.ts';
import type { Effect } from './effect.ts';
import type { ProgramResult } from './input.ts';
import { commandFailedText, commandText } from './log-text.ts';
import { gatherTime, type State } from './state.ts';
import { wantedTable } from './wanted.ts';

type Stepped = readonly [State, readonly Effect[]];

/** Notes that the wanted table may have changed; it is written after a moment in which more may come. */
export function gatherChanges(state: State, now: Instant): State {
  return { ...state, programAt: state.programAt ?? after(now, gatherTime) };
}

/** Asks for the table when a pass is due. */
export function startPass(state: State, now: Instant): Stepped {
  if (state.work.kind !== 'idle' || state.passAt > now || state.phase !== 'running') return [state, []];
  const passAt = after(now, state.config.checkInterval);
  return [{ ...state, work: { kind: 'reading' }, passAt }, [{ kind: 'read-table' }]];
}

/** Writes the gathered changes when it is time. */
export function startGathered(state: State, now: Instant): Stepped {
  if (state.work.kind !== 'idle' || state.programAt === undefined || state.programAt > now)
    return [state, []];
  return program(state);
}

/** Begins to write what differs, all at once; nothing when the table is as wanted. */
export function program(state: State): Stepped {
  const commands = plan(wantedTable(state), state.knowledge.table);
  const idle: State = { ...state, work: { kind: 'idle' }, programAt: undefined };
  if (commands.length === 0) return settled(idle);
  return programming(idle, commands, false);
}

/** The table was read at a pass, or at the start. */
export function afterReading(state: State, shown: ObservedTable): State {
  return { ...state, knowledge: learn(state.knowledge, [], shown), work: { kind: 'idle' } };
}

/** The commands ran, and the table was read again. */
export function afterProgramming(state: State, shown: ObservedTable, result: ProgramResult): Stepped {
  const { work } = state;
  if (work.kind !== 'programming') return [state, []];
  const before = state.knowledge.table;
  const succeeded = work.commands.filter((command, index) => {
    if (result.kind === 'one-by-one') return result.results[index]?.ok;
    // One error does not tell which command it belongs to. The kernel takes a command whole or not at all, so
    // those of which a part came to show succeeded; the others are not trusted.
    return result.ok || (isConfirmed(command, shown) && !isConfirmed(command, before));
  });
  const knowledge = learn(state.knowledge, succeeded, shown);
  const failing = new Map(state.failing);
  const effects: Effect[] = [];
  for (const [index, command] of work.commands.entries()) {
    const line = commandLine(command);
    const own = result.kind === 'one-by-one' ? result.results[index] : undefined;
    if (own === undefined ? !(succeeded.includes(command) && isConfirmed(command, shown)) : !own.ok) {
      if (own !== undefined && !failing.has(line)) effects.push(log(commandFailedText(line, own.text)));
      if (own !== undefined) failing.set(line, own.text);
      continue;
    }
    failing.delete(line);
    const text = commandText(command, before, state.phase === 'stopping' ? 'stop' : 'start');
    if (text !== undefined) effects.push(log(text));
  }
  const next: State = { ...state, knowledge, failing, work: { kind: 'idle' } };
  const [last, more] = afterAttempt(next, work.oneByOne);
  return [last, [...effects, ...more]];
}

/**
 * What is left to do after an attempt. What came meanwhile begins anew; what failed is tried one by one, once;
 * then it rests until the next pass, so that no kernel that refuses can keep the daemon busy.
 */
function afterAttempt(state: State, wasOneByOne: boolean): Stepped {
  if (state.programAt !== undefined) return program(state);
  const commands = plan(wantedTable(state), state.knowledge.table);
  const isUnexplained = (command: Command) => !state.failing.has(commandLine(command));
  if (!wasOneByOne && commands.some(isUnexplained)) return programming(state, commands, true);
  return settled(state);
}

function programming(state: State, commands: readonly Command[], oneByOne: boolean): Stepped {
  const work = { kind: 'programming', commands, oneByOne } as const;
  return [{ ...state, work }, [{ kind: 'program-table', commands, oneByOne }]];
}

/** The table is as wanted, or as near to it as the kernel allows. */
function settled(state: State): Stepped {
  const { table } = state.knowledge;
  if (state.phase === 'stopping') return stopped(state);
  const removed = state.removed.filter(({ name }) => table.has(virtualId(name)));
  if (state.phase !== 'starting') return [{ ...state, removed }, []];
  const { virtuals } = state.config;
  const failures = [...state.failing].map(([line, reason]) => commandFailedText(line, reason));
  if (virtuals.length > 0 && !virtuals.some((virtual) => table.has(virtualId(virtual)))) {
    return [{ ...state, phase: 'stopped' }, [{ kind: 'exit', code: 1, reasons: failures }]];
  }
  const instances = state.config.execute.map(
    (name): Effect => ({ kind: 'run-instance', name, action: 'start' }),
  );
  return [{ ...state, removed, phase: 'running' }, [{ kind: 'ready', failures }, ...instances]];
}

function stopped(state: State): Stepped {
  const text = `Linux Director Daemon terminated on signal: ${state.stopSignal}`;
  return [{ ...state, phase: 'stopped' }, [log(text), { kind: 'exit', code: 0, reasons: [] }]];
}

function commandLine(command: Command): string {
  return `ipvsadm ${ipvsadmArguments(command).join(' ')}`;
}

function log(text: string): Effect {
  return { kind: 'log', text };
}
