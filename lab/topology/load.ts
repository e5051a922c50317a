import { access, readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { Topology } from './define.ts';
import { locateLoadFailure, type SourceFile } from './load-failure.ts';
import { type Location, locateOther, locateProblem, locationOf } from './locate.ts';
import { nearestName } from './nearest-name.ts';
import { describeProblem, type LocatedProblem, TopologyError, type TopologyProblem } from './problem.ts';
import { oneOfThese } from './shape-reader.ts';
import { tokenize } from './source-tokens.ts';
import { validateTopology } from './validate.ts';

export interface LoadOptions {
  /** Directory of the built-in topologies: `<searchDirectory>/<name>.ts`. */
  readonly searchDirectory: string;
  /** What relative paths count from, and what paths in messages are relative to. Default: the process's own. */
  readonly workingDirectory?: string;
}

const extensions = ['.ts', '.js', '.mjs'];

/**
 * The topology of that name, or the one that a file exports under any name. A path has a slash or an
 * extension; anything else is a name. Throws a `TopologyError` with everything that is wrong: no such file, a
 * file that does not load, no topology or several in it, a topology that breaks rules.
 */
export async function loadTopology(nameOrPath: string, options: LoadOptions): Promise<Topology> {
  const workingDirectory = options.workingDirectory ?? process.cwd();
  const file = await findFile(nameOrPath, options.searchDirectory, workingDirectory);
  const source = await readFile(file, 'utf8');
  const show = (other: string) => showPath(other, workingDirectory);
  const shown = show(file);
  const exported = await importFile({ file, source, show });
  const topology = onlyTopology(exported, shown, source);
  const problems = validateTopology(topology);
  if (problems.length > 0) throw new TopologyError(locateAll(problems, shown, source));
  return topology as Topology;
}

function isPath(nameOrPath: string): boolean {
  return /[/\\.]/.test(nameOrPath);
}

async function findFile(
  nameOrPath: string,
  searchDirectory: string,
  workingDirectory: string,
): Promise<string> {
  if (!isPath(nameOrPath)) {
    const file = path.resolve(workingDirectory, searchDirectory, `${nameOrPath}.ts`);
    if (await exists(file)) return file;
    const known = await topologyNames(path.dirname(file));
    throw new TopologyError([
      {
        file: nameOrPath,
        text: describeMissing(
          'no topology has this name',
          nameOrPath,
          known,
          'the path of a .ts, .js or .mjs file',
        ),
      },
    ]);
  }
  const file = path.resolve(workingDirectory, nameOrPath);
  const shown = showPath(file, workingDirectory);
  if (!(await exists(file))) {
    const neighbours = (await namesIn(path.dirname(file))).filter((name) =>
      extensions.includes(path.extname(name)),
    );
    throw new TopologyError([
      { file: shown, text: describeMissing('no such file', path.basename(file), neighbours) },
    ]);
  }
  const isDirectory = (await stat(file)).isDirectory();
  if (isDirectory || !extensions.includes(path.extname(file))) {
    const found = isDirectory ? 'a directory' : 'not a topology file';
    throw new TopologyError([{ file: shown, text: `${found}; expected a .ts, .js or .mjs file` }]);
  }
  return file;
}

/** Names of the built-in topologies in a directory, sorted. */
export async function topologyNames(directory: string): Promise<readonly string[]> {
  const names = await namesIn(directory);
  return names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .toSorted();
}

function describeMissing(text: string, found: string, known: readonly string[], otherwise?: string): string {
  const nearest = nearestName(found, known);
  const allowed = [
    ...(known.length === 0 ? [] : [oneOfThese(known)]),
    ...(otherwise === undefined ? [] : [otherwise]),
  ];
  const expected = allowed.length === 0 ? '' : `; expected ${allowed.join(', or ')}`;
  return `${text}${expected}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

async function importFile(source: SourceFile): Promise<unknown> {
  try {
    return await runFile(source.file);
  } catch (error) {
    throw new TopologyError([await locateLoadFailure(error, source)], { cause: error });
  }
}

async function runFile(file: string): Promise<unknown> {
  try {
    // Not import(): a test runner replaces that by its own loader, and syntax errors lose their place.
    return createRequire(import.meta.url)(file);
  } catch (error) {
    const isAsynchronous =
      error instanceof Error && 'code' in error && error.code === 'ERR_REQUIRE_ASYNC_MODULE';
    if (!isAsynchronous) throw error;
    return await import(pathToFileURL(file).href);
  }
}

function onlyTopology(exported: unknown, shown: string, source: string): unknown {
  // What a CommonJS file assigns to `module.exports` may be the topology itself.
  const entries: [string, unknown][] =
    isTopologyLike(exported) && !types.isModuleNamespaceObject(exported)
      ? [['module.exports', exported]]
      : Object.entries((exported ?? {}) as Record<string, unknown>);
  const topologies = entries
    .filter(([, value]) => isTopologyLike(value))
    // The same object under its name and as the default export is one topology.
    .filter(([, value], index, all) => all.findIndex(([, other]) => other === value) === index);
  const [first, second] = topologies;
  if (first === undefined) {
    const names = entries.map(([name]) => name).filter((name) => name !== '__esModule');
    const found = names.length === 0 ? 'exports nothing' : `exports no topology, but ${names.join(', ')}`;
    throw new TopologyError([
      { file: shown, text: `${found}; expected export const … = defineTopology({ … })` },
    ]);
  }
  if (second !== undefined) {
    const names = topologies.map(([name]) => name);
    throw new TopologyError([
      {
        file: shown,
        ...locateExport(second[0], source),
        text: `exports ${names.length} topologies (${names.join(', ')}); expected one in each file`,
      },
    ]);
  }
  return first[1];
}

/** Recognised by one key alone, so that a topology with the other one misspelt is told so. */
function isTopologyLike(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Object.hasOwn(value, 'nodes') || Object.hasOwn(value, 'segments'))
  );
}

function locateExport(name: string, source: string): Location | undefined {
  const tokens = tokenize(source);
  const found = tokens.find(
    ({ text }, index) =>
      text === name && ['export', 'const', 'let', 'var'].includes(tokens[index - 1]?.text ?? ''),
  );
  return found && locationOf(source, found.offset);
}

/** In the order of the file. */
function locateAll(problems: readonly TopologyProblem[], file: string, source: string): LocatedProblem[] {
  return problems
    .map((problem) => ({
      file,
      ...locateProblem(problem, source),
      text: describeProblem(problem, locateOther(problem, source)?.line),
    }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function showPath(file: string, workingDirectory: string): string {
  const relative = path.relative(workingDirectory, file);
  if (relative === '') return '.';
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}
