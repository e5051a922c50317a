import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from '../errors.ts';
import { acquireLock } from '../lock.ts';
import { hostSources, renderSources } from './apt-sources.ts';
import { imagesDirectory } from './cache.ts';
import { type ImageRecipe, imageId } from './recipe.ts';

/** A finished image: a directory in the cache that is never changed after it appeared. */
export interface GuestImage {
  readonly id: string;
  readonly directory: string;
  readonly manifest: ImageManifest;
}

export interface ImageManifest {
  readonly id: string;
  readonly recipe: ImageRecipe;
  /** SHA-256 of the root file system as built. */
  readonly sha256: string;
  readonly rootBytes: number;
  readonly kernel: string;
  /** Package name to the version that was installed. */
  readonly packages: Readonly<Record<string, string>>;
  readonly builtAt: string;
}

export interface BuildProgress {
  /** From 0 to 1; an estimate by the steps that a build is known to take. */
  readonly fraction: number;
  readonly text: string;
}

export interface BuildOptions {
  /** The Node binary that guests get. */
  readonly nodeBinary: string;
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly directory?: string;
}

/** Root file system, downloads and mmdebstrap's working copy together, measured at 1.6 GB. */
const bytesNeeded = 2_000_000_000;

/** Gives the image of this recipe, building it if the cache does not hold it. */
export async function ensureImage(recipe: ImageRecipe, options: BuildOptions): Promise<GuestImage> {
  const images = options.directory ?? imagesDirectory();
  const found = readImage(join(images, imageId(recipe)));
  if (found !== undefined) return found;
  mkdirSync(images, { recursive: true });
  await using _lock = await acquireLock(join(images, 'build'), {
    onWait: (holder) =>
      options.onProgress?.({
        fraction: 0,
        text: `waiting for process ${holder}, which is building an image`,
      }),
  });
  return readImage(join(images, imageId(recipe))) ?? (await buildImage(recipe, images, options));
}

export function readImage(directory: string): GuestImage | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as ImageManifest;
    return { id: manifest.id, directory, manifest };
  } catch {
    return undefined;
  }
}

async function buildImage(recipe: ImageRecipe, images: string, options: BuildOptions): Promise<GuestImage> {
  for (const tool of ['mmdebstrap', 'mkfs.erofs']) requireTool(tool);
  requireSpace(images);
  // The lock is ours, so whatever unfinished build lies here belongs to nobody.
  for (const name of readdirSync(images))
    if (name.endsWith('.part')) rmSync(join(images, name), { recursive: true });

  const id = imageId(recipe);
  const stage = join(images, `${id}.part`);
  mkdirSync(stage, { recursive: true });
  try {
    await runMmdebstrap(recipe, stage, options);
    options.onProgress?.({ fraction: 0.97, text: 'checking the image' });
    const manifest = await describe(recipe, stage);
    writeFileSync(join(stage, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const directory = join(images, id);
    rmSync(directory, { recursive: true, force: true });
    renameSync(stage, directory);
    options.onProgress?.({ fraction: 1, text: 'image ready' });
    return { id, directory, manifest };
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    throw error;
  }
}

/*
 * Everything that needs the guest's root happens in mmdebstrap's hooks, where the tree is seen with its
 * right owners even when an ordinary user builds; results leave through "download".
 */
async function runMmdebstrap(recipe: ImageRecipe, stage: string, options: BuildOptions): Promise<void> {
  const sources = hostSources(recipe.suite);
  const sourceArguments: string[] = [];
  if (sources.length > 0) {
    writeFileSync(join(stage, 'sources.list'), renderSources(sources));
    sourceArguments.push(join(stage, 'sources.list'));
  }
  const boot = recipe.bootModules
    .map(
      (module, index) =>
        `cp "$(find "$1/usr/lib/modules" -name ${module}.ko)" "$1/halab-boot/${String(index).padStart(2, '0')}-${module}.ko"`,
    )
    .join(' && ');
  const argv = [
    '--variant=minbase',
    '--format=null',
    `--include=${recipe.packages.join(',')}`,
    ...['doc', 'man', 'info', 'locale', 'lintian', 'bash-completion'].map(
      (name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
    ),
    // Our own initramfs setting, made before the package arrives, wins without a question.
    '--dpkgopt=force-confold',
    ...hostAptOptions(),
    // The kernel's own initramfs is never used; making it takes longer than anything else.
    '--essential-hook=mkdir -p "$1/etc/initramfs-tools" && echo update_initramfs=no > "$1/etc/initramfs-tools/update-initramfs.conf"',
    '--customize-hook=rm -f "$1"/boot/initrd.img-* "$1"/boot/System.map-*',
    `--customize-hook=mkdir "$1/halab-boot" && ${boot}`,
    '--customize-hook=cp "$1"/boot/vmlinuz-* "$1/halab-boot/vmlinuz" && cp "$1/bin/busybox" "$1/halab-boot/busybox"',
    `--customize-hook=chroot "$1" dpkg-query -W -f '\${Package} \${Version}\\n' > "$1/halab-boot/packages"`,
    '--customize-hook=ls "$1/usr/lib/modules" > "$1/halab-boot/kernel"',
    `--customize-hook=tar-out /halab-boot ${join(stage, 'boot.tar')}`,
    `--customize-hook=upload ${options.nodeBinary} /usr/local/bin/node`,
    '--customize-hook=chmod 755 "$1/usr/local/bin/node" && mkdir -p "$1/halab" && rm -rf "$1/halab-boot" "$1"/boot/vmlinuz-* "$1"/var/cache/apt/*.bin "$1"/var/lib/apt/lists/*',
    // While hooks run, proc, sys and dev of the tree are live mounts of this machine.
    `--customize-hook=mkfs.erofs -zlz4 -x-1 -T0 --exclude-regex='^(proc|sys|dev|run|tmp)/|^halab-root.erofs$' "$1/halab-root.erofs" "$1" >/dev/null`,
    `--customize-hook=download /halab-root.erofs ${join(stage, 'root.erofs')}`,
    recipe.suite,
    '-',
    ...sourceArguments,
  ];
  await run('mmdebstrap', argv, (line) => {
    const step = progressSteps.find(({ pattern }) => pattern.test(line));
    if (step !== undefined) options.onProgress?.({ fraction: step.fraction, text: step.text });
  });
  await run('tar', ['-xf', join(stage, 'boot.tar'), '-C', stage, '--no-same-owner'], () => {});
  rmSync(join(stage, 'boot.tar'));
  rmSync(join(stage, 'sources.list'), { force: true });
}

/** What mmdebstrap says on its way, with the share of the time that had passed by then in measured builds. */
const progressSteps = [
  { pattern: /running apt-get update/, fraction: 0.02, text: 'reading package lists' },
  { pattern: /downloading packages with apt/, fraction: 0.08, text: 'downloading the base system' },
  { pattern: /extracting archives/, fraction: 0.15, text: 'unpacking the base system' },
  { pattern: /installing essential packages/, fraction: 0.25, text: 'installing the base system' },
  { pattern: /installing remaining packages/, fraction: 0.4, text: 'installing kernel and HA packages' },
  {
    pattern: /running --customize-hook in shell: .*halab-boot" &&/,
    fraction: 0.8,
    text: 'taking the kernel out',
  },
  { pattern: /running special hook: upload/, fraction: 0.85, text: 'adding Node' },
  { pattern: /mkfs\.erofs/, fraction: 0.88, text: 'writing the root file system' },
] as const;

/** How this host's apt reaches its mirrors; without it a machine behind a proxy could not build. */
function hostAptOptions(): readonly string[] {
  const directory = '/etc/apt/apt.conf.d';
  if (!existsSync(directory)) return [];
  const files = ['/etc/apt/apt.conf', ...readdirSync(directory).map((name) => join(directory, name))];
  return files
    .filter((file) => existsSync(file) && statSync(file).isFile())
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .map((line) => line.trim())
    .filter((line) =>
      /^Acquire::(https?::(Proxy|Verify-Peer|CaInfo)|Check-Valid-Until|Check-Date|Retries)\b.*;$/i.test(line),
    )
    .map((line) => `--aptopt=${line}`);
}

function run(program: string, argv: readonly string[], onLine: (line: string) => void): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(program, argv, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8', INITRD: 'No' },
    });
    const last: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > 25) last.shift();
      onLine(line);
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) return done();
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const noSpace = last.some((line) => line.includes('No space left on device'));
      fail(
        noSpace
          ? new LabError(
              'LAB_IMAGE_SPACE',
              `${program} ran out of disk space while the guest image was built`,
            )
          : new LabError(
              'LAB_IMAGE_BUILD',
              `the guest image could not be built: ${program} ended with ${how}; its last lines:\n${last.map((line) => `  ${line}`).join('\n')}`,
            ),
      );
    });
  });
}

async function describe(recipe: ImageRecipe, stage: string): Promise<ImageManifest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(join(stage, 'root.erofs'))) hash.update(chunk as Buffer);
  const boot = join(stage, 'halab-boot');
  const packages = readFileSync(join(boot, 'packages'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);
  return {
    id: imageId(recipe),
    recipe,
    sha256: hash.digest('hex'),
    rootBytes: statSync(join(stage, 'root.erofs')).size,
    kernel: readFileSync(join(boot, 'kernel'), 'utf8').trim(),
    packages: Object.fromEntries(packages),
    builtAt: new Date().toISOString(),
  };
}

function requireTool(name: string): void {
  const paths = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin');
  if (paths.some((path) => existsSync(join(path, name)))) return;
  throw new LabError(
    'LAB_TOOL_MISSING',
    `${name} is not installed; \`halab doctor\` prints the command that installs what is missing`,
  );
}

function requireSpace(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  const available = bavail * bsize;
  if (available >= bytesNeeded) return;
  const megabytes = (bytes: number) => `${Math.floor(bytes / 1e6)} MB`;
  throw new LabError(
    'LAB_IMAGE_SPACE',
    `building the guest image needs ${megabytes(bytesNeeded)} in ${directory}, which has ${megabytes(available)} free; ` +
      'free some space, or set HALAB_CACHE to a directory on a larger disk',
  );
}
