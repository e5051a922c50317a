import { describe, expect, test } from 'vitest';
import { summarizeLinuxSll } from './linux-sll.ts';
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

const ADDRESS_LENGTH = 4;

describe('The Linux cooked header', () => {
  test('is taken apart', () => {
    expect(layersOf('sll-tcp')[0]).toEqual({
      layer: 'linux-sll',
      offset: 0,
      length: 16,
      packetType: 0,
      hardwareType: 1,
      source: '02:00:00:00:00:0c',
      etherType: 0x0800,
    });
    expect(kinds(layersOf('sll-tcp'))).toEqual(['linux-sll', 'ipv4', 'tcp']);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(0, 16)) {
      const stop = { layer: 'linux-sll', offset: 0, needed: 16, available: length };
      expect(stopOf(layersCutTo('sll-tcp', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('sll-tcp', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test.for([0, 5, 7, 8, 255])('an address of %d bytes is no MAC address', (length) => {
    const cooked = layerOf(layersWith('sll-tcp', ADDRESS_LENGTH, 0, length), 'linux-sll');
    expect(cooked.source).toBeUndefined();
    expect(summarizeLinuxSll(cooked)).toBe('no address > ? ethertype 0x0800');
  });

  test('is summarised', () => {
    expect(summarizeLinuxSll(layerOf(layersOf('sll-tcp'), 'linux-sll'))).toBe(
      '02:00:00:00:00:0c > ? ethertype 0x0800',
    );
  });
});
