import { describe, expect, test } from 'vitest';
import { FrameReader, withPrefix } from './frame-reader.ts';

const frames = [Buffer.from('first frame'), Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300, 7)];
const stream = Buffer.concat(frames.map(withPrefix));

function readAll(chunks: readonly Buffer[]) {
  const reader = new FrameReader();
  const taken: Buffer[] = [];
  const isWhole = chunks.every((chunk) =>
    reader.read(chunk, (bytes, start, end) => {
      expect(bytes.readUInt32BE(start)).toBe(end - start - 4);
      taken.push(Buffer.from(bytes.subarray(start + 4, end)));
    }),
  );
  return { taken, isWhole };
}

describe('FrameReader', () => {
  test('writes the length as QEMU does, big-endian and without itself', () => {
    expect(withPrefix(Buffer.from('abc')).toString('hex')).toBe('00000003616263');
  });

  test('finds the same frames wherever the stream is cut in two', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(readAll([stream.subarray(0, cut), stream.subarray(cut)]).taken, `cut at ${cut}`).toEqual(frames);
    }
  });

  test('finds the same frames byte by byte', () => {
    expect(readAll(Array.from(stream, (byte) => Buffer.of(byte))).taken).toEqual(frames);
  });

  test('hands out frames that lie whole in a chunk in place', () => {
    const places: [boolean, number, number][] = [];
    new FrameReader().read(stream, (bytes, start, end) => places.push([bytes === stream, start, end]));

    expect(places).toEqual([
      [true, 0, 15],
      [true, 15, 19],
      [true, 19, 24],
      [true, 24, 328],
    ]);
  });

  test('takes the largest frame QEMU sends and refuses one byte more', () => {
    const largest = withPrefix(Buffer.alloc(69_632));

    expect(readAll([largest]).isWhole).toBe(true);
    expect(readAll([Buffer.from('00011001', 'hex')]).isWhole).toBe(false);
    expect(readAll([Buffer.from('0001', 'hex'), Buffer.from('1001', 'hex')]).isWhole).toBe(false);
  });
});
