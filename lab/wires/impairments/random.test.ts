import { describe, expect, test } from 'vitest';
import { seededRandom, xoshiro128 } from './random.ts';

describe('xoshiro128**', () => {
  test("gives the row its authors' reference code gives for the state 1, 2, 3, 4", () => {
    const draw = xoshiro128(1, 2, 3, 4);

    expect(Array.from({ length: 6 }, draw)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });
});

describe('seededRandom', () => {
  test('repeats its row for the same seed and text', () => {
    const row = (seed: number, text: string) => {
      const random = seededRandom(seed, text);
      return Array.from({ length: 8 }, () => random.next());
    };

    expect(row(7, 'f1')).toEqual(row(7, 'f1'));
    expect(row(7, 'f1')).not.toEqual(row(8, 'f1'));
    expect(row(7, 'f1')).not.toEqual(row(7, 'f2'));
  });

  test('spreads over [0, limit) and never reaches the limit', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0, 0, 0];
    for (let draw = 0; draw < 10_000; draw++) counts[random.below(5)]! += 1;

    expect(counts).toHaveLength(5);
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(150);
  });
});
