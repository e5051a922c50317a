import { describe, expect, test } from 'vitest';
import { durationText, readDuration } from './amounts.ts';

describe('readDuration', () => {
  test.for([
    ['250', 250],
    ['250ms', 250],
    ['1.5s', 1500],
    ['-1h', -3_600_000],
    ['+2min', 120_000],
    ['0', 0],
  ] as const)('%s is %d ms', ([text, milliseconds]) => {
    expect(readDuration(text)).toBe(milliseconds);
  });

  test.for(['', 's', '1 s', '1.s', '.5s', '1d', '--1s', '1s2', 'NaN', '1e3'])('"%s" is none', (text) => {
    expect(readDuration(text)).toBeUndefined();
  });
});

test.for([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [1500, '1500 ms'],
  [90_000, '90 s'],
  [120_000, '2 min'],
  [-3_600_000, '-1 h'],
] as const)('%d ms is written in the largest whole unit: %s', ([milliseconds, text]) => {
  expect(durationText(milliseconds)).toBe(text);
});
