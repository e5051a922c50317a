import { expect, test } from 'vitest';
import type { Instant } from '../../time.ts';
import { parseConfig } from '../config/parse.ts';
import { afterLook, startLook } from './config-watch.ts';
import type { State } from './state.ts';
import { start } from './step.ts';

const text = 'autoreload = yes\n';

function running(): State {
  const parsed = parseConfig(text, 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  return { ...start(parsed.config, text, 0 as Instant)[0], phase: 'running' };
}

test('the file is looked at a second after the last look, not before', () => {
  expect(startLook(running(), 999 as Instant)[1]).toEqual([]);
  expect(startLook(running(), 1000 as Instant)[1]).toEqual([{ kind: 'look-at-config' }]);
});

test('one look that differs is not enough, two that agree are', () => {
  const [once, nothing] = afterLook(running(), 'new');
  expect(nothing).toEqual([]);
  expect(afterLook(once, 'new')[1].map(({ kind }) => kind)).toEqual(['log', 'log', 'load-config']);
});

test('two looks that differ from each other are none', () => {
  const [once] = afterLook(running(), 'half');
  const [twice, effects] = afterLook(once, 'whole');
  expect(effects).toEqual([]);
  expect(afterLook(twice, 'whole')[1]).not.toEqual([]);
});

test('a file that is back as it was is forgotten', () => {
  const [once] = afterLook(running(), 'new');
  const [back] = afterLook(once, text);
  expect(afterLook(back, 'new')[1]).toEqual([]);
});
