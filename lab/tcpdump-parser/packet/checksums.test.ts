import { describe, expect, test } from 'vitest';
import { buildIcmp } from '../build/icmp.ts';
import { buildIpv4 } from '../build/ipv4.ts';
import { buildTcp } from '../build/tcp.ts';
import { buildUdp } from '../build/udp.ts';
import { literalFrame, literalFrames } from '../dissect/literal-frames.ts';
import { LINKTYPE_RAW } from '../link-types.ts';
import { internetChecksum, verifyChecksums } from './checksums.ts';
import { TCP_ACK } from './layer-bits.ts';
import { Packet } from './packet.ts';

const absent = { ipv4: 'absent', icmp: 'absent', tcp: 'absent', udp: 'absent' };
const ends = { source: 0xcb00710a, destination: 0xcb007150 };

function checksumsOf(bytes: Uint8Array, linkType: number, originalLength = bytes.length) {
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length, linkType, originalLength);
  return verifyChecksums(packet);
}

function checksumsIn(name: string) {
  const { bytes, linkType, originalLength } = literalFrame(name);
  return checksumsOf(bytes, linkType, originalLength);
}

describe('The Internet checksum', () => {
  test.for([
    // RFC 1071, section 3: the sum of these words is ddf2.
    ['00 01 f2 03 f4 f5 f6 f7', 0xffff - 0xddf2],
    ['', 0xffff],
    ['ff', 0x00ff], // an odd byte is padded with zero
    ['ff ff', 0],
    ['ff ff 00 01', 0xfffe], // the carry comes back at the low end
  ] as const)('of %s is %d', ([hex, checksum]) => {
    const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(internetChecksum(bytes, 0, bytes.length)).toBe(checksum);
  });

  test('starts from a sum and does not look behind its length or the buffer', () => {
    const bytes = Uint8Array.of(9, 0x12, 0x34, 9);
    expect(internetChecksum(bytes, 1, 2, 0xffff + 0x0001)).toBe(0xffff - 0x1235);
    expect(internetChecksum(bytes, 1, 100)).toBe(internetChecksum(bytes, 1, 3));
  });

  test('of a whole frame of 65,535 bytes does not overflow', () => {
    expect(internetChecksum(new Uint8Array(65_536).fill(0xff), 0, 65_536)).toBe(0);
  });
});

describe('Verifying checksums', () => {
  const sound = literalFrames.filter(
    ({ values, name }) => !values.get('summary')!.includes('malformed') && name !== 'tcp-snapped',
  );

  test.for(sound)('finds none bad in $name', ({ name }) => {
    expect(Object.values(checksumsIn(name))).not.toContain('bad');
  });

  test.for([
    ['tcp-syn', { ipv4: 'good', tcp: 'good' }],
    ['tcp-fin-odd', { ipv4: 'good', tcp: 'good' }],
    ['udp', { ipv4: 'good', udp: 'good' }],
    ['udp-no-checksum', { ipv4: 'good', udp: 'absent' }],
    ['icmp-echo-request', { ipv4: 'good', icmp: 'good' }],
    ['ipv4-options', { ipv4: 'good' }],
    ['ipv6-tcp', { tcp: 'good' }],
    ['ipv6-extensions', { udp: 'good' }],
    ['icmpv6-neighbour-solicitation', { icmp: 'good' }],
    ['ipip-tcp-syn', { ipv4: 'good' }],
    ['vlan-udp', { ipv4: 'good', udp: 'good' }],
    ['arp-request', {}],
    ['ipv4-fragment-first', { ipv4: 'good', udp: 'unknown' }],
    ['ipv4-fragment-last', { ipv4: 'good' }],
    ['tcp-snapped', { ipv4: 'good', tcp: 'unknown' }],
    ['udp-too-long', { ipv4: 'good', udp: 'unknown' }],
    ['ipv4-header-length-too-short', { ipv4: 'unknown' }],
  ] as const)('%s has %o', ([name, states]) => {
    expect(checksumsIn(name)).toEqual({ ...absent, ...states });
  });

  test('any changed byte is noticed', () => {
    const { bytes, linkType } = literalFrame('tcp-data');
    for (let at = 14; at < bytes.length; at++) {
      const isLength =
        at === 14 || at === 16 || at === 17 || at === 20 || at === 21 || at === 23 || at === 46;
      if (isLength) continue; // those make another packet of it
      const changed = bytes.slice();
      changed[at] = changed[at]! ^ 0x10;
      expect(Object.values(checksumsOf(changed, linkType)), `byte ${at}`).toContain('bad');
    }
  });

  test('each layer answers for itself', () => {
    const bad = (frame: Uint8Array) => checksumsOf(frame, LINKTYPE_RAW);
    const ports = { sourcePort: 1, destinationPort: 2 };
    expect(bad(buildTcp({ ...ends, ...ports, flags: TCP_ACK, ipChecksum: 1 }))).toEqual({
      ...absent,
      ipv4: 'bad',
      tcp: 'good',
    });
    expect(bad(buildTcp({ ...ends, ...ports, flags: TCP_ACK, checksum: 1 }))).toEqual({
      ...absent,
      ipv4: 'good',
      tcp: 'bad',
    });
    expect(bad(buildUdp({ ...ends, ...ports, checksum: 1 }))).toEqual({
      ...absent,
      ipv4: 'good',
      udp: 'bad',
    });
    expect(bad(buildIcmp({ ...ends, type: 8, checksum: 1 }))).toEqual({
      ...absent,
      ipv4: 'good',
      icmp: 'bad',
    });
  });

  test('bytes between the end of UDP and the end of IP are not summed', () => {
    const datagram = buildUdp({
      ...ends,
      sourcePort: 1,
      destinationPort: 2,
      payload: Uint8Array.of(1, 2, 3),
    });
    const longer = buildIpv4({
      ...ends,
      protocol: 17,
      payload: Uint8Array.from([...datagram.subarray(20), 9, 9, 9]),
    });
    expect(checksumsOf(longer, LINKTYPE_RAW)).toEqual({ ...absent, ipv4: 'good', udp: 'good' });
  });

  test('UDP over IPv6 must have one', () => {
    const { bytes, linkType } = literalFrame('ipv6-udp');
    const changed = bytes.slice();
    changed.set([0, 0], 60);
    expect(checksumsOf(changed, linkType).udp).toBe('bad');
  });

  test('behind a source route that is not used up the last destination is unknown', () => {
    const route = (pointer: number) => Uint8Array.of(1, 131, 7, pointer, 203, 0, 113, 1);
    const routed = (pointer: number) =>
      buildUdp({ ...ends, sourcePort: 1, destinationPort: 2, ipOptions: route(pointer) });
    expect(checksumsOf(routed(4), LINKTYPE_RAW).udp).toBe('unknown');
    expect(checksumsOf(routed(8), LINKTYPE_RAW).udp).toBe('good');

    const { bytes, linkType } = literalFrame('ipv6-extensions');
    const changed = bytes.slice();
    changed[65] = 1; // segments left
    expect(checksumsOf(changed, linkType).udp).toBe('unknown');
  });
});
