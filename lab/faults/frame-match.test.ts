import { describe, expect, test } from 'vitest';
import { frameMatch, matchText } from './frame-match.ts';
import { plan } from './ground-under-test.ts';

const read = (text: string) => frameMatch.read([text]);
const problems = (text: string) => frameMatch.problems(read(text), plan, '--match');

describe('a match on a command line', () => {
  test.for([
    ['arp', { arp: {} }],
    ['arp.operation=reply,arp.senderIp=192.0.2.1', { arp: { operation: 'reply', senderIp: '192.0.2.1' } }],
    ['arp,arp.operation=reply', { arp: { operation: 'reply' } }],
    ['etherType=0x0806', { etherType: 0x0806 }],
    ['tcp.destinationPort=80,tcp.flags=syn+ack', { tcp: { destinationPort: 80, flags: ['syn', 'ack'] } }],
    // Digits alone, and still text.
    ['bytes.offset=12,bytes.hex=0806', { bytes: { offset: 12, hex: '0806' } }],
  ] as const)('%s', ([text, filter]) => {
    expect(read(text)).toEqual(filter);
    expect(problems(text)).toEqual([]);
  });

  test('what makes no sense is refused with what is allowed, all at once', () => {
    expect(problems('tcp.destinationPort=http,udp.prot=5,icmp.type=300')).toMatchInlineSnapshot(`
      [
        "match.tcp.destinationPort is "http": a whole number from 0 to 65535 is wanted",
        "no part of match.udp is called "prot"; known: sourcePort, destinationPort",
        "match.icmp.type is 300: a whole number from 0 to 255 is wanted",
      ]
    `);
    expect(problems('')).toMatchInlineSnapshot(`
      [
        "no part of match is called ""; known: etherType, vlanId, sourceMac, destinationMac, arp, ip, tcp, udp, icmp, bytes",
      ]
    `);
  });

  test('is written as it is read', () => {
    for (const text of [
      'arp',
      'tcp.destinationPort=80,tcp.flags=syn+ack',
      'vlanId=5',
      'ip.source=192.0.2.1',
    ]) {
      expect(matchText(read(text) as object)).toBe(text);
    }
  });
});
