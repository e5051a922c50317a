import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readImage } from '../image/build.ts';

/** What the cache holds, as `halab image list --json` prints it. */
export interface StoredImages {
  /** Newest first. */
  readonly images: readonly StoredImage[];
  /** Directories that belong to no finished image: unfinished builds, snapshots of images that are gone. */
  readonly leftovers: readonly string[];
}

export interface StoredImage {
  readonly id: string;
  /** Made from the very recipe that this version of halab uses. */
  readonly isCurrent: boolean;
  readonly builtAt: string;
  readonly kernel: string;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly directory: string;
  readonly snapshots: readonly StoredSnapshot[];
}

export interface StoredSnapshot {
  readonly key: string;
  readonly accelerator: string;
  readonly memoryMb: number;
  readonly qemu: string;
  readonly bytes: number;
  /** Milliseconds since 1970; using a snapshot touches its directory. */
  readonly usedAt: number;
  readonly directory: string;
}

/** Reads the cache below `directory`; what is not there is not listed. */
export function readStoredImages(directory: string, currentId: string): StoredImages {
  const snapshots = subdirectories(join(directory, 'golden')).map((path) => ({
    path,
    found: readSnapshot(path),
  }));
  const images = subdirectories(join(directory, 'images')).map((path) => ({ path, found: readImage(path) }));
  const ids = new Set(images.flatMap(({ found }) => (found === undefined ? [] : [found.id])));
  return {
    images: images
      .flatMap(({ path, found }) =>
        found === undefined
          ? []
          : [
              {
                id: found.id,
                isCurrent: found.id === currentId,
                builtAt: found.manifest.builtAt,
                kernel: found.manifest.kernel,
                bytes: bytesOf(path),
                directory: path,
                snapshots: snapshots.flatMap((snapshot) =>
                  snapshot.found?.image === found.id ? [snapshot.found.snapshot] : [],
                ),
              },
            ],
      )
      .toSorted((a, b) => b.builtAt.localeCompare(a.builtAt)),
    leftovers: [
      ...images.filter(({ found }) => found === undefined).map(({ path }) => path),
      ...snapshots
        .filter(({ found }) => found === undefined || !ids.has(found.image))
        .map(({ path }) => path),
    ],
  };
}

function readSnapshot(
  path: string,
): { readonly image: string; readonly snapshot: StoredSnapshot } | undefined {
  try {
    const stored = JSON.parse(readFileSync(join(path, 'golden.json'), 'utf8')) as Omit<
      StoredSnapshot,
      'bytes' | 'usedAt' | 'directory'
    > & {
      readonly image: string;
    };
    const { key, accelerator, memoryMb, qemu, image } = stored;
    const usedAt = statSync(path).mtimeMs;
    return {
      image,
      snapshot: { key, accelerator, memoryMb, qemu, bytes: bytesOf(path), usedAt, directory: path },
    };
  } catch {
    return undefined;
  }
}

function subdirectories(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  } catch {
    return [];
  }
}

/** All but the last used of each kind of machine: newer ones replaced them. */
export function replacedSnapshots({ snapshots }: StoredImage): readonly StoredSnapshot[] {
  return snapshots.filter((snapshot) =>
    snapshots.some(
      (other) =>
        other.accelerator === snapshot.accelerator &&
        other.memoryMb === snapshot.memoryMb &&
        other.usedAt > snapshot.usedAt,
    ),
  );
}

/** What the files take up on the disk; a snapshot's memory file has holes. */
function bytesOf(directory: string): number {
  const blockBytes = 512; // st_blocks, stat(2)
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).blocks * blockBytes, 0);
}
