import { describe, expect, test } from 'vitest';
import { kinds, layerOf, layersOf, layersSnappedTo, layersWith, range, stopOf } from './literal-frames.ts';
import { summarizeUdp } from './udp.ts';

const LENGTH = 38;

describe('UDP', () => {
  test('is taken apart', () => {
    const [, , udp, payload] = layersOf('udp-no-checksum');
    expect(udp).toEqual({
      layer: 'udp',
      offset: 34,
      length: 8,
      sourcePort: 40000,
      destinationPort: 53,
      datagramLength: 10,
      checksum: 0,
    });
    expect(payload).toEqual({ layer: 'payload', offset: 42, length: 2, wireLength: 2 });
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(34, 42)) {
      const layers = layersSnappedTo('udp', length);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'malformed']);
      expect(stopOf(layers)).toEqual({
        layer: 'udp',
        offset: 34,
        needed: 8,
        available: length - 34,
        limitedBy: 'snap-length',
      });
    }
  });

  test('cut anywhere by the capture it keeps its length on the wire', () => {
    for (const length of range(42, 59)) {
      const layers = layersSnappedTo('udp', length);
      expect(stopOf(layers)).toBeUndefined();
      expect(layerOf(layers, 'payload')).toMatchObject({ length: length - 42, wireLength: 17 });
    }
  });

  test('every length is judged by the 25 bytes that are there', () => {
    for (const value of range(0, 300)) {
      const layers = layersWith('udp', LENGTH, value >>> 8, value & 0xff);
      const udp = { layer: 'udp', offset: 34 };
      expect(kinds(layers).slice(0, 3)).toEqual(['ethernet', 'ipv4', 'udp']);
      if (value < 8)
        expect(stopOf(layers)).toEqual({ ...udp, needed: 8, available: value, limitedBy: 'udp-length' });
      else if (value > 25) {
        expect(stopOf(layers)).toEqual({
          ...udp,
          needed: value,
          available: 25,
          limitedBy: 'ipv4-total-length',
        });
      } else {
        expect(stopOf(layers)).toBeUndefined();
        expect(layers[3]).toEqual(
          value === 8
            ? undefined
            : { layer: 'payload', offset: 42, length: value - 8, wireLength: value - 8 },
        );
      }
    }
  });

  test.for([
    ['udp', 'UDP length 17'],
    ['udp-too-short', 'UDP'],
  ] as const)('%s is summarised as %s', ([name, line]) => {
    expect(summarizeUdp(layerOf(layersOf(name), 'udp'))).toBe(line);
  });
});
