import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import type { GuestImage } from '../../image/build.ts';
import { goldenDirectory, imagesDirectory } from '../../image/cache.ts';
import { acquireLock } from '../../lock.ts';
import { bootArchiveDigest, makeBootArchive } from './boot-archive.ts';
import type { Accelerator, MachineSpec } from './command-line.ts';
import { launchQemu } from './process.ts';
import { qemuVersion } from './versions.ts';

/**
 * A guest that was booted once and stopped when ready: its memory in a file that every later guest maps
 * copy-on-write, its devices in a small state file. Restoring takes milliseconds where booting takes seconds.
 */
export interface Golden {
  readonly key: string;
  readonly directory: string;
  readonly image: GuestImage;
  readonly accelerator: Accelerator;
  readonly memoryMb: number;
  /** From the start of QEMU to the agent's first answer, when the snapshot was made. */
  readonly bootMs: number;
}

export interface GoldenOptions {
  readonly image: GuestImage;
  readonly accelerator: Accelerator;
  readonly memoryMb: number;
  readonly onProgress?: (text: string) => void;
}

const bootLimitMs = 120_000;

/** Programs run once before the snapshot, so that restored guests find their pages in memory. */
const warmPrograms = [
  ['ip', 'address'],
  ['ipvsadm', '-L', '-n'],
  ['date'],
  ['arping', '-V'],
  ['ldirectord', '--help'],
  ['node', '-e', '0'],
];

export async function ensureGolden(options: GoldenOptions): Promise<Golden> {
  const version = qemuVersion();
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        options.image.id,
        options.image.manifest.sha256,
        bootArchiveDigest(),
        version,
        options.accelerator,
        options.memoryMb,
        cpuModel(options.accelerator),
        warmPrograms,
      ]),
    )
    .digest('hex')
    .slice(0, 16);
  const directory = join(goldenDirectory(), key);
  const found = readGolden(directory, options.image);
  if (found !== undefined) return found;
  await using _lock = await acquireLock(directory, {
    onWait: (holder) => options.onProgress?.(`waiting for process ${holder}, which is making the snapshot`),
  });
  const madeMeanwhile = readGolden(directory, options.image);
  if (madeMeanwhile !== undefined) return madeMeanwhile;

  options.onProgress?.('booting a guest once to take the golden snapshot');
  const stage = `${directory}.part`;
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  try {
    writeFileSync(join(stage, 'initramfs.gz'), await makeBootArchive(options.image.directory));
    const bootMs = await bootAndStop(options, stage);
    writeFileSync(
      join(stage, 'golden.json'),
      JSON.stringify(
        {
          key,
          image: options.image.id,
          accelerator: options.accelerator,
          memoryMb: options.memoryMb,
          qemu: version,
          bootMs,
        },
        null,
        2,
      ),
    );
    renameSync(stage, directory);
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    throw error;
  }
  pruneGolden(directory);
  const made = readGolden(directory, options.image);
  if (made === undefined)
    throw new LabError('LAB_NODE_BOOT', `the golden snapshot in ${directory} cannot be read back`);
  return made;
}

/** What a machine of this snapshot needs on its command line, whether it boots or restores. */
export function goldenMachine(
  golden: Pick<Golden, 'directory' | 'image' | 'accelerator' | 'memoryMb'>,
  serialSockets: readonly (string | undefined)[],
): Omit<MachineSpec, 'qmpSocket' | 'agentSocket' | 'consoleSocket'> {
  return {
    accelerator: golden.accelerator,
    memoryMb: golden.memoryMb,
    memoryFile: join(golden.directory, 'memory'),
    share: false,
    kernel: join(golden.image.directory, 'halab-boot', 'vmlinuz'),
    initramfs: join(golden.directory, 'initramfs.gz'),
    rootImage: join(golden.image.directory, 'root.erofs'),
    incoming: true,
    serialSockets,
  };
}

async function bootAndStop(options: GoldenOptions, stage: string): Promise<number> {
  const began = performance.now();
  let console = '';
  const qemu = await launchQemu({
    node: 'golden',
    directory: join(stage, 's'),
    spec: {
      ...goldenMachine(
        {
          directory: stage,
          image: options.image,
          accelerator: options.accelerator,
          memoryMb: options.memoryMb,
        },
        [],
      ),
      share: true,
      incoming: false,
    },
    onConsole: (text) => {
      console = (console + text).slice(-4000);
    },
  });
  try {
    await qemu.agent.ping(bootLimitMs);
    const bootMs = Math.round(performance.now() - began);
    options.onProgress?.(`guest answered after ${(bootMs / 1000).toFixed(1)} s; warming it up`);
    for (const argv of warmPrograms) await qemu.agent.exec({ argv, timeoutMs: 60_000 });
    await qemu.agent.warmUp();
    await qemu.qmp.execute('migrate-set-capabilities', {
      capabilities: ['x-ignore-shared', 'events'].map((capability) => ({ capability, state: true })),
    });
    await qemu.qmp.execute('stop');
    const finished = qemu.qmp.next(
      ({ event, data }) => event === 'MIGRATION' && isFinal(data?.['status']),
      bootLimitMs,
    );
    await qemu.qmp.execute('migrate', {
      uri: `exec:cat > '${join(stage, 'state').replaceAll("'", "'\\''")}'`,
    });
    const outcome = (await finished).data?.['status'];
    if (outcome !== 'completed')
      throw new LabError('LAB_NODE_BOOT', `the golden snapshot could not be written: QEMU says ${outcome}`);
    return bootMs;
  } catch (error) {
    const tail = console.trim().split('\n').slice(-8).join('\n  ');
    throw new LabError(
      'LAB_NODE_BOOT',
      `the guest for the golden snapshot did not get ready; its console ends:\n  ${tail}`,
      { cause: error },
    );
  } finally {
    await qemu.kill();
    rmSync(join(stage, 's'), { recursive: true, force: true });
  }
}

const isFinal = (status: unknown) => status === 'completed' || status === 'failed';

function readGolden(directory: string, image: GuestImage): Golden | undefined {
  try {
    const stored = JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8')) as Omit<
      Golden,
      'directory' | 'image'
    >;
    // The time of last use decides what is pruned.
    utimesSync(directory, new Date(), new Date());
    return { ...stored, directory, image };
  } catch {
    return undefined;
  }
}

/** Snapshots kept beside the newest: two checkouts of this project, or two accelerators, may take turns. */
const goldenKeptMax = 4;

/** Removes snapshots whose image is gone, and of the others all but the last used. */
function pruneGolden(keep: string): void {
  const others = readdirSync(goldenDirectory())
    .filter((name) => !name.endsWith('.part'))
    .map((name) => join(goldenDirectory(), name))
    .filter((directory) => directory !== keep);
  const usable = others.filter(hasItsImage);
  const old = usable.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs).slice(goldenKeptMax - 1);
  for (const directory of others) {
    if (!usable.includes(directory) || old.includes(directory))
      rmSync(directory, { recursive: true, force: true });
  }
}

function hasItsImage(directory: string): boolean {
  try {
    const { image } = JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8')) as { image: string };
    return existsSync(join(imagesDirectory(), image));
  } catch {
    return false;
  }
}

/** Under KVM the guest sees this machine's processor, so a snapshot fits no other. */
function cpuModel(accelerator: Accelerator): string {
  if (accelerator === 'tcg') return 'max';
  return /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}
