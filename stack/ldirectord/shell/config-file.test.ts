import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findConfig, loadConfig, lookAtConfig, readConfig } from './config-file.ts';
import { debianSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'ldirectord-config-'));
const conf = join(directory, 'conf');
mkdirSync(conf);
const settings = { ...debianSettings, configDirectories: [directory, conf] };

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, ...lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('a configuration is found', () => {
  test('in the first directory before the second, and there before as a path', () => {
    const second = file('conf/web.cf');
    expect(findConfig(settings, 'web.cf')).toBe(second);
    const first = file('web.cf');
    expect(findConfig(settings, 'web.cf')).toBe(first);
    expect(findConfig({ ...settings, configDirectories: [] }, first)).toBe(first);
    expect(findConfig(settings, 'none.cf')).toBeUndefined();
  });
});

describe('a configuration is refused', () => {
  test('when it cannot be read', () => {
    expect(readConfig(directory)).toMatchObject({
      ok: false,
      lines: [`${directory}: error: cannot be read: EISDIR: illegal operation on a directory, read`],
    });
  });

  test('when it is wrong', () => {
    const path = file('wrong.cf', 'checkinterval = 0');
    expect(readConfig(path)).toMatchObject({
      ok: false,
      lines: [`${path}:1:17: error: checkinterval: found "0"; allowed: seconds, 1 to 2147483`],
    });
  });

  test('when it asks for what the program cannot do', () => {
    const path = file('oracle.cf', 'virtual = 192.0.2.80:1521');
    expect(readConfig(path)).toMatchObject({
      ok: false,
      lines: [expect.stringContaining('found service oracle')],
    });
  });

  test('when a monitor file cannot be written', async () => {
    const path = file('monitor.cf', 'virtual = 7', '\tmonitorfile = /nowhere/x');
    expect(readConfig(path).ok).toBe(true);
    expect(await loadConfig(path)).toMatchObject({
      ok: false,
      lines: [
        expect.stringContaining(`${path}:2:16: error: monitorfile: found a file that cannot be appended to`),
      ],
    });
  });
});

test('names become addresses when a configuration is loaded', async () => {
  const path = file('names.cf', 'virtual = localhost:80', '\treal = localhost:8080 masq');
  const loaded = await loadConfig(path);
  expect(loaded.ok && loaded.config.virtuals[0]?.address).toMatchObject({ address: '127.0.0.1' });
});

test('a maintenance directory that is missing is worth a note', async () => {
  const path = file('maintenance.cf', 'maintenancedir = /nowhere');
  expect(await loadConfig(path)).toMatchObject({
    ok: true,
    notes: [`${path}:1:18: warning: maintenancedir: /nowhere does not exist`],
  });
});

describe('a look at a file', () => {
  const never = { stamp: '', text: '' };

  test('reads it once and then only when its stamp changed', () => {
    const path = file('look.cf', 'one');
    const first = lookAtConfig(path, never);
    expect(first.text).toBe('one\n');
    expect(lookAtConfig(path, first)).toBe(first);

    file('look.cf', 'other');
    expect(lookAtConfig(path, first).text).toBe('other\n');
  });

  test('sees the same text in a file that was touched or replaced', () => {
    const path = file('look.cf', 'one');
    const first = lookAtConfig(path, never);
    utimesSync(path, 1, 1);
    const touched = lookAtConfig(path, first);
    expect(touched).toMatchObject({ text: first.text });
    expect(touched.stamp).not.toBe(first.stamp);

    renameSync(file('new.cf', 'two'), path);
    expect(lookAtConfig(path, touched).text).toBe('two\n');
  });

  test('sees no change in a file that is gone', () => {
    const path = file('look.cf', 'one');
    const first = lookAtConfig(path, never);
    rmSync(path);
    expect(lookAtConfig(path, first)).toBe(first);
  });
});
