import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where images and golden snapshots live: `HALAB_CACHE`, else `$XDG_CACHE_HOME/halab`, else `~/.cache/halab`,
 * and where nothing can be written there `/var/tmp/halab-cache-UID`. Everything below may be deleted at any time while no lab runs; it is made again.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['HALAB_CACHE'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const base = environment['XDG_CACHE_HOME'];
  const usual = base !== undefined && base !== '' ? base : join(homedir(), '.cache');
  return isWritable(usual) ? join(usual, 'halab') : `/var/tmp/halab-cache-${process.getuid?.() ?? 0}`;
}

/** A directory that does not exist yet can be made where its parent can be written. */
function isWritable(directory: string): boolean {
  if (!existsSync(directory)) return directory !== '/' && isWritable(dirname(directory));
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function imagesDirectory(): string {
  const directory = join(cacheDirectory(), 'images');
  mkdirSync(directory, { recursive: true });
  return directory;
}

export function goldenDirectory(): string {
  const directory = join(cacheDirectory(), 'golden');
  mkdirSync(directory, { recursive: true });
  return directory;
}
