import { describe, expect, test } from 'vitest';
import { DatagramPieces } from './datagram-pieces.ts';

const first = { offset: 0, bytes: 1480, isLast: false };
const second = { offset: 1480, bytes: 1480, isLast: false };
const last = { offset: 2960, bytes: 1048, isLast: true };

function seen(...pieces: readonly (typeof first)[]): DatagramPieces {
  const datagram = new DatagramPieces();
  for (const piece of pieces) datagram.add(piece);
  return datagram;
}

describe('A datagram in pieces', () => {
  test.for([
    [[first, second, last], 4008],
    [[last, first, second], 4008],
    [[first, last, first, second, last], 4008],
  ] as const)('is whole once all bytes were there: %j', ([pieces, bytes]) => {
    const { isWhole, total, bytes: there } = seen(...pieces);

    expect({ isWhole, total, there }).toEqual({ isWhole: true, total: bytes, there: bytes });
  });

  test.for([
    [[first, last], 2528],
    [[second, last], 2528],
    [[first, second], 2960],
    [[first, first], 1480],
    [[], 0],
  ] as const)('is not whole with a piece missing: %j', ([pieces, bytes]) => {
    const { isWhole, bytes: there } = seen(...pieces);

    expect({ isWhole, there }).toEqual({ isWhole: false, there: bytes });
  });

  test('counts bytes once that overlap', () => {
    expect(seen(first, { offset: 1000, bytes: 1960, isLast: false }, last).isWhole).toBe(true);
  });
});
