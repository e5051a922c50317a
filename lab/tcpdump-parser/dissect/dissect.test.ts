import { describe, expect, test } from 'vitest';
import { buildIcmp } from '../build/icmp.ts';
import { buildIpv4 } from '../build/ipv4.ts';
import { LINKTYPE_LOOP, LINKTYPE_RAW, LINKTYPE_RAW_BSD, LINKTYPE_RAW_OPENBSD } from '../link-types.ts';
import { dissect } from './dissect.ts';
import { kinds, layerOf, layersOf, layersWith, literalFrame, range, stopOf } from './literal-frames.ts';

const ends = { source: 0xc0000201, destination: 0xc000020b };

/** IPv4 in IPv4, this many deep, around one byte. */
function tunnelled(depth: number): Uint8Array {
  let packet: Uint8Array = buildIpv4({ ...ends, protocol: 253, payload: Uint8Array.of(1) });
  for (let level = 1; level < depth; level++) packet = buildIpv4({ ...ends, protocol: 4, payload: packet });
  return packet;
}

describe('Dissecting a frame', () => {
  test('an unknown link type is one payload', () => {
    expect(dissect(Uint8Array.of(1, 2, 3), 147)).toEqual([
      { layer: 'payload', offset: 0, length: 3, wireLength: 3 },
    ]);
  });

  test('an empty frame of an unknown link type is nothing', () => {
    expect(dissect(new Uint8Array(0), 147)).toEqual([]);
  });

  test.for([LINKTYPE_RAW, LINKTYPE_RAW_BSD, LINKTYPE_RAW_OPENBSD])(
    'link type %d is a bare IP packet',
    (linkType) => {
      expect(kinds(dissect(literalFrame('raw-tcp').bytes, linkType))).toEqual(['ipv4', 'tcp']);
      expect(kinds(dissect(literalFrame('raw-ipv6').bytes, linkType))).toEqual(['ipv6', 'udp', 'payload']);
    },
  );

  test('OpenBSD loopback is read in network byte order', () => {
    expect(kinds(dissect(literalFrame('null-ipv6').bytes, LINKTYPE_LOOP))).toEqual([
      'null',
      'ipv6',
      'udp',
      'payload',
    ]);
  });

  test('any IP version but 4 and 6 is malformed', () => {
    for (const version of range(0, 16).filter((version) => version !== 4 && version !== 6)) {
      const stop = { layer: 'ip', offset: 0, needed: 0, available: version, limitedBy: 'ip-version' };
      expect(stopOf(layersWith('raw-tcp', 0, version << 4))).toEqual(stop);
    }
  });

  test('a tunnel shows both packets', () => {
    const layers = layersOf('ipip-tcp-syn');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'ipv4', 'tcp']);
    expect(layers[1]).toMatchObject({ source: '192.0.2.1', destination: '192.0.2.11', ttl: 64 });
    expect(layers[2]).toMatchObject({
      offset: 34,
      source: '203.0.113.10',
      destination: '203.0.113.80',
      ttl: 63,
    });
  });

  test('the inner packet of a first fragment may be longer than the fragment', () => {
    const layers = layersOf('ipip-fragment-first');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'ipv4', 'udp', 'payload']);
    expect(layerOf(layers, 'payload')).toMatchObject({ length: 36, wireLength: 36 });
  });

  test('the inner packet of a whole tunnel packet may not', () => {
    const innerTotalLength = 36;
    const stop = { layer: 'ipv4', offset: 34, needed: 61, available: 60, limitedBy: 'ipv4-total-length' };
    expect(stopOf(layersWith('ipip-tcp-syn', innerTotalLength, 0, 61))).toEqual(stop);
  });

  test('eight IP packets inside each other are followed and the ninth is not', () => {
    const eight = dissect(tunnelled(8), LINKTYPE_RAW);
    expect(kinds(eight)).toEqual([...Array(8).fill('ipv4'), 'payload']);
    const nine = dissect(tunnelled(9), LINKTYPE_RAW);
    expect(kinds(nine)).toEqual([...Array(8).fill('ipv4'), 'malformed']);
    expect(stopOf(nine)).toEqual({
      layer: 'ip',
      offset: 160,
      needed: 9,
      available: 8,
      limitedBy: 'nesting-limit',
    });
  });

  test('quotes of quotes are bounded as well', () => {
    let packet: Uint8Array = buildIpv4({ ...ends, protocol: 253, payload: Uint8Array.of(1) });
    for (let level = 0; level < 20; level++)
      packet = buildIcmp({ ...ends, type: 3, code: 1, payload: packet });
    let layers = dissect(packet, LINKTYPE_RAW);
    let depth = 0;
    for (; kinds(layers).includes('icmp'); depth++) layers = layerOf(layers, 'icmp').quoted!;
    expect(depth).toBe(8);
    expect(stopOf(layers)).toMatchObject({ limitedBy: 'nesting-limit' });
  });

  test('nothing of the frame is changed', () => {
    const { bytes, linkType } = literalFrame('tcp-data');
    const before = bytes.slice();
    dissect(bytes, linkType);
    expect(bytes).toEqual(before);
  });
});
