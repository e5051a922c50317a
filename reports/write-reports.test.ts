import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exampleReport } from './example-report.ts';
import type { RunReport } from './run-report.ts';
import { writeReports } from './write-reports.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'halab-reports-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('three files are written, into a folder that need not exist, and nothing else', () => {
  const folder = join(emptyFolder(), 'a', 'b');

  writeReports(folder, exampleReport);

  expect(readdirSync(folder).sort()).toEqual(['junit.xml', 'report.html', 'verdicts.json']);
  expect(JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8'))).toEqual(exampleReport);
});

test('files of an earlier run are replaced', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'junit.xml'), 'old');

  writeReports(folder, exampleReport);

  expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toContain('<testsuites');
});

test('a report that cannot be rendered replaces nothing', () => {
  const folder = emptyFolder();
  writeReports(folder, exampleReport);
  const before = readFileSync(join(folder, 'verdicts.json'), 'utf8');
  const broken = { ...exampleReport, seed: 8, verdicts: [{}] } as unknown as RunReport;

  expect(() => writeReports(folder, broken)).toThrow();

  expect(readFileSync(join(folder, 'verdicts.json'), 'utf8')).toBe(before);
});

test('a file that cannot be replaced is an error and leaves nothing half-made', () => {
  const folder = emptyFolder();
  // A folder in the place of the file: rename(2) refuses it whoever asks, root too.
  mkdirSync(join(folder, 'verdicts.json'));

  expect(() => writeReports(folder, exampleReport)).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);

  expect(readdirSync(folder)).toEqual(['verdicts.json']);
});
