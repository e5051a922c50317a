import {
  buildArp,
  buildIcmp,
  buildTcp,
  buildUdp,
  parseIpv4,
  parseMac,
  TCP_ACK,
  TCP_SYN,
} from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { compileFilter } from './compile-filter.ts';
import type { FrameFilter } from './filter.ts';

const web1 = { mac: parseMac('02:00:00:00:00:11')!, ip: parseIpv4('192.0.2.11')! };
const client = { mac: parseMac('02:00:00:00:00:05')!, ip: parseIpv4('192.0.2.5')! };
const link = { sourceMac: web1.mac, destinationMac: client.mac };
const ip = { link, source: web1.ip, destination: client.ip };

const frames = {
  arpReply: buildArp({
    operation: 2,
    senderMac: web1.mac,
    senderIp: web1.ip,
    targetMac: client.mac,
    targetIp: client.ip,
  }),
  arpRequest: buildArp({ operation: 1, senderMac: web1.mac, senderIp: web1.ip, targetIp: client.ip }),
  syn: buildTcp({ ...ip, sourcePort: 40000, destinationPort: 80, flags: TCP_SYN }),
  synAck: buildTcp({ ...ip, sourcePort: 80, destinationPort: 40000, flags: TCP_SYN | TCP_ACK }),
  taggedUdp: buildUdp({ ...ip, link: { ...link, vlanId: 10 }, sourcePort: 694, destinationPort: 694 }),
  echo: buildIcmp({ ...ip, type: 8 }),
};

function matched(filter: FrameFilter): string[] {
  const { match, problems } = compileFilter(filter);
  expect(problems).toEqual([]);
  return Object.entries(frames).flatMap(([name, frame]) => (match(frame) ? [name] : []));
}

describe('a sound filter', () => {
  test.for<[FrameFilter, readonly string[]]>([
    [{}, Object.keys(frames)],
    [{ etherType: 0x0806 }, ['arpReply', 'arpRequest']],
    [{ vlanId: 10 }, ['taggedUdp']],
    [{ destinationMac: 'ff:ff:ff:ff:ff:ff' }, ['arpRequest']],
    [{ sourceMac: '02:00:00:00:00:99' }, []],
    [{ arp: {} }, ['arpReply', 'arpRequest']],
    [{ arp: { operation: 'reply', senderIp: '192.0.2.11' } }, ['arpReply']],
    [{ arp: { operation: 'reply', targetIp: '192.0.2.11' } }, []],
    [{ ip: { source: '192.0.2.11', protocol: 17 } }, ['taggedUdp']],
    [{ ip: { destination: '192.0.2.11' } }, []],
    [{ tcp: { destinationPort: 80 } }, ['syn']],
    [{ tcp: { flags: ['syn'] } }, ['syn', 'synAck']],
    [{ tcp: { flags: ['syn'], withoutFlags: ['ack'] } }, ['syn']],
    [{ tcp: { flags: ['syn', 'ack'] } }, ['synAck']],
    [{ udp: { sourcePort: 694 } }, ['taggedUdp']],
    [{ icmp: { type: 8 } }, ['echo']],
    [{ icmp: { type: 0 } }, []],
    [{ bytes: { offset: 12, hex: '0806' } }, ['arpReply', 'arpRequest']],
    [{ bytes: { offset: 5, hex: '05' }, arp: {} }, ['arpReply']],
    [{ bytes: { offset: 5000, hex: '00' } }, []],
  ])('%j matches %j', ([filter, expected]) => {
    expect(matched(filter)).toEqual(expected);
  });
});

describe('an unsound filter', () => {
  test('tells of everything that is wrong at once, with the nearest name', () => {
    const { problems } = compileFilter({
      arpp: {},
      etherType: 70_000,
      arp: { operation: 'answer', sender: '192.0.2.1' },
      ip: { source: '192.0.2.256' },
      tcp: { flags: ['sin'] },
      udp: 53,
      bytes: { offset: 0, hex: 'f' },
    });

    expect(problems).toMatchInlineSnapshot(`
      [
        "no part of match is called "arpp": did you mean "arp"? known: etherType, vlanId, sourceMac, destinationMac, arp, ip, tcp, udp, icmp, bytes",
        "match.etherType is 70000: a whole number from 0 to 65535 is wanted",
        "match.arp.operation is "answer": "request" or "reply" is wanted",
        "no part of match.arp is called "sender": did you mean "senderIp"? known: operation, senderIp, targetIp",
        "match.ip.source is "192.0.2.256": an IPv4 address such as 192.0.2.1 is wanted",
        "match.tcp.flags is ["sin"]: a list of "fin" or "syn" or "rst" or "psh" or "ack" or "urg" is wanted",
        "match.udp is 53: an object is wanted",
        "match.bytes is {"offset":0,"hex":"f"}: { offset: a whole number from 0, hex: pairs of hexadecimal digits } is wanted",
      ]
    `);
  });

  test('is not an object, or matches nothing', () => {
    const { match, problems } = compileFilter('arp');

    expect(problems).toEqual(['match is "arp": an object is wanted']);
    expect(match(frames.arpReply)).toBe(false);
  });
});
