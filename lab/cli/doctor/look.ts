import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, statfsSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { readImage } from '../../image/build.ts';
import { cacheDirectory } from '../../image/cache.ts';
import { guestRecipe, imageId } from '../../image/recipe.ts';
import { nodeVersion } from '../../machine-room.ts';
import { chooseAccelerator } from '../../nodes/qemu/accelerator.ts';
import { runBase } from '../../run-directory.ts';
import { isWritable } from '../../setup/places.mjs';
import { findProgram, missingPackages, systemPackages } from '../../setup/system-packages.mjs';
import { liveLabs } from '../live-labs.ts';
import { readStoredImages } from '../stored-images.ts';
import type { MachineFacts } from './facts.ts';

/** Looks at this machine. Changes nothing but the cached answer of the KVM probe. */
export async function lookAtMachine(onProgress: (text: string) => void): Promise<MachineFacts> {
  const isRoot = process.getuid?.() === 0;
  const guests = guestNode();
  const directory = cacheDirectory();
  const stored = readStoredImages(directory, guests === undefined ? '' : imageId(guestRecipe(guests)));
  const missing = missingPackages({ isRoot, withTests: true });
  const kvmDevice = accessTo('/dev/kvm');
  const current = stored.images.find(({ isCurrent }) => isCurrent);
  const image = current && readImage(current.directory);
  const hasQemu = !missing.some(({ name }) => name === 'qemu-system-x86');
  const canTieProcesses = await succeeds('setpriv', ['--pdeathsig', 'KILL', '--', 'true']);
  return {
    system: { platform: process.platform, arch: process.arch, kernel: release() },
    isRoot,
    node: { running: process.versions.node, guests },
    versions: await versionsOf(missing.map(({ name }) => name)),
    missing,
    kvmDevice,
    accelerator:
      kvmDevice === 'usable' && image !== undefined && hasQemu && canTieProcesses
        ? await chooseAccelerator(image, { onProgress })
        : undefined,
    stored,
    cache: { directory, isWritable: isWritable(directory), freeBytes: freeBytes(directory) },
    containerEngine: findEngine(),
    cores: availableParallelism(),
    memory: { availableBytes: process.availableMemory(), totalBytes: totalMemory() },
    canTieProcesses,
    runBase: { path: runBase(), problem: problemOf(runBase()) },
    liveLabs: liveLabs().length,
  };
}

function guestNode(): string | undefined {
  try {
    return nodeVersion();
  } catch {
    return undefined;
  }
}

/** What each installed program says of itself, on one line. */
async function versionsOf(missing: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const programs = systemPackages.filter(
    ({ name, file }) => !missing.includes(name) && !file.startsWith('/'),
  );
  const found = await Promise.all(
    programs.map(async ({ name, file }) => [name, versionIn(await outputOf(file, ['--version']))] as const),
  );
  return Object.fromEntries(
    found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

/** `7.2.22 (Debian 1:7.2+dfsg-7)` out of whatever words a program puts around its version. */
export function versionIn(output: string): string | undefined {
  const [line = ''] = output.trim().split('\n');
  return /\d+\.\d+.*/.exec(line)?.[0].replace(/\.$/, '');
}

const answerLimitMs = 3000;

function outputOf(program: string, argv: readonly string[]): Promise<string> {
  return new Promise((done) => {
    execFile(findProgram(program) ?? program, argv, { timeout: answerLimitMs }, (_error, stdout, stderr) =>
      done(stdout.trim() === '' ? stderr : stdout),
    );
  });
}

function succeeds(program: string, argv: readonly string[]): Promise<boolean> {
  return new Promise((done) => {
    execFile(program, argv, { timeout: answerLimitMs }, (error) => done(error === null));
  });
}

function accessTo(path: string): 'usable' | 'forbidden' | 'missing' {
  if (!existsSync(path)) return 'missing';
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'usable';
  } catch {
    return 'forbidden';
  }
}

function freeBytes(directory: string): number {
  if (!existsSync(directory)) return freeBytes(dirname(directory));
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Programs of container engines, with the sockets that they talk to. */
const engines = [
  { program: 'docker', socket: '/var/run/docker.sock' },
  { program: 'podman', socket: '/run/podman/podman.sock' },
];

function findEngine(): MachineFacts['containerEngine'] {
  const found = engines.find(({ program }) => findProgram(program) !== undefined);
  return found && { program: found.program, socket: accessTo(found.socket) };
}

/** A container may use less than the machine has. */
function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit === 0 ? totalmem() : Math.min(limit, totalmem());
}

/** Why labs could not be put there. */
function problemOf(directory: string): string | undefined {
  if (!existsSync(directory)) return isWritable(directory) ? undefined : 'cannot be made';
  const status = lstatSync(directory);
  if (!status.isDirectory()) return 'is not a directory';
  if (status.uid !== process.getuid?.()) return `belongs to user ${status.uid}`;
  return isWritable(directory) ? undefined : 'cannot be written to';
}
