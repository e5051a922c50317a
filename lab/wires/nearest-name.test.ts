import { expect, test } from 'vitest';
import { nearestName, unknownName } from './nearest-name.ts';

test('finds a name that is a slip away, and none that is not', () => {
  const known = ['inside', 'outside', 'ring'];

  expect(nearestName('insde', known)).toBe('inside');
  expect(nearestName('Outside', known)).toBe('outside');
  expect(nearestName('rnig', known)).toBe('ring');
  expect(nearestName('x', known)).toBeUndefined();
  expect(nearestName('storage', known)).toBeUndefined();
});

test('says what is known, with and without a near name', () => {
  expect([
    unknownName('wire', 'insde', ['inside', 'outside']),
    unknownName('wire', 'storage', ['inside', 'outside']),
    unknownName('fault', 'f1', []),
  ]).toMatchInlineSnapshot(`
    [
      "no wire is called "insde": did you mean "inside"? known: inside, outside",
      "no wire is called "storage"; known: inside, outside",
      "no fault is called "f1"; known: none",
    ]
  `);
});
