import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkMaintenance } from './maintenance.ts';

const parent = mkdtempSync(join(tmpdir(), 'ldirectord-maintenance-'));

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** A directory that holds an empty file of each name. */
function directoryWith(...names: readonly string[]): string {
  const directory = join(parent, String(names.length), names.join('+') || 'empty');
  mkdirSync(directory, { recursive: true });
  for (const name of names) writeFileSync(join(directory, name), '');
  return directory;
}

const inMaintenance = { verdict: 'maintenance', message: 'Server in maintenance' };

test.for(['127.0.0.1', '127.0.0.1:8080'])('a file named %s takes the server out', async (name) => {
  expect(await checkMaintenance(directoryWith('README', name), '127.0.0.1', 8080)).toEqual(inMaintenance);
});

test.for(['127.0.0.2', '127.0.0.1:80', '127.0.0.1:80801'])('a file named %s does not', async (name) => {
  expect(await checkMaintenance(directoryWith(name), '127.0.0.1', 8080)).toBeUndefined();
});

test('an empty or missing directory takes nobody out', async () => {
  expect(await checkMaintenance(directoryWith(), '127.0.0.1', 8080)).toBeUndefined();
  expect(await checkMaintenance('/nowhere', '127.0.0.1', 8080)).toBeUndefined();
});
