import { describe, expect, test } from 'vitest';
import { summarizeIcmpv6 } from './icmpv6.ts';
import { kinds, layerOf, layersOf, layersSnappedTo, layersWith, range, stopOf } from './literal-frames.ts';

const TYPE = 54;
const OPTION_LENGTH = 79;

describe('ICMPv6', () => {
  test('a neighbour solicitation is taken apart', () => {
    const layers = layersOf('icmpv6-neighbour-solicitation');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv6', 'icmpv6']);
    expect(layerOf(layers, 'icmpv6')).toMatchObject({
      offset: 54,
      length: 32,
      type: 135,
      target: '2001:db8::80',
      sourceLinkAddress: '02:00:00:00:00:0c',
      targetLinkAddress: undefined,
    });
  });

  test('a neighbour advertisement carries the other link address', () => {
    expect(layerOf(layersOf('icmpv6-neighbour-advertisement'), 'icmpv6')).toMatchObject({
      type: 136,
      target: '2001:db8::80',
      sourceLinkAddress: undefined,
      targetLinkAddress: '02:00:00:00:00:0d',
    });
  });

  test('an echo leaves its data as payload', () => {
    const layers = layersOf('icmpv6-echo-request');
    expect(layerOf(layers, 'icmpv6')).toMatchObject({ identifier: 0x1234, sequence: 7, length: 8 });
    expect(layerOf(layers, 'payload')).toMatchObject({ offset: 62, length: 6 });
  });

  test('"packet too big" says the MTU and quotes', () => {
    const icmp = layerOf(layersOf('icmpv6-packet-too-big'), 'icmpv6');
    expect(icmp.mtu).toBe(1280);
    expect(kinds(icmp.quoted!)).toEqual(['ipv6', 'udp', 'payload']);
    expect(layerOf(icmp.quoted!, 'udp').datagramLength).toBe(1408);
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(54, 62)) {
      const layers = layersSnappedTo('icmpv6-neighbour-advertisement', length);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv6', 'malformed']);
      const stop = {
        layer: 'icmpv6',
        offset: 54,
        needed: 8,
        available: length - 54,
        limitedBy: 'snap-length',
      };
      expect(stopOf(layers)).toEqual(stop);
    }
  });

  test('cut anywhere its header is kept', () => {
    for (const length of range(62, 86)) {
      const layers = layersSnappedTo('icmpv6-neighbour-advertisement', length);
      const stop =
        length < 78
          ? { layer: 'icmpv6', offset: 54, needed: 24, available: length - 54, limitedBy: 'snap-length' }
          : { layer: 'icmpv6', offset: 78, needed: 8, available: length - 78, limitedBy: 'snap-length' };
      expect(kinds(layers).slice(0, 3)).toEqual(['ethernet', 'ipv6', 'icmpv6']);
      expect(stopOf(layers)).toEqual(length === 78 ? undefined : stop);
      expect(layerOf(layers, 'icmpv6').target).toBe(length < 78 ? undefined : '2001:db8::80');
    }
  });

  test('any option length but 1 is malformed', () => {
    for (const value of range(0, 256).filter((value) => value !== 1)) {
      const layers = layersWith('icmpv6-neighbour-advertisement', OPTION_LENGTH, value);
      const stop = { layer: 'icmpv6', offset: 78 };
      expect(stopOf(layers)).toEqual(
        value === 0
          ? { ...stop, needed: 8, available: 0, limitedBy: 'icmpv6-option-length' }
          : { ...stop, needed: value * 8, available: 8, limitedBy: 'ipv6-payload-length' },
      );
      expect(layerOf(layers, 'icmpv6').targetLinkAddress).toBeUndefined();
    }
  });

  test.for([
    ['icmpv6-neighbour-solicitation', 'ICMPv6 neighbour solicitation for 2001:db8::80'],
    [
      'icmpv6-neighbour-advertisement',
      'ICMPv6 neighbour advertisement for 2001:db8::80 at 02:00:00:00:00:0d',
    ],
    ['icmpv6-router-solicitation', 'ICMPv6 router solicitation'],
    ['icmpv6-echo-request', 'ICMPv6 echo request id 4660 seq 7'],
    ['icmpv6-packet-too-big', 'ICMPv6 packet too big mtu 1280'],
  ] as const)('%s is summarised as %s', ([name, line]) => {
    expect(summarizeIcmpv6(layerOf(layersOf(name), 'icmpv6'))).toBe(line);
  });

  test('an unknown type keeps its number', () => {
    const icmp = layerOf(layersWith('icmpv6-echo-request', TYPE, 200, 3), 'icmpv6');
    expect(summarizeIcmpv6(icmp)).toBe('ICMPv6 type 200 code 3');
  });
});
