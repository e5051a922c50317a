import { spawn } from 'node:child_process';
import type { ExecAnswer, ExecRequest } from './protocol.ts';

/** Runs one program in a process group of its own, so that a limit ends everything it started. */
export function runProgram(request: ExecRequest): Promise<ExecAnswer> {
  return new Promise((done, fail) => {
    const [program = '', ...rest] = request.argv;
    const child = spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, request.timeoutMs);
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    child.on('error', (error) => {
      clearTimeout(limit);
      fail(error);
    });
    const finish = (exitCode: number | null, signal: string | null) => {
      clearTimeout(limit);
      done({
        exitCode,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        timedOut,
      });
    };
    child.on('close', finish);
    // A daemon that keeps the pipes open must not hold back the answer of the program that started it.
    child.on('exit', (exitCode, signal) => setTimeout(() => finish(exitCode, signal), 50));
    child.stdin.on('error', () => {});
    child.stdin.end(request.input ?? '');
  });
}
