import { spawn } from 'node:child_process';
import { type Check, down, type ExternalSpec, up } from './check.ts';

/** What a command gets to end after SIGTERM, in milliseconds. */
const graceMs = 1000;

/**
 * Up when the command exits with 0. It gets the virtual address or mark, the virtual port, the real
 * server's address and port. When its time is over it gets SIGTERM, and a moment later everything it
 * started gets SIGKILL.
 */
export const checkExternal: Check<ExternalSpec> = (spec, signal) =>
  new Promise((resolve) => {
    // A process group of its own, so that children of a shell script end with it.
    const child = spawn(spec.command, spec.args, { stdio: 'ignore', detached: true });
    let deadline: NodeJS.Timeout | undefined;
    const terminate = () => {
      child.kill('SIGTERM');
      deadline = setTimeout(() => killGroup(child.pid), graceMs);
    };
    signal.addEventListener('abort', terminate, { once: true });
    child.once('error', (error) => resolve(down(error.message)));
    child.once('exit', (code, killedBy) => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', terminate);
      if (code === 0) resolve(up());
      else
        resolve(
          down(
            code === null ? `${spec.command} ended by ${killedBy}` : `${spec.command} exited with ${code}`,
          ),
        );
    });
  });

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Everything in the group ended in the meantime.
  }
}
