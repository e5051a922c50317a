import { describe, expect, test } from 'vitest';
import { findProgram, installCommand, missingPackages } from './system-packages.mjs';

const names = (options: { isRoot: boolean; withTests: boolean }) =>
  missingPackages({ ...options, path: '/nonexistent' }).map(({ name }) => name);

describe('missing packages', () => {
  test('an ordinary user needs what maps user IDs', () => {
    expect(names({ isRoot: false, withTests: false })).toContain('uidmap');
    expect(names({ isRoot: true, withTests: false })).not.toContain('uidmap');
  });

  test('only the tests need other dissectors', () => {
    expect(names({ isRoot: true, withTests: true })).toEqual(expect.arrayContaining(['tcpdump', 'tshark']));
    expect(names({ isRoot: true, withTests: false })).not.toEqual(expect.arrayContaining(['tcpdump']));
  });
});

test('a program is found in PATH; an empty entry is not the working directory', () => {
  expect(findProgram('sh', '::/bin')).toBe('/bin/sh');
  expect(findProgram('sh', '')).toBeUndefined();
  expect(findProgram('halab-nonexistent')).toBeUndefined();
});

test('the command to paste is one line', () => {
  expect(installCommand(['a', 'b'], { isRoot: true })).toBe(
    'apt-get update && apt-get install -y --no-install-recommends a b',
  );
  expect(installCommand(['a'], { isRoot: false })).toBe(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends a',
  );
});
