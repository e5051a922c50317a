import { describe, expect, test } from 'vitest';
import { summarizeArp } from './arp.ts';
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

const HARDWARE_LENGTH = 18;
const PROTOCOL_LENGTH = 19;
const OPERATION = 20;

describe('ARP', () => {
  test('is taken apart', () => {
    expect(layersOf('arp-request')[1]).toEqual({
      layer: 'arp',
      offset: 14,
      length: 28,
      operation: 1,
      senderMac: '02:00:00:00:00:0c',
      senderIp: '203.0.113.10',
      targetMac: '00:00:00:00:00:00',
      targetIp: '203.0.113.80',
    });
  });

  test('padding behind it is no payload', () => {
    expect(kinds(layersOf('arp-reply'))).toEqual(['ethernet', 'arp']);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(14, 42)) {
      const needed = length < 22 ? 8 : 28;
      const stop = { layer: 'arp', offset: 14, needed, available: length - 14 };
      expect(kinds(layersCutTo('arp-request', length))).toEqual(['ethernet', 'malformed']);
      expect(stopOf(layersCutTo('arp-request', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('arp-request', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test('any hardware length but 6 is malformed over Ethernet', () => {
    for (const value of range(0, 256).filter((value) => value !== 6)) {
      const stop = { layer: 'arp', offset: 14 } as const;
      const needed = 8 + 2 * value + 8;
      const expected =
        needed > 46
          ? { ...stop, needed, available: 46, limitedBy: 'frame' }
          : { ...stop, needed: 6, available: value, limitedBy: 'arp-address-lengths' };
      expect(stopOf(layersWith('arp-reply', HARDWARE_LENGTH, value))).toEqual(expected);
    }
  });

  test('any protocol length but 4 is malformed for IPv4', () => {
    for (const value of range(0, 256).filter((value) => value !== 4)) {
      const stop = { layer: 'arp', offset: 14 } as const;
      const needed = 8 + 12 + 2 * value;
      const expected =
        needed > 46
          ? { ...stop, needed, available: 46, limitedBy: 'frame' }
          : { ...stop, needed: 4, available: value, limitedBy: 'arp-address-lengths' };
      expect(stopOf(layersWith('arp-reply', PROTOCOL_LENGTH, value))).toEqual(expected);
    }
  });

  test('other hardware than Ethernet keeps its types', () => {
    expect(layersOf('arp-infiniband')[1]).toEqual({
      layer: 'arp-other',
      offset: 14,
      length: 56,
      hardwareType: 32,
      protocolType: 0x0800,
      operation: 1,
    });
  });

  test.for([
    ['arp-request', 'who-has 203.0.113.80 tell 203.0.113.10'],
    ['arp-reply', '203.0.113.80 is-at 02:00:00:00:00:0d'],
    ['arp-gratuitous', 'who-has 203.0.113.80 tell 203.0.113.80 (gratuitous)'],
    ['arp-gratuitous-reply', '203.0.113.80 is-at 02:00:00:00:00:0d (gratuitous)'],
  ] as const)('%s is summarised as %s', ([name, line]) => {
    expect(summarizeArp(layerOf(layersOf(name), 'arp'))).toBe(line);
  });

  test('an unknown operation keeps its number', () => {
    const line = summarizeArp(layerOf(layersWith('arp-request', OPERATION, 0, 9), 'arp'));
    expect(line).toBe('ARP operation 9 203.0.113.10 (02:00:00:00:00:0c) to 203.0.113.80 (00:00:00:00:00:00)');
  });
});
