import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findSubject, loadSubject, subjectNames } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'halab-subject-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('the subjects that come with the lab are found by name', async () => {
  expect(subjectNames()).toEqual(['linux-ha', 'stack']);
  expect((await loadSubject(findSubject('linux-ha'))).name).toBe('linux-ha');
});

test('a name that nothing has is answered with those there are and the nearest', () => {
  expect(() => findSubject('linuxha')).toThrowErrorMatchingInlineSnapshot(
    `[LabError: no subject is called "linuxha"; there are linux-ha, stack, or a path to a file; did you mean "linux-ha"?]`,
  );
  expect(() => findSubject('./no-such.ts')).toThrowErrorMatchingInlineSnapshot(
    `[LabError: subject file ./no-such.ts does not exist]`,
  );
});

test('a file that does not load says why', async () => {
  await expect(loadSubject(file('broken.mjs', 'import "./not-there.mjs";'))).rejects.toThrow(
    /does not load: Cannot find module/,
  );
});

test('a file without a subject, or with two, says what it exports', async () => {
  await expect(loadSubject(file('none.mjs', 'export const x = 1;'))).rejects.toThrow(
    /exactly one subject .* it exports x$/,
  );
  const two = 'export const a = { name: "a", setUp() {} }; export const b = { name: "b", setUp() {} };';
  await expect(loadSubject(file('two.mjs', two))).rejects.toThrow(/it exports a, b$/);
});

test('a subject that lacks members is told which', async () => {
  await expect(loadSubject(file('part.mjs', 'export const a = { name: "a", setUp() {} };'))).rejects.toThrow(
    /subject "a" in .* lacks version, start, stop, logFiles/,
  );
});
