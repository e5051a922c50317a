import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './places.mjs';

/**
 * Holds the clone for one set-up at a time. `flock` (util-linux) keeps the lock for as long as our end of its
 * pipe is open, so the kernel releases it in whatever way this process ends. The lock is on a file that is
 * there anyway; nothing is written to it.
 */
export async function lockClone(onWait) {
  const holder = spawn(
    'flock',
    [join(root, 'package-lock.json'), 'sh', '-c', 'echo held; exec cat >/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      // A process group of its own: Ctrl-C must not take the lock away while apt still runs.
      detached: true,
    },
  );
  const waiting = setTimeout(onWait, 200);
  const held = await new Promise((done) => {
    holder.stdout.once('data', () => done(true));
    // Without flock, or on a file system without locks, two set-ups at once are merely wasteful.
    holder.on('error', () => done(false));
    holder.on('close', () => done(false));
  });
  clearTimeout(waiting);
  return () => {
    if (held) holder.stdin.end();
  };
}
