import { describe, expect, test } from 'vitest';
import { LINKTYPE_IPV6 } from '../link-types.ts';
import { dissect } from './dissect.ts';
import { summarizeIpv6Extension } from './ipv6-extension.ts';
import {
  kinds,
  layerOf,
  layersOf,
  layersSnappedTo,
  layersWith,
  literalFrame,
  range,
  stopOf,
} from './literal-frames.ts';

const HOP_BY_HOP = 54;
const DESTINATION_OPTIONS = 70;

/** IPv6 with this many destination options headers and nothing behind them. */
function chained(headers: number): Uint8Array {
  const packet = new Uint8Array(40 + headers * 8);
  packet.set([0x60, 0, 0, 0, 0, headers * 8, 60, 64]);
  for (let header = 0; header < headers; header++) {
    packet.set([header === headers - 1 ? 59 : 60, 0, 1, 4], 40 + header * 8);
  }
  return packet;
}

describe('IPv6 extension headers', () => {
  test('hop-by-hop, routing and destination options are taken apart in their order', () => {
    const layers = layersOf('ipv6-extensions');
    expect(layers.slice(2, 5)).toEqual([
      {
        layer: 'ipv6-hop-by-hop',
        offset: 54,
        length: 8,
        nextHeader: 43,
        options: [
          { type: 5, data: '0000' },
          { type: 1, data: '' },
        ],
      },
      { layer: 'ipv6-routing', offset: 62, length: 8, nextHeader: 60, routingType: 0, segmentsLeft: 0 },
      {
        layer: 'ipv6-destination-options',
        offset: 70,
        length: 16,
        nextHeader: 17,
        options: [
          { type: 1, data: '00000000' },
          { type: 0xc2, data: '00000001' },
          { type: 1, data: '' },
        ],
      },
    ]);
    expect(kinds(layers).slice(5)).toEqual(['udp', 'payload']);
  });

  test('a first fragment shows its transport header', () => {
    const layers = layersOf('ipv6-fragment-first');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv6', 'ipv6-fragment', 'udp', 'payload']);
    expect(layerOf(layers, 'ipv6-fragment')).toMatchObject({
      fragmentOffset: 0,
      moreFragments: true,
      id: 0xdeadbeef,
    });
  });

  test('a later fragment shows none', () => {
    const layers = layersOf('ipv6-fragment-last');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv6', 'ipv6-fragment', 'payload']);
    expect(layerOf(layers, 'ipv6-fragment')).toMatchObject({ fragmentOffset: 32, moreFragments: false });
  });

  test('an authentication header counts its length in words of four bytes', () => {
    // 12 bytes: length field 1. The header before says 51, and what follows is 4 bytes of another protocol.
    const packet = Uint8Array.from([
      ...literalFrame('ipv6-udp').bytes.subarray(14, 54),
      ...[59, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 1, 2, 3, 4],
    ]);
    packet.set([0, 16, 51], 4);
    expect(dissect(packet, LINKTYPE_IPV6).slice(1)).toEqual([
      {
        layer: 'ipv6-authentication',
        offset: 40,
        length: 12,
        nextHeader: 59,
        securityParametersIndex: 7,
        sequence: 9,
      },
      { layer: 'payload', offset: 52, length: 4, wireLength: 4 },
    ]);
  });

  test('cut anywhere one of them is malformed', () => {
    for (const length of range(54, 86)) {
      const [start, size] = length < 62 ? [54, 8] : length < 70 ? [62, 8] : [70, length < 78 ? 8 : 16];
      expect(stopOf(layersSnappedTo('ipv6-extensions', length))).toEqual({
        layer: 'ipv6-extension',
        offset: start,
        needed: size,
        available: length - start,
        limitedBy: 'snap-length',
      });
    }
  });

  test('every header length above 4 goes past the packet', () => {
    for (const value of range(5, 256)) {
      expect(stopOf(layersWith('ipv6-extensions', HOP_BY_HOP + 1, value))).toEqual({
        layer: 'ipv6-extension',
        offset: 54,
        needed: (value + 1) * 8,
        available: 42,
        limitedBy: 'ipv6-payload-length',
      });
    }
  });

  test.for([
    [4, undefined],
    [11, { needed: 13, available: 8 }], // the last option, two bytes in front of the end
    [12, { needed: 14, available: 8 }],
    [255, { needed: 257, available: 8 }],
  ] as const)('an option length of %d in the second option', ([value, numbers]) => {
    const layers = layersWith('ipv6-extensions', DESTINATION_OPTIONS + 9, value);
    const stop = numbers && {
      layer: 'ipv6-extension',
      offset: 78,
      ...numbers,
      limitedBy: 'ipv6-option-length',
    };
    expect(stopOf(layers)).toEqual(stop);
    expect(layerOf(layers, 'udp').destinationPort).toBe(53); // headers behind a bad option are kept
  });

  test('an option without a length byte is malformed', () => {
    const stop = stopOf(layersWith('ipv6-extensions', DESTINATION_OPTIONS + 14, 0, 7));
    expect(stop).toEqual({
      layer: 'ipv6-extension',
      offset: DESTINATION_OPTIONS + 15,
      needed: 2,
      available: 1,
      limitedBy: 'ipv6-option-length',
    });
  });

  test('sixteen headers are followed and the seventeenth is not', () => {
    expect(stopOf(dissect(chained(16), LINKTYPE_IPV6))).toBeUndefined();
    const stop = {
      layer: 'ipv6-extension',
      offset: 168,
      needed: 17,
      available: 16,
      limitedBy: 'nesting-limit',
    };
    expect(stopOf(dissect(chained(17), LINKTYPE_IPV6))).toEqual(stop);
  });

  test('they are summarised', () => {
    const words = (name: string) =>
      layersOf(name).flatMap((layer) =>
        'nextHeader' in layer && layer.layer !== 'ipv6' ? [summarizeIpv6Extension(layer)] : [],
      );
    expect(words('ipv6-extensions')).toEqual([
      'hop-by-hop',
      'routing type 0 segments left 0',
      'destination-options',
    ]);
    expect(words('ipv6-fragment-first')).toEqual(['fragment id 3735928559 offset 0 more']);
  });
});
