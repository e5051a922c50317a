import { parseIpv4 } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import type { HeldAddress, HostModel } from './host-model.ts';
import { predictArpReplies } from './predict-replies.ts';

const ip = (text: string) => parseIpv4(text)!;
const vip = ip('203.0.113.100');

/** A real server with two NICs on one segment; eth1 has an address of another network. */
function host(held: Omit<HeldAddress, 'address'>, more: Partial<HostModel> = {}): HostModel {
  return {
    addresses: [
      { address: ip('203.0.113.21'), prefixLength: 24, device: 'eth0', scope: 'global' },
      { address: ip('198.51.100.21'), prefixLength: 24, device: 'eth1', scope: 'global' },
      { address: vip, ...held },
    ],
    nics: [
      { device: 'eth0', segment: 'lan', mac: '02:00:00:00:00:21' },
      { device: 'eth1', segment: 'lan', mac: '02:00:00:00:00:22' },
    ],
    arpIgnore: {},
    arpAnnounce: {},
    arpFilter: {},
    filtered: [],
    routes: [],
    ...more,
  };
}

const senders = { onSubnet: '203.0.113.10', foreign: '192.0.2.9', none: '0.0.0.0' };
const places: Readonly<Record<string, Omit<HeldAddress, 'address'>>> = {
  'lo /32': { device: 'lo', prefixLength: 32, scope: 'global' },
  'lo /32 scope host': { device: 'lo', prefixLength: 32, scope: 'host' },
  'dummy0 /32': { device: 'dummy0', prefixLength: 32, scope: 'global' },
  'eth0 /32': { device: 'eth0', prefixLength: 32, scope: 'global' },
  'eth0 /24': { device: 'eth0', prefixLength: 24, scope: 'global' },
  'eth1 /32': { device: 'eth1', prefixLength: 32, scope: 'global' },
};
const both = 'eth0 eth1';

// Measured with Linux 6.1: place, arp_ignore, then who answered a sender on the subnet, a foreign one, and 0.0.0.0.
const matrix = [
  ['lo /32', 0, both, both, both],
  ['lo /32', 1, '', '', ''],
  ['lo /32', 2, '', '', ''],
  ['lo /32', 3, both, both, both],
  ['lo /32', 8, '', '', ''],
  ['lo /32 scope host', 0, both, both, both],
  ['lo /32 scope host', 1, '', '', ''],
  ['lo /32 scope host', 2, '', '', ''],
  ['lo /32 scope host', 3, '', '', ''],
  ['lo /32 scope host', 8, '', '', ''],
  ['dummy0 /32', 0, both, both, both],
  ['dummy0 /32', 1, '', '', ''],
  ['dummy0 /32', 2, '', '', ''],
  ['dummy0 /32', 3, both, both, both],
  ['dummy0 /32', 8, '', '', ''],
  ['eth0 /32', 0, both, both, both],
  ['eth0 /32', 1, 'eth0', 'eth0', 'eth0'],
  ['eth0 /32', 2, 'eth0', '', 'eth0'],
  ['eth0 /32', 3, both, both, both],
  ['eth0 /32', 8, '', '', ''],
  ['eth0 /24', 0, both, both, both],
  ['eth0 /24', 1, 'eth0', 'eth0', 'eth0'],
  ['eth0 /24', 2, 'eth0', '', 'eth0'],
  ['eth0 /24', 3, both, both, both],
  ['eth0 /24', 8, '', '', ''],
  ['eth1 /32', 0, both, both, both],
  ['eth1 /32', 1, 'eth1', 'eth1', 'eth1'],
  ['eth1 /32', 2, '', '', 'eth1'],
  ['eth1 /32', 3, both, both, both],
  ['eth1 /32', 8, '', '', ''],
] as const;

function answers(model: HostModel, sender: string, segment = 'lan'): string {
  return predictArpReplies(model, { segment, senderIp: ip(sender), targetIp: vip }).join(' ');
}

describe('who answers an ARP request', () => {
  test.for(matrix)('for an address on %s with arp_ignore %d', ([place, level, onSubnet, foreign, none]) => {
    const model = host(places[place]!, { arpIgnore: { all: level } });
    expect(answers(model, senders.onSubnet)).toBe(onSubnet);
    expect(answers(model, senders.foreign)).toBe(foreign);
    expect(answers(model, senders.none)).toBe(none);
  });

  test.for([
    [{ all: 0, eth0: 1, eth1: 0 }, 'eth1'],
    [{ all: 0, eth0: 1, eth1: 1 }, ''],
    [{ all: 0, lo: 1 }, both],
    [{ all: 1, eth0: 0 }, ''],
    [{ all: 4 }, both],
    [{ all: 9 }, both],
  ] as const)(
    'the greater of all and the NIC counts, lo does not, unknown levels are 0: %j',
    ([arpIgnore, expected]) => {
      expect(answers(host(places['lo /32']!, { arpIgnore }), senders.onSubnet)).toBe(expected);
    },
  );

  test.for([
    [senders.onSubnet, 'eth0'],
    [senders.foreign, ''],
    [senders.none, both],
  ] as const)('with arp_filter only the NIC that leads back to %s answers', ([sender, expected]) => {
    expect(answers(host(places['lo /32']!, { arpFilter: { all: 1 } }), sender)).toBe(expected);
  });

  test('nobody for an address that a filter drops, that nobody holds, or on another segment', () => {
    const place = places['eth0 /32']!;
    expect(answers(host(place, { filtered: [vip] }), senders.onSubnet)).toBe('');
    expect(answers(host(place), senders.onSubnet, 'outside')).toBe('');
    const model = host(place);
    expect(predictArpReplies(model, { segment: 'lan', senderIp: 0, targetIp: ip('203.0.113.99') })).toEqual(
      [],
    );
  });

  test("nobody when the sender claims one of the host's own addresses", () => {
    expect(answers(host(places['lo /32']!), '203.0.113.21')).toBe('');
  });
});
