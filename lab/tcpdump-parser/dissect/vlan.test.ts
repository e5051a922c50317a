import { describe, expect, test } from 'vitest';
import { LINKTYPE_ETHERNET } from '../link-types.ts';
import { dissect } from './dissect.ts';
import { kinds, layerOf, layersCutTo, layersOf, range, stopOf } from './literal-frames.ts';
import { summarizeVlan } from './vlan.ts';

/** Ethernet with this many customer tags and one byte behind them. */
function tagged(tags: number): Uint8Array {
  const frame = new Uint8Array(14 + tags * 4 + 1);
  for (let tag = 0; tag < tags; tag++) frame.set([0x81, 0x00, 0x00, tag + 1], 12 + tag * 4);
  frame.set([0x88, 0xb5], 12 + tags * 4);
  return frame;
}

describe('A VLAN tag', () => {
  test('is taken apart', () => {
    expect(layersOf('vlan-udp')[1]).toEqual({
      layer: 'vlan',
      offset: 14,
      length: 4,
      priority: 5,
      dropEligible: false,
      id: 10,
      etherType: 0x0800,
    });
  });

  test('inside another is taken apart as well', () => {
    expect(kinds(layersOf('qinq-arp'))).toEqual(['ethernet', 'vlan', 'vlan', 'arp']);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(14, 18)) {
      const layers = layersCutTo('vlan-udp', length);
      expect(kinds(layers)).toEqual(['ethernet', 'malformed']);
      const stop = { layer: 'vlan', offset: 14, needed: 4, available: length - 14, limitedBy: 'frame' };
      expect(stopOf(layers)).toEqual(stop);
    }
  });

  test('the eighth tag is followed and the ninth is not', () => {
    const eight = dissect(tagged(8), LINKTYPE_ETHERNET);
    expect(kinds(eight).filter((kind) => kind === 'vlan')).toHaveLength(8);
    expect(stopOf(eight)).toBeUndefined();

    const nine = dissect(tagged(9), LINKTYPE_ETHERNET);
    expect(kinds(nine).filter((kind) => kind === 'vlan')).toHaveLength(8);
    expect(stopOf(nine)).toEqual({
      layer: 'vlan',
      offset: 46,
      needed: 9,
      available: 8,
      limitedBy: 'nesting-limit',
    });
  });

  test('is summarised', () => {
    expect(summarizeVlan(layerOf(layersOf('vlan-udp'), 'vlan'))).toBe('vlan 10');
  });
});
