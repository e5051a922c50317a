import { describe, expect, test } from 'vitest';
import { summarizeIpv6 } from './ipv6.ts';
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

const VERSION = 14;
const PAYLOAD_LENGTH = 18;

describe('IPv6', () => {
  test('is taken apart', () => {
    expect(layersOf('ipv6-udp')[1]).toEqual({
      layer: 'ipv6',
      offset: 14,
      length: 40,
      trafficClass: 0xb8,
      flowLabel: 0,
      payloadLength: 11,
      nextHeader: 17,
      hopLimit: 64,
      source: '2001:db8::10',
      destination: '2001:db8::80',
    });
  });

  test('traffic class and flow label are told apart', () => {
    const ipv6 = layerOf(layersWith('ipv6-udp', VERSION, 0x6a, 0xbc, 0xde, 0xf1), 'ipv6');
    expect(ipv6).toMatchObject({ trafficClass: 0xab, flowLabel: 0xcdef1 });
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(14, 54)) {
      const stop = { layer: 'ipv6', offset: 14, needed: 40, available: length - 14 };
      expect(kinds(layersCutTo('ipv6-udp', length))).toEqual(['ethernet', 'malformed']);
      expect(stopOf(layersCutTo('ipv6-udp', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('ipv6-udp', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test('any other version is not IPv6', () => {
    for (const version of range(0, 16).filter((version) => version !== 6)) {
      const stop = { layer: 'ipv6', offset: 14, needed: 6, available: version, limitedBy: 'ip-version' };
      expect(stopOf(layersWith('ipv6-udp', VERSION, version << 4))).toEqual(stop);
    }
  });

  test('every payload length is judged by the 11 bytes that are there', () => {
    for (const length of range(0, 40)) {
      const stop = stopOf(layersWith('ipv6-udp', PAYLOAD_LENGTH, 0, length));
      if (length > 11) {
        expect(stop).toEqual({
          layer: 'ipv6',
          offset: 14,
          needed: 40 + length,
          available: 51,
          limitedBy: 'frame',
        });
      } else if (length === 11) expect(stop).toBeUndefined();
      else {
        const needed = length < 8 ? 8 : 11;
        const udp = { layer: 'udp', offset: 54, needed, available: length, limitedBy: 'ipv6-payload-length' };
        expect(stop).toEqual(udp);
      }
    }
  });

  test('is summarised', () => {
    expect(summarizeIpv6(layerOf(layersOf('ipv6-udp'), 'ipv6'))).toBe('2001:db8::10 > 2001:db8::80');
  });
});
