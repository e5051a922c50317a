import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts';

/**
 * Everything that a lab owns on this machine lies in one directory, named after the process that owns it:
 * `PID-STARTTIME-N`. So a directory says by its name alone whether its owner still lives, and whoever comes
 * next can remove what a killed owner left, and nothing else.
 *
 * Sockets live in it, and a socket's path must stay below 108 bytes (unix(7)): the base is short.
 */
export interface RunDirectory extends Disposable {
  readonly path: string;
  /** Notes a child process that must not outlive the lab. */
  adopt(pid: number): void;
}

/** Lab directories of this user. */
export function runBase(): string {
  return join('/tmp', `halab-${process.getuid?.() ?? 0}`);
}

export function createRunDirectory(base = runBase()): RunDirectory {
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const owner = statSync(base).uid;
  if (owner !== process.getuid?.()) {
    throw new Error(`${base} belongs to user ${owner}; labs are not put into somebody else's directory`);
  }
  chmodSync(base, 0o700);
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error('/proc is not mounted: a lab could not be told from a dead one');
  const path = makeNumbered(base, `${self.pid}-${self.startTime}`);
  return {
    path,
    adopt: (pid) => {
      const child = identifyProcess(pid);
      if (child !== undefined)
        writeFileSync(join(path, 'children'), `${child.pid} ${child.startTime}\n`, { flag: 'a' });
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

function makeNumbered(base: string, owner: string): string {
  for (let number = 0; ; number += 1) {
    const path = join(base, `${owner}-${number}`);
    try {
      mkdirSync(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

export interface Reaped {
  readonly directory: string;
  /** Processes of the dead lab that were still there and were ended. */
  readonly ended: readonly number[];
}

export interface FoundDirectory {
  readonly path: string;
  readonly owner: ProcessIdentity;
}

/** All run directories there are, whether their owners live or not, in the order of their names. */
export function listRunDirectories(base = runBase()): readonly FoundDirectory[] {
  return listDirectory(base).flatMap((name) => {
    const [, pid, startTime] = /^(\d+)-(\d+)-\d+$/.exec(name) ?? [];
    if (pid === undefined || startTime === undefined) return [];
    return [{ path: join(base, name), owner: { pid: Number(pid), startTime } }];
  });
}

/** Removes what labs of dead owners left: their child processes by pid and start time, then their files. */
export function reapOrphans(base = runBase()): readonly Reaped[] {
  return listRunDirectories(base)
    .filter(({ owner }) => !isAlive(owner))
    .map(removeWithChildren);
}

/** What this very process has made, at once and without asking: for an owner that is told to end while it starts. */
export function abandonOwnDirectories(base = runBase()): readonly Reaped[] {
  return listRunDirectories(base)
    .filter(({ owner }) => owner.pid === process.pid && isAlive(owner))
    .map(removeWithChildren);
}

function removeWithChildren({ path }: FoundDirectory): Reaped {
  const ended = readChildren(path)
    .filter(isAlive)
    .map(({ pid }) => pid);
  for (const pid of ended) endProcess(pid);
  rmSync(path, { recursive: true, force: true });
  return { directory: path, ended };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between the look and the signal.
  }
}

function readChildren(directory: string): readonly ProcessIdentity[] {
  try {
    return readFileSync(join(directory, 'children'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [pid = '', startTime = ''] = line.split(' ');
        return { pid: Number(pid), startTime };
      });
  } catch {
    return [];
  }
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
