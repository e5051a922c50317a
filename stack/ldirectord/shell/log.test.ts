import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configuredLog } from './log.ts';
import { debianSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'ldirectord-log-'));
const settings = { ...debianSettings, logFile: join(directory, 'default.log') };

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const lineOf = (path: string) => readFileSync(path, 'utf8').replace(/^\[.*?\|/, '[|');

test('without a word in the configuration the default file is used', () => {
  configuredLog(undefined, 'web.cf', settings)('hello');
  expect(lineOf(settings.logFile)).toBe(`[|web.cf|${process.pid}] hello\n`);
});

test('a file that is gone is made again', () => {
  const path = join(directory, 'own.log');
  const log = configuredLog({ kind: 'file', path }, 'web.cf', settings);
  log('one');
  rmSync(path);
  log('two');
  expect(lineOf(path)).toBe(`[|web.cf|${process.pid}] two\n`);
});

test('a file that cannot be written is no reason to stop', () => {
  expect(() =>
    configuredLog({ kind: 'file', path: '/nowhere/x' }, 'web.cf', settings)('hello'),
  ).not.toThrow();
});

test('a facility gets its lines through one logger', async () => {
  const seen = join(directory, 'syslog');
  const logger = join(directory, 'logger');
  writeFileSync(logger, `#!/bin/sh\necho "$@" >> ${seen}\ncat >> ${seen}\n`, { mode: 0o755 });
  const log = configuredLog({ kind: 'syslog', facility: 'local0' }, 'web.cf', { ...settings, logger });
  log('one');
  log('two');
  await expect
    .poll(() => readFileSync(seen, { encoding: 'utf8', flag: 'a+' }))
    .toBe('-t ldirectord -p local0.info\none\ntwo\n');
});

test('a facility without logger falls back to the default file', async () => {
  const own = { ...settings, logFile: join(directory, 'fallback.log'), logger: '/nowhere/logger' };
  const log = configuredLog({ kind: 'syslog', facility: 'local0' }, 'web.cf', own);
  log('hello');
  expect(lineOf(own.logFile)).toBe(`[|web.cf|${process.pid}] hello\n`);
});
