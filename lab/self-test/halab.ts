import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunReport } from '../../reports/run-report.ts';

/** The command as a user starts it. */
export const launcher = fileURLToPath(new URL('../cli/halab.mjs', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

export function startHalab(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Started {
  const child = spawn(process.execPath, [launcher, ...argv], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((done) =>
    child.on('close', (exitCode, signal) => done({ exitCode, signal, stdout, stderr })),
  );
  return { child, finished };
}

export function halab(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return startHalab(argv, options).finished;
}

export interface ConformanceRun extends Finished {
  readonly directory: string;
  readonly report: RunReport;
}

/** One `halab run` into a folder of its own. */
export async function conformanceRun(argv: readonly string[]): Promise<ConformanceRun> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-self-'));
  const finished = await halab(['run', ...argv, '--out', directory]);
  const report = JSON.parse(readFileSync(join(directory, 'verdicts.json'), 'utf8')) as RunReport;
  return { ...finished, directory, report };
}

export function idsWith(report: RunReport, verdict: string): readonly string[] {
  return report.verdicts.filter((one) => one.verdict === verdict).map(({ id }) => id);
}
