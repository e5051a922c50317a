import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createRunDirectory } from '../run-directory.ts';
import { checkName, chooseLab, claimName, freeName, runningLabs } from './running-labs.ts';

function emptyBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'halab-labs-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  return base;
}

const began = '2026-01-01T00:00:00.000Z';

describe('running labs', () => {
  test('are the directories with a card whose owner lives', async () => {
    const base = emptyBase();
    const { path } = createRunDirectory(base);
    createRunDirectory(base); // of a test run: no card
    const dead = join(base, '1-999999999-0');
    mkdirSync(dead);
    writeFileSync(
      join(dead, 'lab.json'),
      JSON.stringify({ name: 'dead', topology: 'lvs-dr', startedAt: began }),
    );

    await claimName(path, { topology: 'lvs-dr' }, began, base);

    expect(runningLabs(base)).toMatchObject([
      { name: 'lvs-dr', topology: 'lvs-dr', owner: { pid: process.pid }, controlPath: join(path, 'control') },
    ]);
  });

  test('a name that nobody insisted on gets a number, one that somebody did is refused', async () => {
    const base = emptyBase();
    const claim = (wish: { readonly name?: string; readonly topology: string }) =>
      claimName(createRunDirectory(base).path, wish, began, base);

    const names = await Promise.all([1, 2, 3].map(() => claim({ topology: 'lvs-dr' })));
    expect(names.toSorted()).toEqual(['lvs-dr', 'lvs-dr-2', 'lvs-dr-3']);
    await expect(claim({ name: 'lvs-dr-2', topology: 'lvs-arp' })).rejects.toThrow(
      `a lab called "lvs-dr-2" is running already (process ${process.pid}); \`halab down lvs-dr-2\` ends it`,
    );
  });
});

describe('the lab that is meant', () => {
  const labs = [{ name: 'one' }, { name: 'two' }];

  test('is the only one, or the one named', () => {
    expect(chooseLab(labs.slice(0, 1), undefined)).toEqual({ name: 'one' });
    expect(chooseLab(labs, 'two')).toEqual({ name: 'two' });
  });

  test('has to be told when there are several', () => {
    expect(() => chooseLab(labs, undefined)).toThrow('2 labs are running (one, two): say which one is meant');
  });

  test('has to be running', () => {
    expect(() => chooseLab(labs, 'twoo')).toThrow(
      'no running lab is called "twoo": did you mean "two"? known: one, two',
    );
    expect(() => chooseLab([], undefined)).toThrow('no lab is running; `halab up TOPOLOGY` starts one');
  });
});

test('a free name is the wish, or the first number that nobody has', () => {
  expect(freeName('lab', [])).toBe('lab');
  expect(freeName('lab', [{ name: 'lab' }, { name: 'lab-3' }])).toBe('lab-2');
});

test.for(['a', 'A-1', 'lab.two_3', 'x'.repeat(40)])('"%s" can be the name of a lab', (name) => {
  expect(() => checkName(name, [])).not.toThrow();
});

test.for(['', 'a b', '-a', '.a', 'a/b', 'ä', 'x'.repeat(41)])('"%s" cannot', (name) => {
  expect(() => checkName(name, [])).toThrow(`a lab cannot be called "${name}"`);
});
