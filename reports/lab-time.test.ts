import { describe, expect, test } from 'vitest';
import { durationText, labTime } from './lab-time.ts';

describe('times in reports', () => {
  test.for([
    [0, '+0.000 s'],
    [12_310_000_000, '+12.310 s'],
    [499_999, '+0.000 s'],
    [500_000, '+0.001 s'],
  ] as const)('%d ns on the lab clock reads %s', ([nanoseconds, text]) => {
    expect(labTime(nanoseconds)).toBe(text);
  });

  test.for([
    [0, '0.0 s'],
    [49, '0.0 s'],
    [50, '0.1 s'],
    [31_249, '31.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [119_600, '2 min 0 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h 0 min'],
    [9_999_000, '2 h 46 min'],
  ] as const)('%d ms reads %s', ([milliseconds, text]) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});
