import { describe, expect, test } from 'vitest';
import { parseIpv4 } from '../addresses/ipv4.ts';
import { formatIpv6 } from '../addresses/ipv6.ts';
import { buildEthernet } from '../build/ethernet.ts';
import { buildIpv4 } from '../build/ipv4.ts';
import { buildTcp } from '../build/tcp.ts';
import { dissect } from '../dissect/dissect.ts';
import { literalFrame, literalFrames, range } from '../dissect/literal-frames.ts';
import { disagreement } from '../fuzz/packet-agreement.ts';
import { LINKTYPE_ETHERNET } from '../link-types.ts';
import * as bit from './layer-bits.ts';
import { Packet } from './packet.ts';

const client = 0xcb00710a;
const vip = 0xcb007150;

function decoded(name: string): Packet {
  const { bytes, linkType, originalLength } = literalFrame(name);
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length, linkType, originalLength);
  return packet;
}

describe('Packet and dissect agree', () => {
  const packet = new Packet();

  test.for(literalFrames)('on $name', ({ bytes, linkType, originalLength }) => {
    packet.decode(bytes, 0, bytes.length, linkType, originalLength);
    expect(disagreement(packet, dissect(bytes, linkType, originalLength))).toBeUndefined();
  });

  test.for(literalFrames)('on $name cut at every length, by the wire and by the capture', (file) => {
    const { bytes, linkType } = file;
    for (let length = 0; length < bytes.length; length++) {
      for (const wireLength of [length, file.originalLength]) {
        packet.decode(bytes, 0, length, linkType, wireLength);
        const layers = dissect(bytes.subarray(0, length), linkType, wireLength);
        expect(disagreement(packet, layers), `${length} of ${wireLength} bytes`).toBeUndefined();
      }
    }
  });
});

describe('Packet', () => {
  test('decodes TCP over IPv4', () => {
    expect(decoded('tcp-data')).toMatchObject({
      layers: bit.ETHERNET | bit.IPV4 | bit.TCP,
      error: undefined,
      sourceMac: 0x02000000000c,
      destinationMac: 0x02000000000d,
      etherType: 0x0800,
      vlanId: -1,
      vlanDepth: 0,
      ipVersion: 4,
      ipOffset: 14,
      ipHeaderLength: 20,
      ipTotalLength: 70,
      ipSource: client,
      ipDestination: vip,
      ttl: 64,
      tos: 0,
      ipId: 0x1a2b,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      protocol: 6,
      l4Offset: 34,
      l4Length: 50,
      payloadOffset: 66,
      payloadLength: 18,
      payloadWireLength: 18,
      sourcePort: 40001,
      destinationPort: 80,
      tcpFlags: bit.TCP_PSH | bit.TCP_ACK,
      tcpSequence: 2,
      tcpAcknowledgement: 0xfffffff1,
      tcpWindow: 502,
      tcpHeaderLength: 32,
    });
  });

  test('decodes ARP', () => {
    expect(decoded('arp-reply')).toMatchObject({
      layers: bit.ETHERNET | bit.ARP,
      arpOperation: 2,
      arpSenderMac: 0x02000000000d,
      arpSenderIp: vip,
      arpTargetMac: 0x02000000000c,
      arpTargetIp: client,
      ipVersion: 0,
      payloadLength: 0,
    });
  });

  test('leaves ARP for other hardware as payload', () => {
    expect(decoded('arp-infiniband')).toMatchObject({
      layers: bit.ETHERNET,
      etherType: 0x0806,
      payloadLength: 56,
    });
  });

  test('decodes UDP over IPv6', () => {
    const packet = decoded('ipv6-udp');
    expect(packet).toMatchObject({
      ipVersion: 6,
      ipSource: 0,
      ttl: 64,
      tos: 0xb8,
      sourcePort: 40000,
      payloadLength: 3,
    });
    expect(formatIpv6(packet.buffer, packet.ipv6SourceOffset)).toBe('2001:db8::10');
    expect(formatIpv6(packet.buffer, packet.ipv6DestinationOffset)).toBe('2001:db8::80');
  });

  test('passes IPv6 extension headers', () => {
    const packet = decoded('ipv6-extensions');
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV6 | bit.IPV6_EXTENSION | bit.UDP);
    expect(packet).toMatchObject({ protocol: 17, ipHeaderLength: 72, l4Offset: 86, payloadLength: 2 });
  });

  test('gives the outer of two VLAN tags, and the type behind both', () => {
    expect(decoded('qinq-arp')).toMatchObject({
      vlanId: 100,
      vlanDepth: 2,
      etherType: 0x0806,
      arpOperation: 1,
    });
  });

  test('decodes ICMP, and the packet that it quotes', () => {
    const packet = decoded('icmp-fragmentation-needed');
    expect(packet).toMatchObject({
      icmpType: 3,
      icmpCode: 4,
      icmpRest: 1480,
      payloadOffset: 42,
      payloadLength: 28,
    });

    const quoted = new Packet();
    quoted.decodeQuoted(packet.buffer, packet.payloadOffset, packet.payloadLength);
    expect(quoted.layers).toBe(bit.IPV4 | bit.UDP | bit.TRUNCATED);
    expect(quoted).toMatchObject({ error: undefined, ipOffset: 42, ipTotalLength: 1500, sourcePort: 45321 });
  });

  test('a quote of eight bytes of TCP gives ports and sequence number', () => {
    const packet = decoded('icmp-host-unreachable');
    const quoted = new Packet();
    quoted.decodeQuoted(packet.buffer, packet.payloadOffset, packet.payloadLength);
    expect(quoted.layers).toBe(bit.IPV4 | bit.TCP | bit.TRUNCATED);
    expect(quoted).toMatchObject({ error: undefined, sourcePort: 40001, tcpSequence: 1, tcpHeaderLength: 0 });
  });

  test('shows the outer packet of a tunnel, and the inner one on request', () => {
    const packet = decoded('ipip-tcp-syn');
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.IPIP);
    expect(packet).toMatchObject({
      ipSource: parseIpv4('192.0.2.1'),
      sourcePort: 0,
      payloadOffset: 34,
      payloadLength: 60,
    });

    const inner = new Packet();
    inner.decodeIp(packet.buffer, packet.payloadOffset, packet.payloadLength);
    expect(inner.layers).toBe(bit.IPV4 | bit.TCP);
    expect(inner).toMatchObject({ ipSource: client, ttl: 63, sourcePort: 40001, ipOffset: 34 });
  });

  test('a first fragment has its ports, a later one has no layer above IP', () => {
    const first = decoded('ipv4-fragment-first');
    expect(first.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.UDP | bit.FRAGMENT);
    expect(first).toMatchObject({
      error: undefined,
      sourcePort: 48191,
      moreFragments: true,
      payloadLength: 24,
    });

    const last = decoded('ipv4-fragment-last');
    expect(last.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.FRAGMENT);
    expect(last).toMatchObject({
      fragmentOffset: 32,
      l4Offset: -1,
      l4Length: 0,
      sourcePort: 0,
      payloadLength: 16,
    });
  });

  test.for([
    ['tcp-syn-bare', 0],
    ['tcp-fin-odd', 1],
    ['udp-no-checksum', 2],
    ['ipv4-fragment-last', 16],
    ['stp', 38],
  ] as const)('Ethernet padding of %s is no payload', ([name, payloadLength]) => {
    expect(decoded(name)).toMatchObject({ payloadLength, payloadWireLength: payloadLength });
  });

  test('a capture that was cut is no error, and the length on the wire is known', () => {
    const packet = decoded('tcp-snapped');
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.TCP | bit.TRUNCATED);
    expect(packet).toMatchObject({
      error: undefined,
      payloadLength: 14,
      payloadWireLength: 1460,
      l4Length: 34,
    });
  });

  test('a capture that lost only padding lost nothing of the packet', () => {
    const { bytes } = literalFrame('arp-reply');
    const packet = new Packet();
    packet.decode(bytes, 0, 42, LINKTYPE_ETHERNET, 60);
    expect(packet.layers).toBe(bit.ETHERNET | bit.ARP);

    const padded = literalFrame('udp-no-checksum').bytes;
    packet.decode(padded, 0, 44, LINKTYPE_ETHERNET, 60);
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.UDP);
    packet.decode(padded, 0, 43, LINKTYPE_ETHERNET, 60);
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV4 | bit.UDP | bit.TRUNCATED);
  });

  test('a total length past the wire is an error, and the header is kept', () => {
    const packet = decoded('ipv4-total-length-too-long');
    expect(packet.error).toMatchObject({
      layer: 'ipv4',
      offset: 14,
      needed: 31,
      available: 30,
      limitedBy: 'frame',
    });
    expect(packet).toMatchObject({ layers: bit.ETHERNET | bit.IPV4, ipSource: client, l4Offset: -1 });
  });

  test('an error counts from where the frame begins', () => {
    const { bytes } = literalFrame('udp-too-long');
    const packet = new Packet();
    packet.decode(Uint8Array.from([9, 9, 9, ...bytes]), 3, bytes.length, LINKTYPE_ETHERNET);
    expect(packet.error).toMatchObject({ layer: 'udp', offset: 34 });
    expect(packet).toMatchObject({ ipOffset: 17, l4Offset: 37 });
  });

  test('decoding a frame leaves nothing of the one before', () => {
    const reused = new Packet();
    for (const before of literalFrames) {
      for (const name of ['lldp', 'arp-request', 'tcp-syn', 'ipv6-fragment-last']) {
        const { bytes, linkType } = literalFrame(name);
        reused.decode(before.bytes, 0, before.bytes.length, before.linkType, before.originalLength);
        reused.decode(bytes, 0, bytes.length, linkType);
        expect(reused, `${name} after ${before.name}`).toEqual(decoded(name));
      }
    }
  });

  test('does not read behind a buffer that is shorter than it was told', () => {
    const { bytes } = literalFrame('tcp-syn');
    const packet = new Packet();
    for (const length of range(0, bytes.length)) {
      packet.decode(bytes.slice(0, length), 0, bytes.length, LINKTYPE_ETHERNET);
      expect(packet.error?.limitedBy).toBe('frame');
    }
  });

  test('every sequence number and address up to 2^32 - 1 stays unsigned', () => {
    const link = { sourceMac: 0xffffffffffff, destinationMac: 0x8000_0000_0000 };
    const numbers = {
      source: 0xffffffff,
      destination: 0x80000000,
      sequence: 0xffffffff,
      acknowledgement: 0x80000000,
    };
    const frame = buildTcp({ link, ...numbers, sourcePort: 65535, destinationPort: 1, flags: bit.TCP_ACK });
    const packet = new Packet();
    packet.decode(frame, 0, frame.length, LINKTYPE_ETHERNET);
    expect(packet).toMatchObject({
      ...link,
      ipSource: 0xffffffff,
      ipDestination: 0x80000000,
      tcpSequence: 0xffffffff,
      tcpAcknowledgement: 0x80000000,
    });
  });

  test('a deep nest of VLAN tags ends with an error', () => {
    const payload = new Uint8Array(4 * 1000).map((_, index) => [0, 1, 0x81, 0x00][index % 4]!);
    const frame = buildEthernet({ sourceMac: 1, destinationMac: 2, etherType: 0x8100, payload });
    const packet = new Packet();
    packet.decode(frame, 0, frame.length, LINKTYPE_ETHERNET);
    expect(packet).toMatchObject({ vlanDepth: 8, error: { limitedBy: 'nesting-limit' } });
  });

  test('IGMP has a place above IP and no layer', () => {
    const packet = decoded('ipv4-options');
    expect(packet.layers).toBe(bit.ETHERNET | bit.IPV4);
    expect(packet).toMatchObject({
      protocol: 2,
      ipHeaderLength: 24,
      l4Offset: 38,
      l4Length: 16,
      payloadLength: 16,
    });
  });

  test('an empty IP packet is sound', () => {
    const bytes = buildIpv4({ source: client, destination: vip, protocol: 253, payload: new Uint8Array(0) });
    const packet = new Packet();
    packet.decodeIp(bytes, 0, bytes.length);
    expect(packet).toMatchObject({ error: undefined, payloadLength: 0, l4Offset: 20, l4Length: 0 });
  });
});
