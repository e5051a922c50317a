import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabError } from '../errors.ts';
import { nearestName } from '../topology/nearest-name.ts';
import type { Subject } from './subject.ts';

const builtIn = new URL('../../subjects/', import.meta.url).pathname;

/** Subjects that come with the lab, by name. */
export function subjectNames(): readonly string[] {
  return readdirSync(builtIn)
    .filter((name) => name.endsWith('.ts') && name !== 'template.ts' && !name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .sort();
}

/** The file behind a built-in name or a path. Throws a `LabError` with code LAB_USAGE that names what there is. */
export function findSubject(nameOrPath: string, workingDirectory = process.cwd()): string {
  const looksLikePath = nameOrPath.includes('/') || /\.[cm]?[jt]s$/.test(nameOrPath);
  const path = looksLikePath ? resolve(workingDirectory, nameOrPath) : join(builtIn, `${nameOrPath}.ts`);
  if (existsSync(path)) return path;
  if (looksLikePath) throw new LabError('LAB_USAGE', `subject file ${nameOrPath} does not exist`);
  const nearest = nearestName(nameOrPath, subjectNames());
  throw new LabError(
    'LAB_USAGE',
    `no subject is called "${nameOrPath}"; there are ${subjectNames().join(', ')}, or a path to a file` +
      (nearest === undefined ? '' : `; did you mean "${nearest}"?`),
  );
}

/** Loads the one subject that a file exports, under any name. */
export async function loadSubject(path: string): Promise<Subject> {
  const shown = displayPath(path);
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new LabError(
      'LAB_USAGE',
      `subject file ${shown} does not load: ${(error as Error).message.split('\n', 1)[0]}`,
      { cause: error },
    );
  }
  const found = Object.entries(exports).filter(([, value]) => looksLikeSubject(value));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const names = Object.keys(exports).join(', ') || 'nothing';
    throw new LabError(
      'LAB_USAGE',
      `subject file ${shown} must export exactly one subject (an object with name, version, setUp, start and stop); it exports ${names}`,
    );
  }
  const missing = ['name', 'version', 'setUp', 'start', 'stop', 'logFiles'].filter(
    (key) => !(key in (only[1] as object)),
  );
  if (missing.length > 0) {
    throw new LabError(
      'LAB_USAGE',
      `subject "${only[0]}" in ${shown} lacks ${missing.join(', ')}; subjects/template.ts shows all members`,
    );
  }
  return only[1] as Subject;
}

function looksLikeSubject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'setUp' in value && 'name' in value;
}

function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
