import { describe, expect, test } from 'vitest';
import { parseIpv4 } from '../addresses/ipv4.ts';
import { literalFrame } from '../dissect/literal-frames.ts';
import { TCP_ACK, TCP_PSH, TCP_SYN } from '../packet/layer-bits.ts';
import { buildArp } from './arp.ts';
import { buildEthernet } from './ethernet.ts';
import { buildIcmp } from './icmp.ts';
import { buildIpv4 } from './ipv4.ts';
import { buildTcp } from './tcp.ts';
import { buildUdp } from './udp.ts';

const client = 0x02000000000c;
const director = 0x02000000000d;
const link = { sourceMac: client, destinationMac: director };
const ends = { source: parseIpv4('203.0.113.10')!, destination: parseIpv4('203.0.113.80')!, id: 0x1a2b };
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const usualOptions = hex('02 04 05 b4 04 02 08 0a 92 fe 59 4d 00 00 00 00 01 03 03 07');
const syn = { ...ends, sourcePort: 40001, destinationPort: 80, sequence: 1, flags: TCP_SYN };

/** Each is to come out byte for byte as the literal frame of that name, which was made by other means. */
const built: Readonly<Record<string, () => Uint8Array>> = {
  'arp-request': () =>
    buildArp({ operation: 1, senderMac: client, senderIp: ends.source, targetIp: ends.destination }),
  'arp-reply': () =>
    buildArp({
      operation: 2,
      senderMac: director,
      senderIp: ends.destination,
      targetMac: client,
      targetIp: ends.source,
      padTo: 60,
    }),
  'arp-gratuitous': () =>
    buildArp({ operation: 1, senderMac: director, senderIp: ends.destination, targetIp: ends.destination }),
  'tcp-syn': () => buildTcp({ link, ...syn, tcpOptions: usualOptions }),
  'tcp-syn-bare': () => buildTcp({ link, ...syn, padTo: 60 }),
  'tcp-data': () =>
    buildTcp({
      link,
      ...syn,
      sequence: 2,
      acknowledgement: 0xfffffff1,
      flags: TCP_PSH | TCP_ACK,
      window: 502,
      tcpOptions: hex('01 01 08 0a 92 fe 59 50 74 ab 00 01'),
      payload: Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    }),
  'tcp-offset-too-small': () => buildTcp({ link, ...syn, sourcePort: 40002, sequence: 9, dataOffset: 3 }),
  'udp-no-checksum': () =>
    buildUdp({
      link,
      ...ends,
      sourcePort: 40000,
      destinationPort: 53,
      payload: Buffer.from('hi'),
      checksum: 0,
      padTo: 60,
    }),
  'udp-too-long': () =>
    buildUdp({
      link,
      ...ends,
      sourcePort: 40000,
      destinationPort: 53,
      payload: Buffer.from('hi'),
      udpLength: 11,
      checksum: 0x829e,
    }),
  'icmp-echo-request': () =>
    buildIcmp({ link, ...ends, type: 8, rest: 0x12340007, payload: hex('101112131415161718191a1b1c1d1e1f') }),
  'ipip-tcp-syn': () =>
    buildIpv4({
      link: { sourceMac: director, destinationMac: 0x020000000011 },
      source: parseIpv4('192.0.2.1')!,
      destination: parseIpv4('192.0.2.11')!,
      id: 0x1a2b,
      protocol: 4,
      payload: buildTcp({ ...syn, ttl: 63, tcpOptions: usualOptions }),
    }),
  'ipv4-record-route': () =>
    buildIcmp({
      link,
      ...ends,
      type: 8,
      rest: 0x00010002,
      ipOptions: hex('07 0b 08 cb 00 71 01 00 00 00 00 01 5e 04 ab cd'),
    }),
  'raw-tcp': () => buildTcp(syn),
};

describe('Built frames are what they ought to be, byte for byte', () => {
  test.for(Object.keys(built))('%s', (name) => {
    expect(Buffer.from(built[name]!()).toString('hex')).toBe(
      Buffer.from(literalFrame(name).bytes).toString('hex'),
    );
  });

  test('a VLAN tag stands behind the addresses', () => {
    const frame = buildEthernet({ ...link, vlanId: 10, etherType: 0x0800, payload: Uint8Array.of(1) });
    expect(frame).toEqual(hex('02000000000d 02000000000c 8100 000a 0800 01'));
  });

  test('a fragment has its offset in units of eight bytes', () => {
    const packet = buildIpv4({
      ...ends,
      protocol: 17,
      payload: new Uint8Array(0),
      dontFragment: false,
      moreFragments: true,
      fragmentOffset: 1480,
    });
    expect(packet.subarray(6, 8)).toEqual(hex('20b9'));
  });

  test('options are padded to a multiple of four bytes', () => {
    const packet = buildTcp({ ...syn, tcpOptions: Uint8Array.of(3, 3, 7), ipOptions: Uint8Array.of(1) });
    expect(packet[0]).toBe(0x46);
    expect(packet.length).toBe(24 + 24);
    expect(packet[24 + 12]! >>> 4).toBe(6);
  });

  test('a UDP checksum that comes out as 0 is sent as all ones', () => {
    // 0 and ffff are the same in one's complement, and 0 would mean that none was made.
    const sum = buildUdp({ ...ends, sourcePort: 0, destinationPort: 0 });
    const port = (sum[26]! << 8) | sum[27]!;
    const frame = buildUdp({ ...ends, sourcePort: port, destinationPort: 0 });
    expect(frame.subarray(26, 28)).toEqual(hex('ffff'));
  });

  test.for([
    ['ipChecksum', 10],
    ['ipTotalLength', 2],
  ] as const)('%s can be set wrong', ([name, at]) => {
    const frame = buildUdp({ ...ends, sourcePort: 1, destinationPort: 2, [name]: 0xabcd });
    expect(frame.subarray(at, at + 2)).toEqual(hex('abcd'));
  });
});
