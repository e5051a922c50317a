import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess } from './process-identity.ts';
import { createRunDirectory, reapOrphans } from './run-directory.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'halab-base-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('a directory carries its owner in its name, and goes when disposed of', () => {
  {
    using directory = createRunDirectory(base);
    const self = identifyProcess(process.pid);
    expect(directory.path).toBe(join(base, `${self?.pid}-${self?.startTime}-0`));
    using second = createRunDirectory(base);
    expect(second.path.endsWith('-1')).toBe(true);
  }
  expect(readdirSync(base)).toEqual([]);
});

test('what a living owner has is left alone', () => {
  using directory = createRunDirectory(base);
  expect(reapOrphans(base)).toEqual([]);
  expect(existsSync(directory.path)).toBe(true);
});

test('what a dead owner left is removed with the processes that it adopted', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid ?? 0);
  // A pid that was given again since: the start time tells it from the owner.
  const orphan = join(base, `${process.pid}-1-0`);
  mkdirSync(orphan);
  writeFileSync(join(orphan, 'children'), `${identity?.pid} ${identity?.startTime}\n999999999 1\n`);
  const ended = once(child, 'exit');
  expect(reapOrphans(base)).toEqual([{ directory: orphan, ended: [child.pid] }]);
  await ended;
  expect(existsSync(orphan)).toBe(false);
});

test('a process that has the pid of an adopted one, but is another, is not touched', () => {
  const orphan = join(base, `${process.pid}-1-0`);
  mkdirSync(orphan);
  writeFileSync(join(orphan, 'children'), `${process.pid} 12345\n`);
  expect(reapOrphans(base)).toEqual([{ directory: orphan, ended: [] }]);
});

test('directories that are none of ours stay', () => {
  mkdirSync(join(base, 'something'));
  expect(reapOrphans(base)).toEqual([]);
  expect(readdirSync(base)).toEqual(['something']);
});
