import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Log } from './log.ts';

/** The longest run of a fallback command or callback, after which it gets SIGKILL. */
const commandLimitMs = 60_000;

/** Whether a file is there and may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end; what goes wrong is logged. */
export function runCommand(program: string, args: readonly string[], log: Log): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: commandLimitMs, killSignal: 'SIGKILL' });
    const done = (text: string | undefined) => {
      if (text !== undefined) log(`system(${[program, ...args].join(' ')}) failed: ${text}`);
      resolve();
    };
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => {
      if (code === 0) done(undefined);
      else done(code === null ? `ended by ${signal}` : `exit code ${code}`);
    });
  });
}

/** Tells the instance of another configuration, which lives on when this one ends. */
export function runInstance(name: string, action: string, log: Log): void {
  const [entry = ''] = process.argv.slice(1);
  const args = [...process.execArgv, entry, name, action];
  const child = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
  child.once('error', (error) => log(`execute ${name} ${action} failed: ${error.message}`));
  child.unref();
}
