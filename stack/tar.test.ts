import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarball } from './tar.ts';

const files = [
  { path: 'package/bin/x', content: Buffer.from('#!/bin/sh\n'), executable: true },
  { path: 'package/empty', content: new Uint8Array(), executable: false },
  { path: 'package/block', content: Buffer.alloc(512, 'a'), executable: false },
];

test('the archive is read by tar', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stack-tar-'));
  const path = join(directory, 'x.tgz');
  writeFileSync(path, tarball(files));
  const listed = execFileSync('tar', ['--full-time', '--utc', '-tvzf', path], { encoding: 'utf8' });
  rmSync(directory, { recursive: true });

  expect(
    listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).join(' ')),
  ).toEqual([
    '-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 package/bin/x',
    '-rw-r--r-- 0/0 0 1970-01-01 00:00:00 package/empty',
    '-rw-r--r-- 0/0 512 1970-01-01 00:00:00 package/block',
  ]);
});

test('it ends with two empty blocks, and fills each file to whole ones', () => {
  const bytes = gunzipSync(tarball(files));
  // Three headers, one block each for two files, none for the empty one, and the end.
  expect(bytes.length).toBe((3 + 2 + 2) * 512);
  expect(bytes.subarray(-1024).every((byte) => byte === 0)).toBe(true);
});

test('equal files give equal bytes', () => {
  expect(tarball(files)).toEqual(tarball(files));
});

test('a path longer than its field is refused', () => {
  const path = 'x'.repeat(101);
  expect(() => tarball([{ path, content: new Uint8Array(), executable: false }])).toThrow(RangeError);
});
