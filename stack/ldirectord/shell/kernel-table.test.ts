import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import type { Command } from '../table/command.ts';
import { programTable, readTable } from './kernel-table.ts';
import { debianSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'ldirectord-table-'));
const calls = join(directory, 'calls');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Settings with an ipvsadm that notes its arguments and input, and then does what the lines say. */
function withIpvsadm(name: string, ...lines: readonly string[]) {
  const ipvsadm = join(directory, name);
  rmSync(calls, { force: true });
  writeFileSync(ipvsadm, ['#!/bin/sh', `echo "$@" >> ${calls}`, ...lines, ''].join('\n'), { mode: 0o755 });
  return { ...debianSettings, ipvsadm };
}

const called = () => readFileSync(calls, 'utf8').trim().split('\n');

const remove = (mark: number): Command => ({
  kind: 'delete-service',
  service: { protocol: 'fwm', family: 'ipv4', address: { kind: 'mark', mark } },
});
const commands = [remove(1), remove(2), remove(3)];

describe('commands in one go', () => {
  test('are lines on the input of one run', async () => {
    const settings = withIpvsadm('good', `cat >> ${calls}`);
    expect(await programTable(settings, commands, false)).toEqual({ kind: 'batch', ok: true, text: '' });
    expect(called()).toEqual(['-R', '-D -f 1', '-D -f 2', '-D -f 3']);
  });

  test('went wrong when the run ends with a failure', async () => {
    const settings = withIpvsadm('failing', 'cat > /dev/null', 'exit 255');
    expect(await programTable(settings, commands, false)).toMatchObject({ ok: false });
  });

  test('went wrong when the run says something, though it ends well', async () => {
    const settings = withIpvsadm('grumbling', 'cat > /dev/null', 'echo No such service >&2');
    expect(await programTable(settings, commands, false)).toEqual({
      kind: 'batch',
      ok: false,
      text: 'No such service',
    });
  });

  test('went wrong when the run reads nothing of them', async () => {
    const settings = withIpvsadm('deaf', 'exec <&-', 'exit 2');
    const many = Array.from({ length: 20000 }, () => remove(1));
    expect(await programTable(settings, many, false)).toMatchObject({ ok: false });
  });

  test('went wrong without the program', async () => {
    const settings = { ...debianSettings, ipvsadm: '/nowhere/ipvsadm' };
    expect(await programTable(settings, commands, false)).toMatchObject({
      ok: false,
      text: 'spawn /nowhere/ipvsadm ENOENT',
    });
  });
});

describe('commands one by one', () => {
  test('have each its own result', async () => {
    const settings = withIpvsadm('partly', 'test "$3" != 2 || { echo No such service >&2; exit 255; }');
    expect(await programTable(settings, commands, true)).toEqual({
      kind: 'one-by-one',
      results: [
        { ok: true, text: 'exit code 0' },
        { ok: false, text: 'No such service' },
        { ok: true, text: 'exit code 0' },
      ],
    });
    expect(called()).toEqual(['-D -f 1', '-D -f 2', '-D -f 3']);
  });

  test('are not all tried when the kernel has no IPVS', async () => {
    const settings = withIpvsadm(
      'lacking',
      'echo "Can\'t initialize ipvs: Protocol not available" >&2',
      'exit 2',
    );
    const result = await programTable(settings, commands, true);
    expect(result.kind === 'one-by-one' && result.results.map(({ ok }) => ok)).toEqual([false, false, false]);
    expect(called()).toHaveLength(1);
  });
});

describe('the table of the kernel', () => {
  const parsed = parseConfig('virtual6 = 8\n', 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  const { config } = parsed;

  test('is empty before there is a file', () => {
    expect(readTable({ ...debianSettings, procIpVs: '/nowhere/ip_vs' }, config).size).toBe(0);
  });

  test('is read with what the configuration says of marks', () => {
    const procIpVs = join(directory, 'ip_vs');
    writeFileSync(procIpVs, 'FWM  00000008 rr \nFWM  00000009 rr \n');
    expect([...readTable({ ...debianSettings, procIpVs }, config).keys()]).toEqual(['fwm6:8', 'fwm:9']);
  });

  test('that cannot be read is not taken for empty', () => {
    expect(() => readTable({ ...debianSettings, procIpVs: directory }, config)).toThrow('EISDIR');
  });
});
