import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../process-identity.ts';
import { reapOrphans } from '../run-directory.ts';
import { askLab } from './control-client.ts';
import type { RunningLab } from './running-labs.ts';

/** The owner gives its wires 5 s and itself 15. */
const endLimitMs = 20_000;
/** The end of a process that is not a child is told by nothing but /proc. */
const lookAgainMs = 10;

/** Resolves when the lab, its owner and all their files are gone. An owner that does not listen is killed. */
export async function endLab(lab: RunningLab): Promise<void> {
  const limit = AbortSignal.timeout(endLimitMs);
  const asked = askLab(lab, { op: 'down' }).catch(() => {});
  const ended = (async () => {
    while (isAlive(lab.owner) && !limit.aborted) await delay(lookAgainMs);
  })();
  await Promise.race([asked, ended]);
  await ended;
  if (isAlive(lab.owner)) process.kill(lab.owner.pid, 'SIGKILL');
  while (isAlive(lab.owner)) await delay(lookAgainMs);
  reapOrphans();
}
