import { closeSync, type FSWatcher, fstatSync, openSync, readSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

interface Followed {
  readonly watcher: FSWatcher;
  offset: number;
}

const followed = new Map<string, Followed>();

/** Tells everything in the file and what is added later; a file that does not exist yet is waited for. */
export function followFile(path: string, tell: (text: string) => void): void {
  unfollowFile(path);
  const drain = () => {
    const state = followed.get(path);
    if (state === undefined) return;
    const text = readFrom(path, state.offset);
    if (text === undefined) return;
    state.offset = text.end;
    if (text.bytes.length > 0) tell(text.bytes.toString());
  };
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === basename(path)) drain();
  });
  followed.set(path, { watcher, offset: 0 });
  drain();
}

export function unfollowFile(path: string): void {
  followed.get(path)?.watcher.close();
  followed.delete(path);
}

function readFrom(path: string, offset: number): { bytes: Buffer; end: number } | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const size = fstatSync(fd).size;
    // A shorter file was truncated or replaced: begin again.
    const from = size < offset ? 0 : offset;
    const bytes = Buffer.alloc(size - from);
    const length = readSync(fd, bytes, 0, bytes.length, from);
    return { bytes: bytes.subarray(0, length), end: from + length };
  } finally {
    closeSync(fd);
  }
}
