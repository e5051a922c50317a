import { describe, expect, test } from 'vitest';
import { orderSegments } from './segment-order.ts';

describe('orderSegments', () => {
  test('keeps the given order when no node joins segments', () => {
    expect(orderSegments(['c', 'a', 'b'], [['a'], ['b', 'b'], []])).toEqual(['c', 'a', 'b']);
  });

  test('keeps the given order when another is no better', () => {
    expect(
      orderSegments(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['b', 'c'],
        ],
      ),
    ).toEqual(['a', 'b', 'c']);
  });

  test('puts segments together that nodes join', () => {
    expect(orderSegments(['a', 'b', 'c'], [['a', 'c']])).toEqual(['a', 'c', 'b']);
    expect(
      orderSegments(
        ['a', 'b', 'c', 'd'],
        [
          ['a', 'd'],
          ['d', 'b'],
          ['b', 'c'],
        ],
      ),
    ).toEqual(['a', 'd', 'b', 'c']);
  });

  test('puts the one in the middle that most nodes are on', () => {
    expect(
      orderSegments(
        ['hub', 'b', 'c'],
        [
          ['hub', 'b'],
          ['hub', 'c'],
        ],
      ),
    ).toEqual(['b', 'hub', 'c']);
  });

  test('does not try the orders of more than six', () => {
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(orderSegments(seven, [['a', 'g']])).toEqual(seven);
    expect(orderSegments(seven.slice(1), [['b', 'g']]).indexOf('g')).toBe(1);
  });
});
