import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import type { Problem } from './problem.ts';

const directory = join(import.meta.dirname, '../../../fixtures/configs/ldirectord');

const files = (folder: string) => readdirSync(join(directory, folder)).filter((name) => name.endsWith('.cf'));

/** What the comments of a file say will be said about it. */
function foretold(text: string, mark: '#!' | '#~'): readonly string[] {
  return text.split('\n').flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length).trim()] : []));
}

const told = (problems: readonly Problem[]) =>
  problems.map(({ at, text }) => `${at.line}:${at.column}: ${text}`);

describe('good configurations', () => {
  test.for(files('good'))('%s is accepted', (name) => {
    const text = readFileSync(join(directory, 'good', name), 'utf8');
    const result = parseConfig(text, name);

    expect(result.ok ? [] : told(result.problems)).toEqual([]);
    expect(told(result.warnings)).toEqual(foretold(text, '#~'));
  });
});

describe('bad configurations', () => {
  test.for(files('bad'))('%s is refused for all it says', (name) => {
    const text = readFileSync(join(directory, 'bad', name), 'utf8');
    const result = parseConfig(text, name);

    expect(result.ok ? [] : told(result.problems)).toEqual(foretold(text, '#!'));
    expect(result.ok).toBe(false);
  });
});
