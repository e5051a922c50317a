import { describe, expect, test } from 'vitest';
import { summarizeLinuxSll2 } from './linux-sll2.ts';
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

const ADDRESS_LENGTH = 11;

describe('The second Linux cooked header', () => {
  test('is taken apart', () => {
    expect(layersOf('sll2-arp')[0]).toEqual({
      layer: 'linux-sll2',
      offset: 0,
      length: 20,
      packetType: 1,
      hardwareType: 1,
      interfaceIndex: 3,
      source: '02:00:00:00:00:0c',
      etherType: 0x0806,
    });
    expect(kinds(layersOf('sll2-arp'))).toEqual(['linux-sll2', 'arp']);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(0, 20)) {
      const stop = { layer: 'linux-sll2', offset: 0, needed: 20, available: length };
      expect(stopOf(layersCutTo('sll2-arp', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('sll2-arp', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test.for([0, 5, 7, 8, 255])('an address of %d bytes is no MAC address', (length) => {
    expect(layerOf(layersWith('sll2-arp', ADDRESS_LENGTH, length), 'linux-sll2').source).toBeUndefined();
  });

  test('is summarised', () => {
    const line = summarizeLinuxSll2(layerOf(layersOf('sll2-arp'), 'linux-sll2'));
    expect(line).toBe('02:00:00:00:00:0c > ? ethertype 0x0806');
  });
});
