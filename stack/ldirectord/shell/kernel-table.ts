import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Config } from '../config/model.ts';
import type { ProgramResult } from '../director/input.ts';
import { type Command, ipvsadmArguments } from '../table/command.ts';
import { parseProcIpVs } from '../table/proc-ip-vs.ts';
import type { ObservedTable } from '../table/table.ts';
import type { Settings } from './settings.ts';

/** The longest run of ipvsadm; loading the kernel modules on a busy machine takes a few seconds. */
const ipvsadmLimitMs = 15_000;

/** Reads the table without a fork. Before the kernel module is loaded there is no file, and no table. */
export function readTable(settings: Settings, config: Config): ObservedTable {
  const marks = config.virtuals.flatMap(({ address, family }) =>
    address.kind === 'mark' && family === 'ipv6' ? [address.mark] : [],
  );
  return parseProcIpVs(readProc(settings.procIpVs), new Set(marks));
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Runs commands. In one go they are lines for `ipvsadm -R`, which carries on after what the kernel refuses
 * and exits with the status of its last line, so only silence on standard error means that all went
 * well. (Measured with ipvsadm 1.31: a line it cannot read ends it at once.)
 */
export async function programTable(
  settings: Settings,
  commands: readonly Command[],
  oneByOne: boolean,
): Promise<ProgramResult> {
  if (!oneByOne) {
    const lines = commands.map((command) => `${ipvsadmArguments(command).join(' ')}\n`);
    const { exitCode, text } = await run(settings.ipvsadm, ['-R'], lines.join(''));
    return { kind: 'batch', ok: exitCode === 0 && text === '', text };
  }
  const results: { readonly ok: boolean; readonly text: string }[] = [];
  for (const command of commands) {
    const { exitCode, text } = await run(settings.ipvsadm, ipvsadmArguments(command), '');
    const result = { ok: exitCode === 0, text: text === '' ? `exit code ${exitCode}` : text };
    results.push(result);
    if (isHopeless(exitCode, text)) return { kind: 'one-by-one', results: commands.map(() => result) };
  }
  return { kind: 'one-by-one', results };
}

/** Without the program or the kernel's part, every command fails alike. */
function isHopeless(exitCode: number, text: string): boolean {
  return exitCode === notStarted || text.startsWith("Can't initialize ipvs");
}

/** What a shell reports for a program that cannot be started. */
const notStarted = 127;

interface Finished {
  readonly exitCode: number;
  /** Standard error, or why the program could not run. */
  readonly text: string;
}

function run(program: string, args: readonly string[], input: string): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: ipvsadmLimitMs,
      killSignal: 'SIGKILL',
    });
    let errors = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => {
      errors += chunk;
    });
    // A program that ends before it has read everything is judged by its exit.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', (error) => resolve({ exitCode: notStarted, text: error.message }));
    child.once('close', (code, signal) => {
      const ending = code === null ? `${program} was ended by ${signal}` : '';
      resolve({
        exitCode: code ?? 128,
        text: [errors.trim(), ending].filter((part) => part !== '').join('; '),
      });
    });
  });
}
