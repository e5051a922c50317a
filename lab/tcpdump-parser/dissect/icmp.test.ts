import { describe, expect, test } from 'vitest';
import { summarizeIcmp } from './icmp.ts';
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

const TYPE = 34;
const TOTAL_LENGTH = 16;
const QUOTED_LENGTHS = 44; // total length of the quoted packet

describe('ICMP', () => {
  test('an echo is taken apart', () => {
    const [, , icmp, payload] = layersOf('icmp-echo-request');
    expect(icmp).toMatchObject({ layer: 'icmp', offset: 34, length: 8, type: 8, code: 0, rest: 0x12340007 });
    expect(icmp).toMatchObject({
      identifier: 0x1234,
      sequence: 7,
      mtu: undefined,
      gateway: undefined,
      quoted: undefined,
    });
    expect(payload).toEqual({ layer: 'payload', offset: 42, length: 16, wireLength: 16 });
  });

  test('"fragmentation needed" says the MTU and quotes a datagram that is cut in good faith', () => {
    const layers = layersOf('icmp-fragmentation-needed');
    const icmp = layerOf(layers, 'icmp');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'icmp']);
    expect(icmp.mtu).toBe(1480);
    expect(kinds(icmp.quoted!)).toEqual(['ipv4', 'udp']);
    expect(layerOf(icmp.quoted!, 'ipv4')).toMatchObject({ offset: 42, totalLength: 1500 });
    expect(layerOf(icmp.quoted!, 'udp')).toMatchObject({
      offset: 62,
      sourcePort: 45321,
      datagramLength: 1480,
    });
  });

  test('eight quoted bytes of TCP give ports and sequence number', () => {
    const { quoted } = layerOf(layersOf('icmp-host-unreachable'), 'icmp');
    expect(quoted?.[1]).toEqual({
      layer: 'tcp-start',
      offset: 62,
      length: 8,
      sourcePort: 40001,
      destinationPort: 80,
      sequence: 1,
    });
  });

  test('a redirect says the gateway', () => {
    expect(layerOf(layersOf('icmp-redirect'), 'icmp').gateway).toBe('203.0.113.2');
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(34, 42)) {
      const layers = layersSnappedTo('icmp-echo-request', length);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'malformed']);
      expect(stopOf(layers)).toEqual({
        layer: 'icmp',
        offset: 34,
        needed: 8,
        available: length - 34,
        limitedBy: 'snap-length',
      });
    }
  });

  test('a quote that ends anywhere says so, and the frame is sound', () => {
    for (const length of range(42, 70)) {
      const layers = layersSnappedTo('icmp-host-unreachable', length);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'icmp']);
      const { quoted } = layerOf(layers, 'icmp');
      const room = length - 42;
      const stop =
        room === 0
          ? { layer: 'ip', offset: 42, needed: 1, available: 0 }
          : room < 20
            ? { layer: 'ipv4', offset: 42, needed: 20, available: room }
            : { layer: 'tcp', offset: 62, needed: 20, available: room - 20 };
      expect(stopOf(quoted!)).toEqual({ ...stop, limitedBy: 'quoted-packet' });
    }
  });

  test.for([0, 19, 20, 28, 29, 0xffff])('a quoted total length of %d harms the quote only', (value) => {
    const layers = layersWith('icmp-fragmentation-needed', QUOTED_LENGTHS, value >>> 8, value & 0xff);
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'icmp']);
    const { quoted } = layerOf(layers, 'icmp');
    const stop = stopOf(quoted!);
    if (value < 20)
      expect(stop).toMatchObject({ layer: 'ipv4', available: value, limitedBy: 'ipv4-total-length' });
    else if (value === 20)
      expect(stop).toMatchObject({ layer: 'udp', available: 0, limitedBy: 'ipv4-total-length' });
    else expect(stop).toBeUndefined();
  });

  test('without its quote an error is still an error message', () => {
    const layers = layersWith('icmp-fragmentation-needed', TOTAL_LENGTH, 0, 28);
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'icmp']);
    expect(kinds(layerOf(layers, 'icmp').quoted!)).toEqual(['malformed']);
  });

  test('on the wire a quote cannot be longer than the packet around it', () => {
    expect(stopOf(layersCutTo('icmp-port-unreachable', 70))).toMatchObject({
      layer: 'ipv4',
      limitedBy: 'frame',
    });
  });

  test.for([
    [0, 0, 'ICMP echo reply id 4660 seq 7'],
    [8, 0, 'ICMP echo request id 4660 seq 7'],
    [3, 0, 'ICMP net unreachable'],
    [3, 1, 'ICMP host unreachable'],
    [3, 2, 'ICMP protocol unreachable'],
    [3, 3, 'ICMP port unreachable'],
    [3, 4, 'ICMP fragmentation needed mtu 7'],
    [3, 200, 'ICMP unreachable code 200'],
    [4, 0, 'ICMP source quench'],
    [5, 1, 'ICMP redirect to 18.52.0.7'],
    [11, 0, 'ICMP time exceeded'],
    [11, 1, 'ICMP reassembly time exceeded'],
    [12, 0, 'ICMP parameter problem'],
    [13, 0, 'ICMP type 13 code 0'],
  ] as const)('type %d code %d is summarised as %s', ([type, code, line]) => {
    expect(summarizeIcmp(layerOf(layersWith('icmp-echo-request', TYPE, type, code), 'icmp'))).toBe(line);
  });
});
