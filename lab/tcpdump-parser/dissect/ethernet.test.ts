import { describe, expect, test } from 'vitest';
import { summarizeEthernet } from './ethernet.ts';
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

const TYPE = 12;

describe('Ethernet', () => {
  test('is taken apart', () => {
    expect(layersOf('tcp-syn')[0]).toEqual({
      layer: 'ethernet',
      offset: 0,
      length: 14,
      destination: '02:00:00:00:00:0d',
      source: '02:00:00:00:00:0c',
      etherType: 0x0800,
    });
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(0, 14)) {
      const stop = { layer: 'ethernet', offset: 0, needed: 14, available: length };
      expect(kinds(layersCutTo('lldp', length))).toEqual(['malformed']);
      expect(stopOf(layersCutTo('lldp', length))).toEqual({ ...stop, limitedBy: 'frame' });
      expect(stopOf(layersSnappedTo('lldp', length))).toEqual({ ...stop, limitedBy: 'snap-length' });
    }
  });

  test('of 14 bytes it is whole and empty', () => {
    expect(kinds(layersCutTo('lldp', 14))).toEqual(['ethernet']);
  });

  test('an 802.3 length leaves the padding out', () => {
    expect(layersOf('stp')[1]).toEqual({ layer: 'payload', offset: 14, length: 38, wireLength: 38 });
  });

  test.for([
    [0, 0],
    [1, 1],
    [46, 46],
    [1501, 46], // a type, though no one's
    [0x88cc, 46],
  ] as const)('a length field of %d leaves %d bytes of payload', ([value, payload]) => {
    const layers = layersWith('stp', TYPE, value >>> 8, value & 0xff);
    expect(stopOf(layers)).toBeUndefined();
    expect(layers[1]).toEqual(
      payload === 0 ? undefined : { layer: 'payload', offset: 14, length: payload, wireLength: payload },
    );
  });

  test.for([47, 48, 1500])('a length field of %d is more than the 46 bytes that are there', (value) => {
    const layers = layersWith('stp', TYPE, value >>> 8, value & 0xff);
    expect(kinds(layers)).toEqual(['ethernet', 'malformed']);
    expect(stopOf(layers)).toEqual({
      layer: 'ethernet',
      offset: 0,
      needed: value,
      available: 46,
      limitedBy: 'frame',
    });
  });

  test('is summarised', () => {
    const line = summarizeEthernet(layerOf(layersOf('lldp'), 'ethernet'));
    expect(line).toBe('02:00:00:00:00:0d > 01:80:c2:00:00:0e ethertype 0x88cc');
  });
});
