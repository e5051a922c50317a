import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimPidFile, isLdirectord, pidFileOf, releasePidFile, runningInstance } from './instance.ts';
import { debianSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'ldirectord-pid-'));
const pidFile = join(directory, 'ldirectord.web.cf.pid');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A process whose command line holds the program's name, until it is disposed of. */
function impostor(): Disposable & { readonly pid: number } {
  const child = spawn('/bin/sh', ['-c', 'read _ # ldirectord'], { stdio: ['pipe', 'ignore', 'ignore'] });
  return { pid: child.pid ?? 0, [Symbol.dispose]: () => child.kill('SIGKILL') };
}

test('the pid file is named for the instance', () => {
  expect(pidFileOf(debianSettings, 'web.cf')).toBe('/var/run/ldirectord.web.cf.pid');
});

test('without a file the instance is stopped', () => {
  expect(runningInstance(join(directory, 'none'))).toEqual({ kind: 'stopped' });
});

test.for([
  ['of a process that is gone', '4194305\n'],
  ['of a process that is something else', '1\n'],
  ['of this very process', `${process.pid}\n`],
  ['of nothing', 'hello\n'],
  ['that is empty', ''],
  ['of a process group', '-1\n'],
] as const)('a file %s is stale', ([_, text]) => {
  writeFileSync(pidFile, text);
  expect(runningInstance(pidFile)).toEqual({ kind: 'stale' });
});

test('a file of a process called ldirectord means that it runs', async () => {
  using other = impostor();
  await expect.poll(() => isLdirectord(other.pid)).toBe(true);
  writeFileSync(pidFile, `${other.pid}\n`);

  expect(runningInstance(pidFile)).toEqual({ kind: 'running', pid: other.pid });
  expect(claimPidFile(pidFile)).toEqual({ kind: 'running', pid: other.pid });
  releasePidFile(pidFile);
  expect(existsSync(pidFile)).toBe(true);
});

test('a stale file is taken over, and given up by its owner', () => {
  writeFileSync(pidFile, '4194305\n');

  expect(claimPidFile(pidFile)).toEqual({ kind: 'stopped' });
  expect(readFileSync(pidFile, 'utf8')).toBe(`${process.pid}\n`);

  releasePidFile(pidFile);
  expect(existsSync(pidFile)).toBe(false);
});
