import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ArchiveEntry, packCpio } from '../../image/cpio.ts';
import { bundleAgent } from '../agent/bundle.ts';

/**
 * The initramfs: what the image holds for it (busybox, modules), our init scripts and the agent. The agent
 * travels here and not in the image, so that changing it costs a new snapshot but no new image.
 */
export async function makeBootArchive(imageDirectory: string): Promise<Buffer> {
  const boot = join(imageDirectory, 'halab-boot');
  const guest = new URL('../../image/guest/', import.meta.url);
  const directory = (path: string): ArchiveEntry => ({ path, mode: 0o755, kind: 'directory' });
  const file = (path: string, data: Uint8Array): ArchiveEntry => ({ path, mode: 0o755, kind: 'file', data });
  const modules = readdirSync(boot).filter((name) => name.endsWith('.ko'));
  return gzipSync(
    packCpio([
      directory('bin'),
      file('bin/busybox', readFileSync(join(boot, 'busybox'))),
      file('init', readFileSync(new URL('init.sh', guest))),
      directory('modules'),
      ...modules.sort().map((name) => file(`modules/${name}`, readFileSync(join(boot, name)))),
      directory('halab'),
      file('halab/start.sh', readFileSync(new URL('start.sh', guest))),
      file('halab/agent.cjs', await bundleAgent()),
    ]),
    { level: 1 },
  );
}

/**
 * Names what `makeBootArchive` would give, from the texts that go into it: bundling takes longer than restoring
 * a node, and is needed only when a snapshot is missing.
 */
export function bootArchiveDigest(): string {
  const folders = ['../agent/', '../../image/guest/'].map((path) => new URL(path, import.meta.url));
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.test.ts'))
        hash
          .update(`${name}\0`)
          .update(readFileSync(new URL(name, folder)))
          .update('\0');
    }
  }
  return hash.digest('hex').slice(0, 16);
}
