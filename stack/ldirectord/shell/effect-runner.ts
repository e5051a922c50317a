import { appendFileSync } from 'node:fs';
import type { CheckOutcome } from '../checks/check.ts';
import { runCheck } from '../checks/run-check.ts';
import type { Config } from '../config/model.ts';
import type { Effect } from '../director/effect.ts';
import type { Input } from '../director/input.ts';
import { type ConfigLook, loadConfig, lookAtConfig } from './config-file.ts';
import type { DaemonOptions } from './daemon.ts';
import { programTable, readTable } from './kernel-table.ts';
import { monitorLine } from './log-line.ts';
import { isExecutable, runCommand, runInstance } from './run-command.ts';

type EffectOf<Kind extends Effect['kind']> = Effect & { readonly kind: Kind };

/** Carries out every effect but `exit`, which ends whoever carries them out. */
export interface EffectRunner {
  /** `config` is the one in force. */
  readonly carryOut: (effect: Exclude<Effect, { readonly kind: 'exit' }>, config: Config) => void;
  /** Lets go of the checks under way. */
  readonly abandonChecks: () => void;
}

/** `tell` takes what effects report; `fail` what should not happen. */
export function createEffectRunner(
  options: DaemonOptions,
  tell: (input: Input) => void,
  fail: (reason: unknown) => void,
): EffectRunner {
  const { settings, log } = options;
  const runs = new Map<number, AbortController>();
  const fallbackQueues = new Map<string, Promise<void>>();
  let look: ConfigLook = { stamp: '', text: options.text };

  const startCheck = async (effect: EffectOf<'start-check'>): Promise<void> => {
    const run = new AbortController();
    runs.set(effect.run, run);
    const outcome = (await maintenanceOf(effect)) ?? (await runCheck(effect.spec, run.signal, settings));
    runs.delete(effect.run);
    tell({ kind: 'check-result', run: effect.run, outcome });
  };

  const program = async (effect: EffectOf<'program-table'>, config: Config): Promise<void> => {
    const result = await programTable(settings, effect.commands, effect.oneByOne);
    tell({ kind: 'table-programmed', table: readTable(settings, config), result });
  };

  const load = async (config: Config): Promise<void> => {
    const loaded = await loadConfig(config.file);
    if (loaded.ok) tell({ kind: 'config-loaded', ...loaded });
    else tell({ kind: 'config-refused', text: loaded.text, notes: [...loaded.lines, ...loaded.notes] });
  };

  /** One at a time for each service, so that `stop` never overtakes the `start` before it. */
  const queueFallbackCommand = (effect: EffectOf<'run-fallback-command'>): void => {
    const { command, action, virtual, protocol } = effect;
    const line = `${command} ${action} ${virtual} ${protocol}`;
    const before = fallbackQueues.get(virtual) ?? Promise.resolve();
    fallbackQueues.set(
      virtual,
      before.then(() => runCommand('/bin/sh', ['-c', line], log)),
    );
  };

  const carryOut: EffectRunner['carryOut'] = (effect, config) => {
    switch (effect.kind) {
      case 'log':
        log(effect.text);
        break;
      case 'start-check':
        startCheck(effect).catch(fail);
        break;
      case 'cancel-check':
        runs.get(effect.run)?.abort();
        break;
      case 'read-table':
        tell({ kind: 'table-read', table: readTable(settings, config) });
        break;
      case 'program-table':
        program(effect, config).catch(fail);
        break;
      case 'append-monitor':
        appendMonitor(effect);
        break;
      case 'look-at-config':
        look = lookAtConfig(config.file, look);
        tell({ kind: 'config-seen', text: look.text });
        break;
      case 'load-config':
        load(config).catch(fail);
        break;
      case 'run-callback':
        if (isExecutable(effect.command)) runCommand(effect.command, [effect.configFile], log).catch(fail);
        break;
      case 'run-fallback-command':
        queueFallbackCommand(effect);
        break;
      case 'run-instance':
        runInstance(effect.name, effect.action, log);
        break;
      case 'ready':
        options.onReady(effect.failures);
        break;
      default:
        effect satisfies never;
    }
  };

  const abandonChecks = () => {
    for (const run of runs.values()) run.abort();
  };
  return { carryOut, abandonChecks };
}

async function maintenanceOf(effect: EffectOf<'start-check'>): Promise<CheckOutcome | undefined> {
  const { maintenance } = effect;
  if (maintenance === undefined) return undefined;
  const { checkMaintenance } = await import('../checks/maintenance.ts');
  return checkMaintenance(maintenance.directory, maintenance.address, maintenance.port);
}

function appendMonitor(effect: EffectOf<'append-monitor'>): void {
  const { path, realId, isUp, message } = effect;
  try {
    appendFileSync(path, `${monitorLine(new Date(), process.pid, realId, isUp, message)}\n`);
  } catch {
    // The file was writable when the configuration was read; without it, checks go on all the same.
  }
}
