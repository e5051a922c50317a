import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { renderStored } from './image.ts';
import { readStoredImages, replacedSnapshots } from './stored-images.ts';

let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'halab-stored-'));
  onTestFinished(() => rmSync(cache, { recursive: true }));
});

function putImage(id: string, builtAt: string): void {
  const directory = join(cache, 'images', id);
  mkdirSync(join(directory, 'halab-boot'), { recursive: true });
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify({ id, builtAt, kernel: '6.1.0-1-cloud-amd64' }),
  );
  writeFileSync(join(directory, 'root.erofs'), Buffer.alloc(8192, 1));
}

function putSnapshot(key: string, image: string, options: { memoryMb?: number; usedAt?: number } = {}): void {
  const { memoryMb = 256, usedAt = 1000 } = options;
  const directory = join(cache, 'golden', key);
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'golden.json'),
    JSON.stringify({ key, image, accelerator: 'tcg', memoryMb, qemu: '7.2' }),
  );
  utimesSync(directory, usedAt, usedAt);
}

describe('the cache', () => {
  test('an empty one, or none, holds nothing', () => {
    expect(readStoredImages(join(cache, 'nowhere'), 'a')).toEqual({ images: [], leftovers: [] });
  });

  test('images come newest first, each with the snapshots made from it', () => {
    putImage('aaaa', '2024-01-01T00:00:00.000Z');
    putImage('bbbb', '2024-02-01T00:00:00.000Z');
    putSnapshot('s1', 'aaaa');
    const { images, leftovers } = readStoredImages(cache, 'aaaa');
    expect(
      images.map(({ id, isCurrent, snapshots }) => [id, isCurrent, snapshots.map(({ key }) => key)]),
    ).toEqual([
      ['bbbb', false, []],
      ['aaaa', true, ['s1']],
    ]);
    expect(images[0]?.bytes).toBeGreaterThanOrEqual(8192);
    expect(leftovers).toEqual([]);
  });

  test('unfinished builds and snapshots without their image are left over', () => {
    mkdirSync(join(cache, 'images', 'cccc.part'), { recursive: true });
    putSnapshot('s1', 'gone');
    mkdirSync(join(cache, 'golden', 's2.part'));
    expect(readStoredImages(cache, 'a').leftovers.toSorted()).toEqual(
      ['golden/s1', 'golden/s2.part', 'images/cccc.part'].map((name) => join(cache, name)),
    );
  });

  test('of several snapshots of one kind all but the last used are replaced', () => {
    putImage('aaaa', '2024-01-01T00:00:00.000Z');
    putSnapshot('old', 'aaaa', { usedAt: 1000 });
    putSnapshot('new', 'aaaa', { usedAt: 2000 });
    putSnapshot('large', 'aaaa', { memoryMb: 512, usedAt: 500 });
    const [image] = readStoredImages(cache, 'aaaa').images;
    expect(image && replacedSnapshots(image).map(({ key }) => key)).toEqual(['old']);
  });
});

test('the list is a line for each thing', () => {
  const snapshot = {
    key: 's1',
    accelerator: 'tcg',
    memoryMb: 256,
    qemu: '7.2',
    bytes: 2e8,
    usedAt: 0,
    directory: '/c/golden/s1',
  };
  const text = renderStored({
    images: [
      {
        id: 'aaaa',
        isCurrent: true,
        builtAt: '2024-02-01T10:20:30.000Z',
        kernel: '6.1.0',
        bytes: 3.77e8,
        directory: '/c/images/aaaa',
        snapshots: [snapshot],
      },
      {
        id: 'bbbb',
        isCurrent: false,
        builtAt: '2024-01-01T10:20:30.000Z',
        kernel: '6.1.0',
        bytes: 3.6e8,
        directory: '/c/images/bbbb',
        snapshots: [],
      },
    ],
    leftovers: ['/c/images/cccc.part'],
  });
  expect(text).toMatchInlineSnapshot(`
    "aaaa  current  built 2024-02-01 10:20  kernel 6.1.0  377 MB
      snapshot s1  tcg  256 MiB of memory  200 MB
    bbbb  old      built 2024-01-01 10:20  kernel 6.1.0  360 MB
    /c/images/cccc.part  of no use; \`halab image prune\` removes it"
  `);
});
