import type { Breach, TreeFile } from './source-tree.ts';

const bytesMax = 1_000_000;
const placesOfLargeFiles = ['fixtures/captures/'];

/** A folder with one of these names says nothing about what is in it. */
const emptyNames = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared']);

/** Size of files, names of files and folders. */
export function checkFiles(files: readonly TreeFile[]): readonly Breach[] {
  return files.flatMap(({ path, bytes }) => {
    const breaches: Breach[] = [];
    if (bytes > bytesMax && !placesOfLargeFiles.some((place) => path.startsWith(place))) {
      breaches.push({
        file: path,
        text: `has ${bytes} bytes of at most ${bytesMax}; only ${placesOfLargeFiles.join(', ')} holds larger files`,
      });
    }
    const names = path.split('/').map((name) => name.replace(/\..*$/, ''));
    const empty = names.find((name) => emptyNames.has(name));
    if (empty !== undefined) {
      breaches.push({
        file: path,
        text: `is called "${empty}"; what two modules share has a name of its own`,
      });
    }
    if (
      /\.(ts|mts|mjs)$/.test(path) &&
      !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/.test(path.split('/').at(-1) ?? '')
    ) {
      breaches.push({ file: path, text: 'is not named in kebab-case' });
    }
    return breaches;
  });
}
