import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { receivedError } from './control-protocol.ts';
import type { LabStatus } from './lab-status.ts';
import type { OwnerNews, OwnerOrder } from './owner-protocol.ts';

/** An owner that starts leaves at once when told to. */
const leaveLimitMs = 5000;

const stderrBytesKept = 4096;

/** An owner that is on its way. It has a session of its own, so that no terminal's signals reach it. */
export interface StartingOwner {
  /** Rejects with the owner's own error. When it resolves, the owner needs nobody any more. */
  readonly ready: Promise<LabStatus>;
  /** Resolves when the owner is gone. */
  stop(): Promise<void>;
}

export function startOwner(order: OwnerOrder, onProgress: (text: string) => void): StartingOwner {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./owner.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(),
  });
  const exited = once(child, 'exit');
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  return {
    ready: untilReady(child, onProgress).finally(() => letGo(child)),
    stop: async () => {
      child.stdin?.end();
      const limit = setTimeout(() => child.kill('SIGKILL'), leaveLimitMs);
      if (child.exitCode === null && child.signalCode === null) await exited;
      clearTimeout(limit);
    },
  };
}

function untilReady(child: ChildProcess, onProgress: (text: string) => void): Promise<LabStatus> {
  return new Promise((done, fail) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrBytesKept);
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const news = JSON.parse(line) as OwnerNews;
      if ('progress' in news) onProgress(news.progress);
      else if ('ready' in news) done(news.ready);
      else fail(receivedError(news.failed));
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const text = `the owner of the lab ended while it started (${signal ?? `exit code ${code}`})`;
      fail(new LabError('LAB_NOT_RUNNING', text, stderr === '' ? {} : { cause: new Error(stderr.trim()) }));
    });
  });
}

/** Nothing of the owner keeps this process alive. */
function letGo(child: ChildProcess): void {
  child.stdin?.end();
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

function environment(): NodeJS.ProcessEnv {
  // A debugger or loader of this process is not the lab's.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const cache = getCompileCacheDir();
  return cache === undefined ? env : { ...env, NODE_COMPILE_CACHE: cache };
}
