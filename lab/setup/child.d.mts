import type { ChildProcess, SpawnOptions } from 'node:child_process';

/** Runs a program on this one's terminal, with its signals; resolves with the exit code. */
export declare function runInPlace(
  program: string,
  argv: readonly string[],
  options?: SpawnOptions,
): Promise<number>;

/** Resolves when the child and its output have ended; hands signals on until then. */
export declare function supervise(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
