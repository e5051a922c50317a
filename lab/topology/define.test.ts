import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  defineTopology,
  type LineName,
  type NodeName,
  type SegmentName,
  type ServiceName,
  type Topology,
} from './define.ts';

const pair = defineTopology({
  name: 'pair',
  segments: { outside: { ipv4: '203.0.113.0/24' }, inside: { ipv4: '198.51.100.0/24', mtu: 1400 } },
  lines: { ring: { kind: 'null-modem', baud: 19_200 } },
  nodes: {
    primary: {
      role: 'director',
      nics: {
        eth0: { segment: 'outside', address: '203.0.113.2' },
        eth1: { segment: 'inside', address: '198.51.100.2' },
      },
      serial: { ttyS1: 'ring' },
    },
    secondary: {
      role: 'director',
      nics: { eth0: { segment: 'outside', address: '203.0.113.3' } },
      serial: { ttyS1: 'ring' },
    },
    web1: { role: 'realServer', nics: { eth0: { segment: 'inside', address: '198.51.100.21' } } },
  },
  services: {
    web: {
      vip: '203.0.113.80',
      protocol: 'tcp',
      port: 80,
      scheduler: 'rr',
      forwarding: 'nat',
      director: ['primary', 'secondary'],
      realServers: [{ node: 'web1' }],
    },
  },
  spare: { outside: ['203.0.113.81'] },
});

const wireOnly = defineTopology({
  name: 'wire-only',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: { a: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } } },
});

// Checked by tsc alone: an unused `@ts-expect-error` is an error, so each of these must fail to compile.
const nic = { segment: 'lan', address: '203.0.113.10' } as const;
const lan = { lan: { ipv4: '203.0.113.0/24' } } as const;

const misspelt = () => [
  defineTopology({
    name: 'segment',
    segments: lan,
    // @ts-expect-error the segment is called lan
    nodes: { a: { role: 'client', nics: { eth0: { segment: 'lna', address: '203.0.113.10' } } } },
  }),
  defineTopology({
    name: 'line',
    segments: lan,
    lines: { ring: { kind: 'null-modem', baud: 9600 } },
    // @ts-expect-error the line is called ring
    nodes: { a: { role: 'client', nics: { eth0: nic }, serial: { ttyS1: 'rong' } } },
  }),
  defineTopology({
    name: 'no-line',
    segments: lan,
    // @ts-expect-error there is no line
    nodes: { a: { role: 'client', nics: { eth0: nic }, serial: { ttyS1: 'ring' } } },
  }),
  defineTopology({
    name: 'console',
    segments: lan,
    lines: { ring: { kind: 'null-modem', baud: 9600 } },
    // @ts-expect-error ttyS0 is the console
    nodes: { a: { role: 'client', nics: { eth0: nic }, serial: { ttyS0: 'ring' } } },
  }),
  defineTopology({
    name: 'nic',
    segments: lan,
    // @ts-expect-error a NIC is called ethN
    nodes: { a: { role: 'client', nics: { enp0s1: nic } } },
  }),
  defineTopology({
    name: 'role',
    segments: lan,
    // @ts-expect-error the role is called realServer
    nodes: { a: { role: 'realserver', nics: { eth0: nic } } },
  }),
  defineTopology({
    name: 'director',
    segments: lan,
    nodes: { a: { role: 'director', nics: { eth0: nic } } },
    services: {
      web: {
        vip: '203.0.113.80',
        protocol: 'tcp',
        port: 80,
        scheduler: 'rr',
        forwarding: 'dr',
        // @ts-expect-error no node is called b
        director: 'b',
        realServers: [],
      },
    },
  }),
  defineTopology({
    name: 'directors',
    segments: lan,
    nodes: { a: { role: 'director', nics: { eth0: nic } } },
    services: {
      web: {
        vip: '203.0.113.80',
        protocol: 'tcp',
        port: 80,
        // @ts-expect-error the scheduler is called wrr
        scheduler: 'weighted-rr',
        forwarding: 'dr',
        director: ['a'],
        // @ts-expect-error no node is called web1
        realServers: [{ node: 'web1' }],
        // @ts-expect-error no segment is called wan
        vipSegment: 'wan',
      },
    },
  }),
  defineTopology({
    name: 'spare',
    segments: lan,
    nodes: { a: { role: 'director', nics: { eth0: nic } } },
    // @ts-expect-error no segment is called wan
    spare: { wan: ['203.0.113.81'] },
  }),
  // @ts-expect-error the nodes are missing
  defineTopology({ name: 'empty', segments: lan }),
];

describe('defineTopology', () => {
  test('returns the object it was given', () => {
    const spec = { name: 'x', segments: {}, nodes: {} };
    expect(defineTopology(spec)).toBe(spec);
  });

  test('infers the names of nodes, segments, lines and services', () => {
    expectTypeOf<NodeName<typeof pair>>().toEqualTypeOf<'primary' | 'secondary' | 'web1'>();
    expectTypeOf<SegmentName<typeof pair>>().toEqualTypeOf<'outside' | 'inside'>();
    expectTypeOf<LineName<typeof pair>>().toEqualTypeOf<'ring'>();
    expectTypeOf<ServiceName<typeof pair>>().toEqualTypeOf<'web'>();
  });

  test('infers no line and no service where none is defined', () => {
    expectTypeOf<LineName<typeof wireOnly>>().toEqualTypeOf<never>();
    expectTypeOf<ServiceName<typeof wireOnly>>().toEqualTypeOf<never>();
  });

  test('gives a value that any code for topologies takes', () => {
    const any: readonly Topology[] = [pair, wireOnly];
    expect(any.map(({ name }) => name)).toEqual(['pair', 'wire-only']);
  });

  test('a misspelt name does not compile', () => {
    expect(misspelt()).toHaveLength(10);

    const isolate = (node: NodeName<typeof pair>) => node;
    isolate('primary');
    // @ts-expect-error no node is called primery
    isolate('primery');
  });
});
