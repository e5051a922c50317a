import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listsAreFresh } from './package-lists.mjs';

const hourMs = 3_600_000;
const lookedAt = Date.UTC(2024, 0, 1);

function listsLookedAt(names: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'halab-lists-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'partial'));
  for (const name of names) writeFileSync(join(directory, name), '');
  for (const path of [directory, join(directory, 'partial')])
    utimesSync(path, lookedAt / 1000, lookedAt / 1000);
  return directory;
}

test('lists are fresh for a day', () => {
  const directory = listsLookedAt(['mirror_dists_bookworm_main_binary-amd64_Packages.lz4']);
  expect(listsAreFresh({ now: lookedAt + 24 * hourMs - 1, directory })).toBe(true);
  expect(listsAreFresh({ now: lookedAt + 24 * hourMs, directory })).toBe(false);
});

test('a system without lists has none that are fresh', () => {
  expect(listsAreFresh({ now: lookedAt, directory: listsLookedAt(['lock']) })).toBe(false);
  expect(listsAreFresh({ now: lookedAt, directory: '/nonexistent' })).toBe(false);
});
