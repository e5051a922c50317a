import { describe, expect, test } from 'vitest';
import { formatAddress, networkOf, parseAddress, parsePrefix } from './address.ts';
import { type Interface, type RoutingNode, realServerInterface, routeTo } from './routing.ts';

const address = (text: string) => parseAddress(text) ?? expect.fail(text);
const prefix = (text: string) => parsePrefix(text) ?? expect.fail(text);

const onWire = (nic: string, segment: string, text: string): Interface => ({
  nic,
  segment,
  address: prefix(text).address,
  network: networkOf(prefix(text)),
});

const outside = onWire('eth0', 'outside', '198.51.100.2/24');
const inside = onWire('eth1', 'inside', '203.0.113.2/24');
const node: RoutingNode = {
  interfaces: [outside, inside],
  routes: [
    { to: prefix('0.0.0.0/0'), via: address('198.51.100.1') },
    { to: prefix('192.0.2.0/24'), via: address('203.0.113.1') },
    { to: prefix('192.0.2.128/25'), via: address('198.51.100.9') },
    { to: prefix('203.0.113.64/26'), via: address('198.51.100.9') },
    { to: prefix('198.51.100.0/24'), via: address('203.0.113.9') },
    { to: prefix('10.0.0.0/8'), via: address('10.9.9.9') },
  ],
};

describe('routeTo', () => {
  test.for([
    ['198.51.100.77', 'eth0', undefined, 'its own wire, before a route of the same length'],
    ['203.0.113.21', 'eth1', undefined, 'its own wire'],
    ['203.0.113.65', 'eth0', '198.51.100.9', 'a longer prefix than its own wire'],
    ['192.0.2.1', 'eth1', '203.0.113.1', 'a route'],
    ['192.0.2.127', 'eth1', '203.0.113.1', 'a route, up to its last address'],
    ['192.0.2.128', 'eth0', '198.51.100.9', 'a longer route, from its first address'],
    ['8.8.8.8', 'eth0', '198.51.100.1', 'the default route'],
    ['10.1.1.1', 'eth0', '198.51.100.1', 'no route whose next hop is on no wire'],
  ] as const)('sends to %s through %s via %s: %s', ([destination, nic, via]) => {
    const hop = routeTo(node, address(destination));
    expect(hop?.interface.nic).toBe(nic);
    expect(hop?.via === undefined ? undefined : formatAddress(hop.via)).toBe(via);
  });

  test('knows no way without a route', () => {
    expect(routeTo({ ...node, routes: [] }, address('192.0.2.1'))).toBeUndefined();
    expect(routeTo({ interfaces: [], routes: node.routes }, address('192.0.2.1'))).toBeUndefined();
  });
});

describe('realServerInterface', () => {
  const management = onWire('eth0', 'management', '192.0.2.21/24');
  const service = onWire('eth1', 'inside', '203.0.113.21/24');
  const realServer = { interfaces: [management, service], routes: [] };

  test('is the first on a segment that every director is on', () => {
    expect(realServerInterface([node], realServer, undefined)).toBe(service);
    expect(realServerInterface([node, { interfaces: [inside], routes: [] }], realServer, undefined)).toBe(
      service,
    );
  });

  test('is the first of all when there is no such segment', () => {
    const elsewhere = { interfaces: [outside], routes: [] };
    expect(realServerInterface([node, elsewhere], realServer, undefined)).toBe(management);
    expect(realServerInterface([], { interfaces: [], routes: [] }, undefined)).toBeUndefined();
  });

  test('is the one that is asked for', () => {
    expect(realServerInterface([node], realServer, management.address)).toBe(management);
    expect(realServerInterface([node], realServer, outside.address)).toBeUndefined();
  });
});
