import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Location, locationOf } from './locate.ts';
import type { LocatedProblem } from './problem.ts';
import { tokenize } from './source-tokens.ts';

export interface SourceFile {
  /** Absolute path. */
  readonly file: string;
  readonly source: string;
  /** A path as it appears in messages. */
  readonly show: (file: string) => string;
}

/** Why a source file could not be loaded, at the place that the runtime or the text gives away. */
export async function locateLoadFailure(error: unknown, source: SourceFile): Promise<LocatedProblem> {
  const file = source.show(source.file);
  if (!(error instanceof Error)) {
    return { file, text: `does not load: it throws ${String(error)}` };
  }
  const [reason = ''] = error.message.split('\n');
  const text = `does not load: ${reason.replace(` imported from ${source.file}`, '')}`;
  const drawn =
    arrowIn(error.stack ?? '') ??
    (error.name === 'SyntaxError' ? await arrowOfCheck(source.file) : undefined);
  if (drawn !== undefined) {
    return { file: source.show(drawn.file), line: drawn.line, column: drawn.column, text };
  }
  return { file, ...(locateImport(error.message, source) ?? locateFrame(error, source)), text };
}

/**
 * The place that Node draws above a syntax error:
 *
 *     file:///lab/mine.ts:3
 *     export const mine = {
 *       a: = 3,
 *          ^
 */
function arrowIn(text: string): (Location & { readonly file: string }) | undefined {
  const match = /^(\S.*):(\d+)\n(?:.*\n){0,3}?([ \t]*)\^/.exec(text);
  if (match === null) return undefined;
  const [, place = '', line, indent = ''] = match;
  const file = place.startsWith('file:') ? fileURLToPath(place) : place;
  return { file, line: Number(line), column: indent.length + 1 };
}

/** V8 keeps the place of a syntax error in an ES module to itself; `node --check` prints it. */
async function arrowOfCheck(file: string): Promise<ReturnType<typeof arrowIn>> {
  // TypeScript has its place in the error already, and --check would stumble over its types.
  if (file.endsWith('.ts')) return undefined;
  const stderr = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--check', file], (_error, _stdout, output) => resolve(output));
  });
  return arrowIn(stderr);
}

const missing = /^Cannot find (?:module|package) '([^']+)' imported from /;
const missingExport = /^The requested module '([^']+)' does not provide an export named '([^']+)'/;

/** The import that failed, found again in the text. */
function locateImport(message: string, { file, source }: SourceFile): Location | undefined {
  const tokens = tokenize(source);
  const specifier = missing.exec(message)?.[1];
  const [, module, name] = missingExport.exec(message) ?? [];
  const found =
    tokens.find(({ kind, text }) => kind === 'word' && text === name) ??
    tokens.find(({ kind, text }) => {
      if (kind !== 'string') return false;
      if (text === module || text === specifier) return true;
      if (specifier === undefined) return false;
      return text.startsWith(`${specifier}/`) || path.resolve(path.dirname(file), text) === specifier;
    });
  return found && locationOf(source, found.offset);
}

/** The innermost call in the file itself, from the stack of an error that it throws. */
function locateFrame(error: Error, { file }: SourceFile): Location | undefined {
  for (const line of error.stack?.split('\n') ?? []) {
    const [, place = '', row, column] = /\(?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(line.trim()) ?? [];
    const at = place.startsWith('file:') ? fileURLToPath(place) : place.replace(/^at /, '');
    if (at === file) return { line: Number(row), column: Number(column) };
  }
  return undefined;
}
