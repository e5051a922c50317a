import { isAlive } from '../process-identity.ts';
import { listRunDirectories, runBase } from '../run-directory.ts';

export interface LiveLab {
  readonly directory: string;
  /** The process that owns the lab. */
  readonly pid: number;
}

/** Labs of this user that run now, of whatever kind. */
export function liveLabs(base = runBase()): readonly LiveLab[] {
  return listRunDirectories(base)
    .filter(({ owner }) => isAlive(owner))
    .map(({ path, owner }) => ({ directory: path, pid: owner.pid }));
}
