import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheDirectory } from '../image/cache.ts';
import { cachePlace, isNewEnough, isWritable, movedCaches, root } from './places.mjs';

test('the root is the folder of package.json', () => {
  expect(root.endsWith('/')).toBe(false);
  expect(existsSync(join(root, 'package.json'))).toBe(true);
});

describe('the cache', () => {
  test.for([
    {},
    { HALAB_CACHE: '/srv/halab' },
    { HALAB_CACHE: '' },
    { XDG_CACHE_HOME: '/srv/cache' },
    { XDG_CACHE_HOME: '' },
    { HALAB_CACHE: '/srv/halab', XDG_CACHE_HOME: '/srv/cache' },
  ])('is where the lab has it, with %j', (environment) => {
    expect(cachePlace(environment)).toBe(cacheDirectory(environment));
  });

  test('stays where it can be written to', () => {
    expect(movedCaches({ HALAB_CACHE: '/var/tmp/x', npm_config_cache: '/var/tmp/y' }, 7)).toEqual({});
  });

  test('moves from where nothing can be made, to a place of the user’s own', () => {
    expect(movedCaches({ HALAB_CACHE: '/dev/null/x', npm_config_cache: '/dev/null/y' }, 7)).toEqual({
      HALAB_CACHE: '/var/tmp/halab-cache-7',
      npm_config_cache: '/var/tmp/halab-cache-7/npm',
    });
  });
});

test('a directory that is not there yet is writable when its nearest parent is', () => {
  expect(isWritable('/var/tmp/halab-none/a/b')).toBe(true);
  expect(isWritable('/dev/null/a')).toBe(false);
});

test.for([
  ['18.19.0', false],
  ['23.11.1', false],
  ['24.0.0', true],
  ['100.0.0', true],
] as const)('Node %s is new enough: %s', ([version, expected]) => {
  expect(isNewEnough(version)).toBe(expected);
});
