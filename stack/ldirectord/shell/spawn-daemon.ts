import { spawn } from 'node:child_process';
import type { Duration } from '../../time.ts';
import { type Readiness, readReadiness } from './readiness.ts';

/**
 * Starts this program again as a daemon: in a session of its own, without terminal, and waits until it
 * is ready or has failed.
 */
export function spawnDaemon(
  configPath: string,
  isDefaultConfig: boolean,
  limit: Duration,
): Promise<Readiness> {
  const [entry = ''] = process.argv.slice(1);
  const args = [...process.execArgv, entry, ...(isDefaultConfig ? [] : [configPath]), 'run'];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const pipe = child.stdio[3];
    let told = '';
    const lateLine = `ldirectord: no table was written within ${limit / 1000} s; the daemon is still trying`;
    const timer = setTimeout(() => finish({ ready: false, exitCode: 1, lines: [lateLine] }), limit);
    const finish = (readiness: Readiness) => {
      clearTimeout(timer);
      child.unref();
      pipe?.destroy();
      resolve(readiness);
    };
    child.once('error', (error) =>
      finish({ ready: false, exitCode: 1, lines: [`ldirectord: ${error.message}`] }),
    );
    pipe?.on('data', (chunk: Buffer) => {
      told += chunk.toString('utf8');
    });
    pipe?.once('close', () => finish(readReadiness(told)));
  });
}
