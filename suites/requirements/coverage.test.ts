import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requirements } from './registry.ts';

interface CoveringTest {
  readonly file: string;
  readonly topology: string;
  /** The ID that its title opens with, and the one that it covers. */
  readonly titled: string | undefined;
  readonly covered: string;
}

const suites = join(import.meta.dirname, '..');

/** The tests of all suites, read from their source: to run them takes machines. */
const tests = globSync('**/*.test.ts', { cwd: suites, exclude: ['requirements/**'] }).flatMap(testsOf);

function testsOf(file: string): readonly CoveringTest[] {
  const source = readFileSync(join(suites, file), 'utf8');
  const topology = /labTest\((\w+)/
    .exec(source)?.[1]
    ?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [...source.matchAll(/covers\('([^']*)'\)/g)].map(({ 1: covered = '', index }) => {
    const titles = [...source.slice(0, index).matchAll(/[`'"]([A-Z]+(?:-[A-Z]+)*-\d{2})[^`'"]*?: /g)];
    return { file, topology: topology ?? '', titled: titles.at(-1)?.[1], covered };
  });
}

test('there are suites to look at', () => {
  expect(tests.length).toBeGreaterThan(0);
});

test('a test is titled by the requirement that it covers', () => {
  expect(tests.filter(({ titled, covered }) => titled !== covered)).toEqual([]);
});

test.for(Object.values(requirements).filter(({ withdrawn }) => withdrawn === undefined))(
  '$id has a test on each of its topologies, and on no other',
  ({ id, topologies }) => {
    const covering = tests.filter(({ covered }) => covered === id).map(({ topology }) => topology);

    expect([...new Set(covering)].sort()).toEqual([...topologies].sort());
  },
);
