import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { missingAbilities } from '../abilities.ts';
import type { Config } from '../config/model.ts';
import { parseConfig } from '../config/parse.ts';
import { byPosition, type Problem, renderProblem } from '../config/problem.ts';
import { hostNamesOf, nameKey, resolveNames } from '../config/resolve-names.ts';
import type { Settings } from './settings.ts';

/** The full path of a configuration, or `undefined` when there is none of that name. */
export function findConfig(settings: Settings, name: string): string | undefined {
  const candidates = [...settings.configDirectories.map((directory) => join(directory, name)), resolve(name)];
  return candidates.find((path) => existsSync(path));
}

/** Lines are rendered problems; `notes` are rendered warnings. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config; readonly text: string; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      /** `undefined` when it could not be read. */
      readonly text: string | undefined;
      readonly lines: readonly string[];
      readonly notes: readonly string[];
    };

/** Reads a configuration and says what is wrong with it, without asking the network. */
export function readConfig(path: string): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, text: undefined, lines: [`${path}: error: cannot be read: ${reason}`], notes: [] };
  }
  const parsed = parseConfig(text, path);
  if (!parsed.ok)
    return { ok: false, text, lines: errorLines(parsed.problems), notes: noteLines(parsed.warnings) };
  const missing = missingAbilities(parsed.config);
  const notes = noteLines([...parsed.warnings, ...missing.warnings]);
  if (missing.problems.length > 0) return { ok: false, text, lines: errorLines(missing.problems), notes };
  return { ok: true, config: parsed.config, text, notes };
}

/** Reads a configuration for use: host names become addresses, and monitor files must be writable. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const loaded = readConfig(path);
  if (!loaded.ok) return loaded;
  const { text } = loaded;
  const resolution = resolveNames(loaded.config, await lookUpNames(loaded.config));
  const problems = [...(resolution.ok ? [] : resolution.problems), ...unwritableMonitors(loaded.config)];
  const notes = [...loaded.notes, ...noteLines(missingDirectories(loaded.config))];
  if (!resolution.ok || problems.length > 0) return { ok: false, text, lines: errorLines(problems), notes };
  return { ok: true, config: resolution.config, text, notes };
}

/** What a file held, with what tells at the price of one system call whether it may have changed since. */
export interface ConfigLook {
  readonly stamp: string;
  readonly text: string;
}

/** Looks at a file again. A file that is gone looks unchanged: it is being replaced. */
export function lookAtConfig(path: string, before: ConfigLook): ConfigLook {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    return stamp === before.stamp ? before : { stamp, text: readFileSync(path, 'utf8') };
  } catch {
    return before;
  }
}

async function lookUpNames(config: Config): Promise<ReadonlyMap<string, string>> {
  const names = hostNamesOf(config);
  const addresses = new Map<string, string>();
  if (names.length === 0) return addresses;
  const { lookup } = await import('node:dns/promises');
  await Promise.all(
    names.map(async ({ name, family }) => {
      const answer = await lookup(name, { family: family === 'ipv4' ? 4 : 6 }).catch(() => undefined);
      if (answer !== undefined) addresses.set(nameKey(name, family), answer.address);
    }),
  );
  return addresses;
}

function unwritableMonitors(config: Config): readonly Problem[] {
  return config.virtuals.flatMap(({ monitorFile }) => {
    if (monitorFile === undefined) return [];
    try {
      closeSync(openSync(monitorFile.path, 'a'));
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [
        { at: monitorFile.at, text: `monitorfile: found a file that cannot be appended to: ${reason}` },
      ];
    }
  });
}

function missingDirectories(config: Config): readonly Problem[] {
  const directory = config.maintenanceDirectory;
  if (directory === undefined || existsSync(directory.path)) return [];
  return [{ at: directory.at, text: `maintenancedir: ${directory.path} does not exist` }];
}

function errorLines(problems: readonly Problem[]): readonly string[] {
  return problems.toSorted(byPosition).map((problem) => renderProblem(problem, 'error'));
}

function noteLines(warnings: readonly Problem[]): readonly string[] {
  return warnings.toSorted(byPosition).map((warning) => renderProblem(warning, 'warning'));
}
