import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../errors.ts';
import { ensureImage } from '../image/build.ts';
import { cacheDirectory, imagesDirectory } from '../image/cache.ts';
import { guestRecipe, imageId } from '../image/recipe.ts';
import { acquireLock } from '../lock.ts';
import { nodeBinary, nodeVersion } from '../machine-room.ts';
import { liveLabs } from './live-labs.ts';
import { openProgressBar } from './progress-bar.ts';
import { readStoredImages, replacedSnapshots, type StoredImage, type StoredImages } from './stored-images.ts';

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const readStored = () => readStoredImages(cacheDirectory(), imageId(guestRecipe(nodeVersion())));

/** `halab image build` */
export async function buildImage(): Promise<number> {
  using bar = openProgressBar();
  const { id, directory, manifest } = await ensureImage(guestRecipe(nodeVersion()), {
    nodeBinary: nodeBinary(),
    onProgress: ({ text, fraction }) => bar.show(text, fraction),
  });
  bar[Symbol.dispose]();
  console.log(
    `image ${id} is ready: kernel ${manifest.kernel}, ${megabytes(manifest.rootBytes)}, in ${directory}`,
  );
  return 0;
}

/** `halab image list` */
export async function listImages(options: { readonly json?: true }): Promise<number> {
  const stored = readStored();
  console.log(options.json ? JSON.stringify(stored, null, 2) : renderStored(stored));
  return 0;
}

/** `halab image prune`: what no lab of this version would use, or everything. */
export async function pruneImages(options: { readonly all?: true }): Promise<number> {
  const [lab] = liveLabs();
  if (lab !== undefined) {
    throw new LabError(
      'LAB_USAGE',
      `process ${lab.pid} runs a lab from these images; prune when it has ended`,
    );
  }
  // Whoever builds an image holds this lock, so an unfinished build found here is nobody's.
  await using _lock = await acquireLock(join(imagesDirectory(), 'build'), {
    onWait: (holder) => console.error(`… waiting for process ${holder}, which is building an image`),
  });
  const { images, leftovers } = readStored();
  const isOld = (image: StoredImage) => options.all === true || !image.isCurrent;
  // Snapshots first: one without its image is of no use, and is found again if this is interrupted.
  const snapshots = images.flatMap((image) => (isOld(image) ? image.snapshots : replacedSnapshots(image)));
  for (const { key, directory, bytes } of snapshots) {
    remove(directory);
    console.log(`removed snapshot ${key}, ${megabytes(bytes)}`);
  }
  for (const { id, directory, bytes } of images.filter(isOld)) {
    remove(directory);
    console.log(`removed image ${id}, ${megabytes(bytes)}`);
  }
  for (const directory of leftovers) {
    // Whoever takes a snapshot holds the lock of its final name, and would lose this one.
    await using _snapshotLock = await acquireLock(directory.replace(/\.part$/, ''));
    remove(directory);
    console.log(`removed ${directory}`);
  }
  if (snapshots.length + images.filter(isOld).length + leftovers.length === 0)
    console.log('nothing to remove');
  return 0;
}

const remove = (directory: string) => rmSync(directory, { recursive: true, force: true });

export function renderStored({ images, leftovers }: StoredImages): string {
  if (images.length + leftovers.length === 0) {
    return 'no image yet; the first lab builds one, and so does `halab image build`';
  }
  return [
    ...images.flatMap((image) => [
      `${image.id}  ${image.isCurrent ? 'current' : 'old    '}  built ${image.builtAt.slice(0, 16).replace('T', ' ')}  kernel ${image.kernel}  ${megabytes(image.bytes)}`,
      ...image.snapshots.map(
        ({ key, accelerator, memoryMb, bytes }) =>
          `  snapshot ${key}  ${accelerator}  ${memoryMb} MiB of memory  ${megabytes(bytes)}`,
      ),
    ]),
    ...leftovers.map((directory) => `${directory}  of no use; \`halab image prune\` removes it`),
  ].join('\n');
}
