import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { LabError, type LabErrorCode } from '../errors.ts';
import { cacheDirectory } from '../image/cache.ts';
import { halabVersion } from './version.ts';

/** Wrong usage or configuration: the user can mend it. */
const userExit = 2;
/** The lab could not tell: neither a pass nor a fail. */
const labExit = 3;

export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: 2 | 3;
  /** A defect of halab itself, of which the whole text is kept in a file. */
  readonly isUnexpected: boolean;
}

/** The one place where an error becomes a message on standard error and an exit code. */
export function fail(error: unknown, argv: readonly string[]): number {
  const { lines, exitCode, isUnexpected } = describeFailure(error);
  for (const line of lines) console.error(line);
  if (process.env['HALAB_DEBUG'] === '1') console.error(inspect(error));
  else if (isUnexpected) console.error(`the full text is in ${keepFullText(error, argv)}`);
  return exitCode;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof SuppressedError) return describeWithCleanUp(error);
  if (error instanceof CommanderError) return { ...mistake, lines: describeUsage(error) };
  if (error instanceof LabError) return describeLabError(error);
  const located = locatedProblems(error);
  if (located !== undefined) return { ...mistake, lines: located.map(renderLocated) };
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { exitCode: labExit, isUnexpected: true, lines: [`halab failed unexpectedly: ${reason}`] };
}

const mistake = { exitCode: userExit, isUnexpected: false } as const;

/** What went wrong comes first; that clean-up failed after it is told as well. */
function describeWithCleanUp({ suppressed, error }: SuppressedError): Failure {
  const first = describeFailure(suppressed);
  const [cleanUp = ''] = describeFailure(error).lines;
  return { ...first, lines: [...first.lines, `after that, clean-up failed too: ${cleanUp}`] };
}

/** Help that was printed for want of a command needs no words. */
function describeUsage({ code, message }: CommanderError): readonly string[] {
  if (code === 'commander.help') return [];
  return [
    message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?'),
    'see halab --help',
  ];
}

const exitCodes = {
  LAB_USAGE: userExit,
  LAB_QEMU_MISSING: userExit,
  LAB_TOOL_MISSING: userExit,
  LAB_IMAGE_SPACE: userExit,
  LAB_IMAGE_BUILD: labExit,
  LAB_NODE_BOOT: labExit,
  LAB_NODE_GONE: labExit,
  LAB_NODE_SILENT: labExit,
  LAB_COMMAND_FAILED: labExit,
  LAB_WIRES_GONE: labExit,
  LAB_NOT_RUNNING: labExit,
} as const satisfies Record<LabErrorCode, number>;

function describeLabError({ code, message, node, evidence }: LabError): Failure {
  const rows = [
    ...(node === undefined || message.includes(node) ? [] : [['node', node]]),
    ...evidence.map((path, index) => [index === 0 ? 'evidence' : '', path]),
    ...(code === 'LAB_USAGE' ? [] : [['code', code]]),
  ];
  return {
    exitCode: exitCodes[code],
    isUnexpected: false,
    lines: [message, ...rows.map(([label = '', text]) => `  ${label.padEnd(9)} ${text}`)],
  };
}

interface Located {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly text: string;
}

/** Errors about a file that somebody wrote carry all that is wrong with it, each with its place. */
function locatedProblems(error: unknown): readonly Located[] | undefined {
  if (!(error instanceof Error) || !('problems' in error) || !Array.isArray(error.problems)) return undefined;
  const problems = error.problems as readonly Partial<Located>[];
  const areLocated = problems.every(({ file, text }) => typeof file === 'string' && typeof text === 'string');
  return areLocated && problems.length > 0 ? (problems as readonly Located[]) : undefined;
}

function renderLocated({ file, line, column, text }: Located): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${text}`;
}

/** Enough to compare a few; nobody reads more. */
const textsKeptMax = 20;

function keepFullText(error: unknown, argv: readonly string[]): string {
  const text = [
    `halab ${halabVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `arguments: ${JSON.stringify(argv)}`,
    inspect(error, { depth: 6 }),
    '',
  ].join('\n');
  const name = `${new Date().toISOString().replaceAll(':', '')}-${process.pid}.txt`;
  try {
    const directory = join(cacheDirectory(), 'failures');
    mkdirSync(directory, { recursive: true });
    for (const old of readdirSync(directory)
      .sort()
      .slice(0, 1 - textsKeptMax))
      rmSync(join(directory, old), { force: true });
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  } catch {
    const path = join(tmpdir(), `halab-failure-${name}`);
    writeFileSync(path, text);
    return path;
  }
}
