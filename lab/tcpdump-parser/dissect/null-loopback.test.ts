import { describe, expect, test } from 'vitest';
import { kinds, layerOf, layersCutTo, layersOf, layersWith, range, stopOf } from './literal-frames.ts';
import { summarizeNull } from './null-loopback.ts';

describe('The BSD loopback header', () => {
  test('is taken apart in either byte order', () => {
    expect(layersOf('null-udp')[0]).toEqual({ layer: 'null', offset: 0, length: 4, family: 2, ipVersion: 4 });
    expect(layersOf('null-ipv6')[0]).toEqual({
      layer: 'null',
      offset: 0,
      length: 4,
      family: 30,
      ipVersion: 6,
    });
    expect(kinds(layersWith('null-udp', 0, 0, 0, 0, 2))).toEqual(kinds(layersOf('null-udp')));
  });

  test.for([10, 24, 28, 30])('address family %d is IPv6 somewhere', (family) => {
    expect(layerOf(layersWith('null-ipv6', 0, family, 0, 0, 0), 'null').ipVersion).toBe(6);
  });

  test('another family is left as payload', () => {
    expect(kinds(layersWith('null-udp', 0, 7, 0, 0, 0))).toEqual(['null', 'payload']);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(0, 4)) {
      const stop = { layer: 'null', offset: 0, needed: 4, available: length, limitedBy: 'frame' };
      expect(stopOf(layersCutTo('null-udp', length))).toEqual(stop);
    }
  });

  test('is summarised', () => {
    expect(summarizeNull(layerOf(layersOf('null-udp'), 'null'))).toBe('address family 2');
  });
});
