import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** What the pid file of an instance says. */
export type Running =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'stopped' }
  /** The file names a process that is gone, or is not ldirectord. */
  | { readonly kind: 'stale' };

export function pidFileOf(settings: Settings, instance: string): string {
  return join(settings.runDirectory, `ldirectord.${instance}.pid`);
}

/** Whether the daemon that wrote the pid file is there. */
export function runningInstance(pidFile: string): Running {
  const text = readOrNothing(pidFile);
  if (text === undefined) return { kind: 'stopped' };
  const pid = Number(text.trim());
  const isRunning = Number.isInteger(pid) && pid > 0 && pid !== process.pid && isLdirectord(pid);
  return isRunning ? { kind: 'running', pid } : { kind: 'stale' };
}

/** Whether the process is there and is ldirectord; a dead one that nobody waited for has no command line. */
export function isLdirectord(pid: number): boolean {
  return readOrNothing(`/proc/${pid}/cmdline`)?.includes('ldirectord') ?? false;
}

/** Writes the pid file, unless another instance is there. */
export function claimPidFile(pidFile: string): Running {
  // Two attempts: the first may find the file of a daemon that is gone.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(pidFile, `${process.pid}\n`, { flag: 'wx' });
      return { kind: 'stopped' };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const running = runningInstance(pidFile);
    if (running.kind === 'running') return running;
    rmSync(pidFile, { force: true });
  }
  throw new Error(`${pidFile} is written by somebody else at this moment`);
}

/** Removes the pid file when it is this process's. */
export function releasePidFile(pidFile: string): void {
  if (readOrNothing(pidFile)?.trim() === String(process.pid)) rmSync(pidFile, { force: true });
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
