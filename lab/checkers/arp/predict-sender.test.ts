import { formatIpv4, parseIpv4 } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import type { HostModel } from './host-model.ts';
import { predictArpSender } from './predict-sender.ts';

const ip = (text: string) => parseIpv4(text)!;
const rip = '203.0.113.21';
const near = '203.0.113.100';
const far = '198.51.100.100';

function host(
  address: string,
  device: string,
  prefixLength: number,
  more: Partial<HostModel> = {},
): HostModel {
  return {
    addresses: [
      { address: ip(rip), prefixLength: 24, device: 'eth0', scope: 'global' },
      { address: ip(address), prefixLength, device, scope: 'global' },
    ],
    nics: [{ device: 'eth0', segment: 'lan', mac: '02:00:00:00:00:21' }],
    arpIgnore: {},
    arpAnnounce: {},
    arpFilter: {},
    filtered: [],
    routes: [],
    ...more,
  };
}

const sender = (model: HostModel, packetSource: string) =>
  formatIpv4(
    predictArpSender(model, {
      device: 'eth0',
      packetSource: ip(packetSource),
      targetIp: ip('203.0.113.10'),
    }) ?? 0,
  );

describe('the sender of an ARP request', () => {
  // Measured with Linux 6.1.
  test.for([
    [near, 'lo', 32, 0, near],
    [near, 'lo', 32, 1, near],
    [near, 'lo', 32, 2, rip],
    [near, 'eth0', 32, 1, near],
    [near, 'eth0', 32, 2, rip],
    [near, 'eth0', 24, 0, near],
    [near, 'eth0', 24, 1, near],
    [near, 'eth0', 24, 2, rip],
    [near, 'eth1', 32, 0, near],
    [near, 'eth1', 32, 1, near],
    [near, 'eth1', 32, 2, rip],
    [far, 'lo', 32, 0, far],
    [far, 'lo', 32, 1, rip],
    [far, 'lo', 32, 2, rip],
  ] as const)(
    'for a packet from %s on %s /%d with arp_announce %d is %s',
    ([address, device, length, level, expected]) => {
      expect(sender(host(address, device, length, { arpAnnounce: { all: level } }), address)).toBe(expected);
    },
  );

  test('is the greater of all and the NIC', () => {
    expect(sender(host(near, 'lo', 32, { arpAnnounce: { all: 0, eth0: 2 } }), near)).toBe(rip);
    expect(sender(host(near, 'lo', 32, { arpAnnounce: { lo: 2 } }), near)).toBe(near);
  });

  test('is its own for a forwarded packet and for an address that a filter replaces', () => {
    expect(sender(host(near, 'lo', 32), '192.0.2.1')).toBe(rip);
    expect(sender(host(near, 'lo', 32, { filtered: [ip(near)] }), near)).toBe(rip);
  });
});
