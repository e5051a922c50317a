import { describe, expect, test } from 'vitest';
import { summarizeIpv4 } from './ipv4.ts';
import {
  kinds,
  layerOf,
  layersCutTo,
  layersOf,
  layersSnappedTo,
  layersWith,
  range,
  stopOf,
} from './literal-frames.ts';

const VERSION_AND_LENGTH = 14;
const TOTAL_LENGTH = 16;

describe('IPv4', () => {
  test('is taken apart', () => {
    expect(layersOf('tcp-syn')[1]).toEqual({
      layer: 'ipv4',
      offset: 14,
      length: 20,
      tos: 0,
      totalLength: 60,
      id: 0x1a2b,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      protocol: 6,
      checksum: 0xa835,
      source: '203.0.113.10',
      destination: '203.0.113.80',
      options: [],
    });
  });

  test('a first fragment shows its transport header, with a length that goes on in the next', () => {
    const layers = layersOf('ipv4-fragment-first');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'udp', 'payload']);
    expect(layerOf(layers, 'ipv4')).toMatchObject({ moreFragments: true, fragmentOffset: 0 });
    expect(layerOf(layers, 'udp').datagramLength).toBe(48);
    expect(layerOf(layers, 'payload')).toMatchObject({ length: 24, wireLength: 24 });
  });

  test('a later fragment shows none, and no padding', () => {
    const layers = layersOf('ipv4-fragment-last');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'payload']);
    expect(layerOf(layers, 'ipv4')).toMatchObject({ moreFragments: false, fragmentOffset: 32 });
    expect(layerOf(layers, 'payload')).toMatchObject({ length: 16, wireLength: 16 });
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(14, 34)) {
      const stop = { layer: 'ipv4', offset: 14, needed: 20, available: length - 14 };
      expect(kinds(layersCutTo('tcp-syn', length))).toEqual(['ethernet', 'malformed']);
      expect(stopOf(layersCutTo('tcp-syn', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('tcp-syn', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test('cut anywhere on the wire, its total length is wrong', () => {
    for (const length of range(34, 74)) {
      const layers = layersCutTo('tcp-syn', length);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'malformed']);
      expect(stopOf(layers)).toEqual({
        layer: 'ipv4',
        offset: 14,
        needed: 60,
        available: length - 14,
        limitedBy: 'frame',
      });
    }
  });

  test('cut anywhere by the capture, its total length is right', () => {
    for (const length of range(34, 74)) {
      const stop = stopOf(layersSnappedTo('tcp-syn', length));
      expect(stop).toEqual({
        layer: 'tcp',
        offset: 34,
        needed: length < 54 ? 20 : 40,
        available: length - 34,
        limitedBy: 'snap-length',
      });
    }
  });

  test('a total length past the frame is wrong even when the capture was cut', () => {
    // 1,514 bytes were on the wire: 1,500 of IP fit, 1,501 do not.
    expect(stopOf(layersOf('tcp-snapped'))).toBeUndefined();
    const stop = { layer: 'ipv4', offset: 14, needed: 1501, available: 1500, limitedBy: 'frame' };
    expect(stopOf(layersWith('tcp-snapped', TOTAL_LENGTH, 0x05, 0xdd))).toEqual(stop);
  });

  test('every header length is judged by what there is', () => {
    for (const words of range(0, 16)) {
      const stop = stopOf(layersWith('udp', VERSION_AND_LENGTH, 0x40 | words));
      const length = words * 4; // of 45 bytes in all
      const expected =
        words < 5
          ? { layer: 'ipv4', offset: 14, needed: 20, available: length, limitedBy: 'ipv4-header-length' }
          : length > 45
            ? { layer: 'ipv4', offset: 14, needed: length, available: 45, limitedBy: 'ipv4-total-length' }
            : undefined;
      if (expected !== undefined || words === 5) expect(stop).toEqual(expected);
      else expect(stop?.layer).not.toBe('ethernet'); // the header now ends inside UDP: whatever follows is judged there
    }
  });

  test('any other version is not IPv4', () => {
    for (const version of range(0, 16).filter((version) => version !== 4)) {
      const layers = layersWith('udp', VERSION_AND_LENGTH, (version << 4) | 5);
      expect(kinds(layers)).toEqual(['ethernet', 'malformed']);
      expect(stopOf(layers)).toEqual({
        layer: 'ipv4',
        offset: 14,
        needed: 4,
        available: version,
        limitedBy: 'ip-version',
      });
    }
  });

  test('every total length is judged by the 45 bytes that are there', () => {
    for (const total of range(0, 300)) {
      const stop = stopOf(layersWith('udp', TOTAL_LENGTH, total >>> 8, total & 0xff));
      const ipv4 = { layer: 'ipv4', offset: 14 };
      if (total < 20)
        expect(stop).toEqual({ ...ipv4, needed: 20, available: total, limitedBy: 'ipv4-total-length' });
      else if (total > 45)
        expect(stop).toEqual({ ...ipv4, needed: total, available: 45, limitedBy: 'frame' });
      else if (total === 45) expect(stop).toBeUndefined();
      else {
        const needed = total < 28 ? 8 : 25;
        const udp = {
          layer: 'udp',
          offset: 34,
          needed,
          available: total - 20,
          limitedBy: 'ipv4-total-length',
        };
        expect(stop).toEqual(udp);
      }
    }
  });

  test('is summarised', () => {
    expect(summarizeIpv4(layerOf(layersOf('tcp-syn'), 'ipv4'))).toBe('203.0.113.10 > 203.0.113.80');
  });
});
