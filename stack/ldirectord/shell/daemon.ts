/**
 * The shell around the director: it has the clock and the signals, feeds `step`, and has the effects
 * carried out in order. It decides nothing.
 */
import type { Instant } from '../../time.ts';
import type { Config } from '../config/model.ts';
import type { Effect } from '../director/effect.ts';
import type { Input } from '../director/input.ts';
import { nextWake, start, step, waitUntil } from '../director/step.ts';
import { createEffectRunner } from './effect-runner.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

export interface DaemonOptions {
  readonly settings: Settings;
  readonly config: Config;
  /** What `config` was read from. */
  readonly text: string;
  readonly log: Log;
  /** The first table is written, except for what failed. */
  readonly onReady: (failures: readonly string[]) => void;
}

export interface DaemonEnd {
  readonly code: number;
  readonly reasons: readonly string[];
}

/** Timers of Node fire at once when set further ahead. */
const timerMostMs = 2 ** 31 - 1;

/** Runs the director until it ends. Rejects when the program itself fails. */
export function runDaemon(options: DaemonOptions): Promise<DaemonEnd> {
  return new Promise((resolve, reject) => {
    let [state, effects]: readonly [ReturnType<typeof start>[0], readonly Effect[]] = start(
      options.config,
      options.text,
      now(),
    );
    const inputs: Input[] = [];
    let timer: NodeJS.Timeout | undefined;
    let isStepping = false;
    let hasEnded = false;

    /** Inputs that come while effects are carried out wait for their turn. */
    const tell = (input: Input) => {
      inputs.push(input);
      if (!isStepping) attempt(takeSteps);
    };
    const takeSteps = () => {
      isStepping = true;
      for (let input = inputs.shift(); input !== undefined && !hasEnded; input = inputs.shift()) {
        [state, effects] = step(state, now(), input);
        for (const effect of effects) carryOut(effect);
      }
      isStepping = false;
      clearTimeout(timer);
      if (hasEnded) return;
      const wait = Math.min(waitUntil(nextWake(state), now()), timerMostMs);
      timer = setTimeout(tell, wait, { kind: 'tick' });
    };
    const runner = createEffectRunner(options, tell, reject);
    const carryOut = (effect: Effect) => {
      if (effect.kind !== 'exit') return runner.carryOut(effect, state.config);
      hasEnded = true;
      runner.abandonChecks();
      resolve({ code: effect.code, reasons: effect.reasons });
    };
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        hasEnded = true;
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };

    handleSignals(tell);
    attempt(() => {
      isStepping = true;
      for (const effect of effects) carryOut(effect);
      takeSteps();
    });
  });
}

/** Monotonic: stepping the clock of the machine must not let checks run early or late. */
function now(): Instant {
  return performance.now() as Instant;
}

/**
 * Signals that ask for an orderly stop. Those by which a crash shows (SEGV, BUS, FPE, ILL) are left alone:
 * Node cannot run JavaScript after them.
 */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGSYS', 'SIGXCPU', 'SIGXFSZ'] as const;

function handleSignals(tell: (input: Input) => void): void {
  for (const signal of stopSignals) {
    process.on(signal, () => tell({ kind: 'stop-signal', name: signal.slice('SIG'.length) }));
  }
  process.on('SIGHUP', () => tell({ kind: 'reload-signal' }));
}
