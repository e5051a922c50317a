import { describe, expect, test } from 'vitest';
import type { Topology } from './define.ts';
import { parsePath } from './path.ts';
import { planLab } from './plan.ts';
import { describeProblem, TopologyError, type TopologyProblem, type TopologyRule } from './problem.ts';
import { validateTopology } from './validate.ts';

/** A topology without problems that has one of everything. */
const sound = {
  name: 'sound',
  segments: { outside: { ipv4: '198.51.100.0/24' }, inside: { ipv4: '203.0.113.0/24', mtu: 1400 } },
  lines: { ring: { kind: 'null-modem', baud: 19_200 } },
  nodes: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'outside', address: '198.51.100.10' } },
      gateway: '198.51.100.1',
    },
    primary: {
      role: 'director',
      nics: {
        eth0: { segment: 'outside', address: '198.51.100.1' },
        eth1: { segment: 'inside', address: '203.0.113.1' },
      },
      routes: [{ to: '192.0.2.0/24', via: '198.51.100.10' }],
      serial: { ttyS1: 'ring' },
      memoryMb: 512,
    },
    secondary: {
      role: 'director',
      nics: {
        eth0: { segment: 'outside', address: '198.51.100.2' },
        eth1: { segment: 'inside', address: '203.0.113.2' },
      },
      serial: { ttyS1: 'ring' },
    },
    web1: {
      role: 'realServer',
      nics: { eth0: { segment: 'inside', address: '203.0.113.21' } },
      gateway: '203.0.113.254',
    },
    web2: {
      role: 'realServer',
      nics: { eth0: { segment: 'inside', address: '203.0.113.22' } },
      gateway: '203.0.113.1',
    },
  },
  services: {
    web: {
      vip: '198.51.100.80',
      protocol: 'tcp',
      port: 80,
      scheduler: 'rr',
      forwarding: 'nat',
      director: ['primary', 'secondary'],
      realServers: [{ node: 'web1', weight: 1, port: 8080 }, { node: 'web2' }],
    },
  },
  spare: { inside: ['203.0.113.254'] },
};

test('a topology with one of everything has no problems', () => {
  expect(validateTopology(sound)).toEqual([]);
});

test('a topology of one node and one wire has no problems', () => {
  const least: Topology = {
    name: 'least',
    segments: { lan: { ipv4: '203.0.113.0/30' } },
    nodes: { a: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.1' } } } },
  };
  expect(validateTopology(least)).toEqual([]);
});

/** The sound topology with some values replaced. The types would forbid it, so it is done by path. */
function changed(changes: Readonly<Record<string, unknown>>): unknown {
  const topology: unknown = structuredClone(sound);
  for (const [pathText, value] of Object.entries(changes)) {
    const path = parsePath(pathText) ?? expect.fail(`not a path: ${pathText}`);
    const parent = path
      .slice(0, -1)
      .reduce((object, key) => (object as Record<string, unknown>)[key], topology);
    const key = path.at(-1) as string;
    if (value === undefined) delete (parent as Record<string, unknown>)[key];
    else (parent as Record<string, unknown>)[key] = value;
  }
  return topology;
}

interface Case {
  /** What to set at which path; undefined takes the property away. */
  readonly change: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

// The type of the table makes tsc ask for a case when a rule is added.
const cases: Readonly<Record<TopologyRule, Case>> = {
  'wrong-type': {
    change: {
      'nodes.web1': null,
      'services.web.realServers': [],
      'nodes.client.gateway': 5,
      spare: { inside: '203.0.113.254' },
      'nodes.web2.gateway': undefined,
    },
    problems: [
      'wrong-type at nodes.client.gateway: gateway of node client is 5; expected a string',
      'wrong-type at nodes.web1: node web1 is null; expected an object',
      'empty at services.web.realServers (the key): service web has no real server; expected at least one real server',
      'wrong-type at spare.inside: the spare addresses of inside is "203.0.113.254"; expected a list',
    ],
  },
  'missing-property': {
    change: {
      'services.web.port': undefined,
      'services.web.scheduler': undefined,
    },
    problems: [
      'missing-property at services.web (the key): service web has no port, no scheduler; expected an object with vip, protocol, port, scheduler, forwarding, director, realServers',
    ],
  },
  'unknown-property': {
    change: {
      'services.web.protcol': 'tcp',
      'services.web.protocol': undefined,
      'segments.inside.vlan': 5,
    },
    problems: [
      'unknown-property at segments.inside.vlan (the key): segment inside has an unknown property vlan; expected no further property',
      'unknown-property at services.web.protcol (the key): service web has an unknown property protcol; expected one of protocol, vipSegment; did you mean protocol?',
    ],
  },
  'unknown-value': {
    change: {
      'nodes.web1.role': 'realserver',
      'services.web.scheduler': 'round-robin',
      'lines.ring.baud': 9601,
    },
    problems: [
      'unknown-value at lines.ring.baud: baud of line ring is 9601; expected one of 9600, 19200, 38400, 57600, 115200',
      'unknown-value at nodes.web1.role: role of node web1 is "realserver"; expected one of client, router, director, realServer, storage; did you mean realServer?',
      'unknown-value at services.web.scheduler: scheduler of service web is "round-robin"; expected one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos',
    ],
  },
  'out-of-range': {
    change: {
      'services.web.port': 65_536,
      'services.web.realServers[0].weight': -1,
      'services.web.realServers[1].weight': 65_536,
      'segments.inside.mtu': 575,
      'nodes.primary.memoryMb': 256.5,
    },
    problems: [
      'out-of-range at segments.inside.mtu: mtu of segment inside is 575; expected a whole number from 576 to 9000',
      'out-of-range at nodes.primary.memoryMb: memoryMb of node primary is 256.5; expected a whole number from 128 to 8192',
      'out-of-range at services.web.port: port of service web is 65536; expected a whole number from 1 to 65535',
      'out-of-range at services.web.realServers[0].weight: weight of real server 1 of service web is -1; expected a whole number from 0 to 65535',
      'out-of-range at services.web.realServers[1].weight: weight of real server 2 of service web is 65536; expected a whole number from 0 to 65535',
    ],
  },
  empty: {
    change: {
      'nodes.web3': { role: 'realServer', nics: {} },
      'services.web.realServers': [],
      'services.web.director': [],
    },
    problems: [
      'empty at services.web.director: service web has no director; expected at least one director',
      'empty at services.web.realServers (the key): service web has no real server; expected at least one real server',
      'empty at nodes.web3 (the key): node web3 is connected to nothing; expected a NIC or a serial line',
    ],
  },
  'too-many': {
    change: {
      'nodes.web1.nics': Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [
          `eth${index}`,
          { segment: 'inside', address: `203.0.113.${100 + index}` },
        ]),
      ),
    },
    problems: ['too-many at nodes.web1.nics (the key): web1 has 9 NICs; expected at most 8'],
  },
  'name-syntax': {
    change: {
      name: 'Sound Topology',
      'nodes.Web_3': { role: 'client', nics: { eth1: { segment: 'inside', address: '203.0.113.23' } } },
      'nodes["sixteen-letters-"]': {
        role: 'client',
        nics: { en0: { segment: 'inside', address: '203.0.113.24' } },
      },
    },
    problems: [
      'name-syntax at name: topology name "Sound Topology" is not a host name of at most 40 characters; expected lower-case letters, digits and hyphens, starting with a letter; did you mean sound-topology?',
      'name-syntax at nodes.Web_3 (the key): node name "Web_3" is not a host name of at most 15 characters; expected lower-case letters, digits and hyphens, starting with a letter; did you mean web-3?',
      'name-syntax at nodes["sixteen-letters-"] (the key): node name "sixteen-letters-" is not a host name of at most 15 characters; expected lower-case letters, digits and hyphens, starting with a letter; did you mean sixteen-letters?',
      'name-syntax at nodes.Web_3.nics.eth1 (the key): Web_3 has eth1 and no eth0; expected NICs numbered from eth0 without a gap; did you mean eth0?',
      `name-syntax at nodes["sixteen-letters-"].nics.en0 (the key): NIC name "en0" of sixteen-letters- is not one of Linux's Ethernet names; expected eth0 to eth7`,
    ],
  },
  'reserved-name': {
    change: {
      'segments.all': { ipv4: '192.0.2.0/24' },
      'nodes["vip-web"]': { role: 'client', nics: { eth0: { segment: 'all', address: '192.0.2.1' } } },
    },
    problems: [
      'reserved-name at segments.all (the key): segment name all is reserved; expected another name than all, any, broadcasthost, default, foreign, host, lab, local, localhost, none, unknown, vip, ethN, ip6-…, vip-…',
      'reserved-name at nodes["vip-web"] (the key): node name vip-web is reserved; expected another name than all, any, broadcasthost, default, foreign, host, lab, local, localhost, none, unknown, vip, ethN, ip6-…, vip-…',
    ],
  },
  'name-taken': {
    change: {
      'lines.inside': { kind: 'null-modem', baud: 9600 },
      'lines.ring': undefined,
      'nodes.primary.serial.ttyS1': 'inside',
      'nodes.secondary.serial.ttyS1': 'inside',
    },
    problems: [
      'name-taken at lines.inside (the key): line inside has the name of a segment (segments.inside)',
    ],
  },
  'unknown-segment': {
    change: {
      'nodes.web1.nics.eth0.segment': 'insdie',
      'spare.dmz': [],
      'services.web.vipSegment': 'outsid',
    },
    problems: [
      'unknown-segment at nodes.web1.nics.eth0.segment: segment insdie of web1 eth0 is not defined; expected one of outside, inside; did you mean inside?',
      'unknown-segment at spare.dmz (the key): segment dmz of the spare addresses is not defined; expected one of outside, inside',
      'unknown-segment at services.web.vipSegment: segment outsid of the VIP of service web is not defined; expected one of outside, inside; did you mean outside?',
    ],
  },
  'unknown-line': {
    change: {
      'nodes.primary.serial': { ttyS2: 'rong' },
    },
    problems: [
      'unknown-line at nodes.primary.serial.ttyS2: line rong of primary ttyS2 is not defined; expected ring',
    ],
  },
  'unknown-node': {
    change: {
      'services.web.director': 'primry',
      'services.web.realServers[1].node': 'web3',
    },
    problems: [
      'unknown-node at services.web.director: director primry of service web is not a node; expected one of primary, secondary; did you mean primary?',
      'unknown-node at services.web.realServers[1].node: real server web3 of service web is not a node; expected one of web1, web2; did you mean web1?',
    ],
  },
  'malformed-address': {
    change: {
      'nodes.web1.nics.eth0.address': '203.0.113.21/24',
      'nodes.client.gateway': '198.51.100.01',
      'services.web.vip': '198.51.100.256',
      'spare.inside': ['203.0.113', '203.0.113.254'],
      'services.web.realServers[1].rip': 'web2',
    },
    problems: [
      'malformed-address at nodes.web1.nics.eth0.address: address 203.0.113.21/24 of web1 eth0 has a prefix length; expected 203.0.113.21',
      'malformed-address at spare.inside[0]: spare address 203.0.113 is not an IPv4 address; expected four numbers from 0 to 255 without leading zeros',
      'malformed-address at nodes.client.gateway: gateway 198.51.100.01 of client is not an IPv4 address; expected four numbers from 0 to 255 without leading zeros',
      'malformed-address at services.web.vip: VIP 198.51.100.256 of service web is not an IPv4 address; expected four numbers from 0 to 255 without leading zeros',
      'malformed-address at services.web.realServers[1].rip: rip web2 of real server web2 is not an IPv4 address; expected four numbers from 0 to 255 without leading zeros',
    ],
  },
  'malformed-network': {
    change: {
      'segments.dmz': { ipv4: '192.0.2.1/24' },
      'segments.far': { ipv4: '10.1.0.0' },
      'segments.farther': { ipv4: '10.2.0.0/33' },
      'nodes.primary.routes[0].to': '192.0.2.0/23/1',
    },
    problems: [
      'malformed-network at segments.dmz.ipv4: network 192.0.2.1/24 of segment dmz has bits set after its prefix; expected 192.0.2.0/24',
      'malformed-network at segments.far.ipv4: network 10.1.0.0 of segment far has no prefix length; expected address and prefix length, such as 10.1.0.0/24',
      'malformed-network at segments.farther.ipv4: network 10.2.0.0/33 of segment farther is not an IPv4 network; expected a form such as 203.0.113.0/24',
      'malformed-network at nodes.primary.routes[0].to: route destination 192.0.2.0/23/1 of primary is not an IPv4 network; expected a form such as 203.0.113.0/24',
    ],
  },
  'special-network': {
    change: {
      'segments.dmz': { ipv4: '127.1.0.0/16' },
      'segments.far': { ipv4: '10.1.0.0/31' },
    },
    problems: [
      'special-network at segments.dmz.ipv4: network 127.1.0.0/16 of segment dmz lies in loopback (127.0.0.0/8); expected addresses that hosts can have, such as 203.0.113.0/24',
      'out-of-range at segments.far.ipv4: network 10.1.0.0/31 of segment far has prefix length 31; expected a prefix length from 8 to 30',
    ],
  },
  'overlapping-segments': {
    change: {
      'segments.dmz': { ipv4: '203.0.113.128/25' },
    },
    problems: [
      'overlapping-segments at segments.dmz.ipv4: network 203.0.113.128/25 of segment dmz overlaps 203.0.113.0/24 of segment inside (segments.inside.ipv4)',
    ],
  },
  'outside-segment': {
    change: {
      'nodes.web1.nics.eth0.address': '198.51.100.21',
      'spare.inside[1]': '192.0.2.1',
      'services.web.vipSegment': 'inside',
    },
    problems: [
      'outside-segment at nodes.web1.nics.eth0.address: address 198.51.100.21 of web1 eth0 is outside segment inside but inside segment outside; expected an address in 203.0.113.0/24',
      'outside-segment at spare.inside[1]: spare address 192.0.2.1 is outside segment inside; expected an address in 203.0.113.0/24',
      'outside-segment at services.web.vip: VIP 198.51.100.80 of service web is outside segment inside but inside segment outside; expected an address in 203.0.113.0/24',
    ],
  },
  'network-address': {
    change: {
      'nodes.web1.nics.eth0.address': '203.0.113.0',
    },
    problems: [
      'network-address at nodes.web1.nics.eth0.address: address 203.0.113.0 of web1 eth0 is the network address of segment inside; expected a host address in 203.0.113.0/24',
    ],
  },
  'broadcast-address': {
    change: {
      'nodes.web1.nics.eth0.address': '203.0.113.255',
      'services.web.vip': '198.51.100.255',
      'spare.outside': ['198.51.100.255'],
    },
    problems: [
      'broadcast-address at nodes.web1.nics.eth0.address: address 203.0.113.255 of web1 eth0 is the broadcast address of segment inside; expected a host address in 203.0.113.0/24',
      'broadcast-address at spare.outside[0]: spare address 198.51.100.255 is the broadcast address of segment outside; expected a host address in 198.51.100.0/24',
      'duplicate-address at spare.outside[0]: spare address 198.51.100.255 of segment outside is already used by service web (services.web.vip)',
      'broadcast-address at services.web.vip: VIP 198.51.100.255 of service web is the broadcast address of segment outside; expected a host address in 198.51.100.0/24',
    ],
  },
  'duplicate-address': {
    change: {
      'nodes.web2.nics.eth0.address': '203.0.113.21',
      'spare.outside': ['198.51.100.80', '198.51.100.81', '198.51.100.81'],
      'spare.inside[1]': '203.0.113.2',
    },
    problems: [
      'duplicate-address at nodes.web2.nics.eth0.address: address 203.0.113.21 of web2 eth0 is already used by web1 eth0 (nodes.web1.nics.eth0.address)',
      'duplicate-address at spare.inside[1]: spare address 203.0.113.2 of segment inside is already used by secondary eth1 (nodes.secondary.nics.eth1.address)',
      'duplicate-address at spare.outside[0]: spare address 198.51.100.80 of segment outside is already used by service web (services.web.vip)',
      'duplicate-address at spare.outside[2]: spare address 198.51.100.81 of segment outside is already listed for segment outside (spare.outside[1])',
    ],
  },
  'gateway-off-segment': {
    change: {
      'nodes.web1.gateway': '198.51.100.1',
      'nodes.primary.routes[0].via': '192.0.2.1',
    },
    problems: [
      'gateway-off-segment at nodes.primary.routes[0].via: next hop 192.0.2.1 of primary to 192.0.2.0/24 is on none of the segments of primary; expected an address in 198.51.100.0/24 (outside) or 203.0.113.0/24 (inside)',
      'gateway-off-segment at nodes.web1.gateway: gateway 198.51.100.1 of web1 is on none of the segments of web1; expected an address in 203.0.113.0/24 (inside)',
    ],
  },
  'gateway-is-own-address': {
    change: {
      'nodes.web1.gateway': '203.0.113.21',
    },
    problems: [
      'gateway-is-own-address at nodes.web1.gateway: gateway 203.0.113.21 of web1 is its own eth0 (nodes.web1.nics.eth0.address)',
    ],
  },
  'gateway-is-nobody': {
    change: {
      'nodes.web1.gateway': '203.0.113.3',
    },
    problems: [
      'gateway-is-nobody at nodes.web1.gateway: gateway 203.0.113.3 of web1 belongs to no node, VIP or spare address; expected an address in use in 203.0.113.0/24 (inside), or one that is listed under spare; did you mean 203.0.113.1?',
    ],
  },
  'duplicate-route': {
    change: {
      'nodes.primary.routes[1]': { to: '192.0.2.0/24', via: '203.0.113.21' },
      'nodes.client.routes': [{ to: '0.0.0.0/0', via: '198.51.100.2' }],
    },
    problems: [
      'duplicate-route at nodes.client.routes[0].to: client already has a route to 0.0.0.0/0 (nodes.client.gateway)',
      'duplicate-route at nodes.primary.routes[1].to: primary already has a route to 192.0.2.0/24 (nodes.primary.routes[0].to)',
    ],
  },
  'line-ends': {
    change: {
      'nodes.client.serial': { ttyS1: 'ring' },
      'lines.loop': { kind: 'null-modem', baud: 9600 },
      'nodes.web1.serial': { ttyS1: 'loop', ttyS2: 'loop' },
      'lines.loose': { kind: 'null-modem', baud: 9600 },
    },
    problems: [
      'line-ends at lines.ring (the key): line ring has 3 ends (client ttyS1, primary ttyS1, secondary ttyS1); expected two ends, on two nodes',
      'line-ends at lines.loop (the key): line loop has 2 ends (web1 ttyS1, web1 ttyS2); expected two ends, on two nodes',
      'line-ends at lines.loose (the key): line loose has no ends; expected two ends, on two nodes',
    ],
  },
  'vip-is-node-address': {
    change: {
      'services.web.vip': '198.51.100.2',
    },
    problems: [
      'vip-is-node-address at services.web.vip: VIP 198.51.100.2 of service web is already used by secondary eth0 (nodes.secondary.nics.eth0.address)',
    ],
  },
  'vip-off-segment': {
    change: {
      'services.web.vip': '192.0.2.80',
    },
    problems: [
      'vip-off-segment at services.web.vip: VIP 192.0.2.80 of service web is in the network of no segment and vipSegment is not set; expected an address in 198.51.100.0/24 (outside) or 203.0.113.0/24 (inside), or a vipSegment',
    ],
  },
  'duplicate-service': {
    change: {
      'services.shop': { ...sound.services.web, scheduler: 'wlc' },
      'services.dns': { ...sound.services.web, protocol: 'udp' },
      'services.tls': { ...sound.services.web, port: 443 },
    },
    problems: [
      'duplicate-service at services.shop (the key): service shop has the endpoint 198.51.100.80:80/tcp of service web (services.web)',
    ],
  },
  'wrong-role': {
    change: {
      'services.web.director': 'web1',
      'services.web.realServers[0]': { node: 'secondary' },
    },
    problems: [
      'wrong-role at services.web.director: director web1 of service web has role realServer, not director; expected one of primary, secondary',
      'wrong-role at services.web.realServers[0].node: real server secondary of service web has role director, not realServer; expected one of web1, web2',
    ],
  },
  'listed-twice': {
    change: {
      'services.web.director': ['primary', 'primary'],
      'services.web.realServers': [{ node: 'web1' }, { node: 'web1', port: 81 }, { node: 'web1' }],
    },
    problems: [
      'listed-twice at services.web.director[1]: director primary of service web is already listed (services.web.director[0])',
      'listed-twice at services.web.realServers[2].node: real server web1 of service web is already listed (services.web.realServers[0].node)',
    ],
  },
  'director-off-vip-segment': {
    change: {
      'segments.dmz': { ipv4: '192.0.2.0/24' },
      'services.web.vip': '192.0.2.80',
      'services.web.director': 'primary',
    },
    problems: [
      'director-off-vip-segment at services.web.director: director primary of service web has no NIC on dmz, where VIP 192.0.2.80 is; expected a director on dmz',
    ],
  },
  'rip-of-other-node': {
    change: {
      'services.web.realServers[1].rip': '203.0.113.21',
    },
    problems: [
      'rip-of-other-node at services.web.realServers[1].rip: rip 203.0.113.21 is not an address of real server web2; expected 203.0.113.22',
    ],
  },
  'port-rewrite': {
    change: {
      'services.web.forwarding': 'tun',
    },
    problems: [
      'port-rewrite at services.web.realServers[0].port: port 8080 of web1 differs from port 80 of service web, and forwarding tun cannot rewrite it; expected 80, or forwarding nat',
    ],
  },
  'real-server-out-of-reach': {
    change: {
      'segments.dmz': { ipv4: '192.0.2.0/24' },
      'nodes.web2.nics.eth0': { segment: 'dmz', address: '192.0.2.22' },
      'nodes.web2.gateway': undefined,
      'services.web.realServers[0].port': 80,
      'services.web.forwarding': 'dr',
      'nodes.primary.routes': undefined,
      'services.far': { ...sound.services.web, port: 81, forwarding: 'tun', realServers: [{ node: 'web2' }] },
    },
    problems: [
      'real-server-out-of-reach at services.web.realServers[1].node: real server web2 (192.0.2.22) of service web is on no segment of director primary, as forwarding dr needs; expected a real server on outside or inside',
      'real-server-out-of-reach at services.web.realServers[1].node: real server web2 (192.0.2.22) of service web is on no segment of director secondary, as forwarding dr needs; expected a real server on outside or inside',
      'real-server-out-of-reach at services.far.realServers[0].node: director primary has no route to real server web2 (192.0.2.22) of service far; expected a shared segment, or a route or gateway on primary',
      'real-server-out-of-reach at services.far.realServers[0].node: director secondary has no route to real server web2 (192.0.2.22) of service far; expected a shared segment, or a route or gateway on secondary',
    ],
  },
};

function render({ rule, path, at, ...problem }: TopologyProblem): string {
  const place = `${path}${at === 'key' ? ' (the key)' : ''}`;
  return `${rule} at ${place}: ${describeProblem({ rule, path, at, ...problem })}`;
}

describe('validateTopology', () => {
  test.for(Object.entries(cases))(
    'reports %s, and only what follows from the change',
    ([rule, { change, problems }]) => {
      expect(problems.some((problem) => problem.startsWith(`${rule} at `))).toBe(true);
      expect(validateTopology(changed(change)).map(render)).toEqual(problems);
    },
  );

  test.for(Object.entries(cases))('planLab refuses a topology with %s', ([, { change }]) => {
    expect(() => planLab(changed(change) as Topology)).toThrow(TopologyError);
  });

  test.for([
    { 'services.web.port': 1 },
    { 'services.web.port': 65_535 },
    { 'services.web.realServers[0].weight': 0 },
    { 'services.web.realServers[0].weight': 65_535 },
    { 'segments.inside.mtu': 576 },
    { 'segments.inside.mtu': 9000 },
    { 'nodes.primary.memoryMb': 128 },
    { 'nodes.web1.nics.eth0.address': '203.0.113.3' },
    { 'segments.dmz': { ipv4: '192.0.2.0/30' } },
    { 'segments.dmz': { ipv4: '10.0.0.0/8' } },
    { 'segments.dmz': { ipv4: '203.0.112.0/24' } },
    {
      'nodes["exactly-fifteen"]': {
        role: 'client',
        nics: { eth0: { segment: 'inside', address: '203.0.113.3' } },
      },
    },
    { 'services.web.vip': '192.0.2.80', 'services.web.vipSegment': 'outside' },
    { 'services.web.realServers[1].rip': '203.0.113.22' },
    { 'services.web.forwarding': 'tun', 'services.web.realServers[0].port': 80 },
    {
      'nodes["serial-only"]': { role: 'client', nics: {}, serial: { ttyS1: 'loose' } },
      'lines.loose': { kind: 'null-modem', baud: 9600 },
      'nodes.web1.serial': { ttyS2: 'loose' },
    },
  ])('has nothing against %j', (change) => {
    expect(validateTopology(changed(change))).toEqual([]);
  });

  test('says nothing of a reference to a name that is being complained about', () => {
    const renamed = changed({ lines: { rong: { kind: 'null-modem', baud: 9600 } } });
    const problems = validateTopology(renamed).map(({ rule, path }) => `${rule} ${path}`);
    expect(problems).toEqual([
      'unknown-line nodes.primary.serial.ttyS1',
      'unknown-line nodes.secondary.serial.ttyS1',
    ]);
  });

  test.for([
    [undefined, 'the topology is undefined; expected an object'],
    [null, 'the topology is null; expected an object'],
    [[], 'the topology is a list; expected an object'],
    ['lvs-dr', 'the topology is "lvs-dr"; expected an object'],
    [{}, 'the topology has no name, no segments, no nodes; expected an object with name, segments, nodes'],
    [
      { name: 'x', segments: {}, nodes: {} },
      'the topology has no segments; expected at least one segment\nthe topology has no nodes; expected at least one node',
    ],
    [
      { name: 'x', segments: 5, nodes: [] },
      'segments is 5; expected an object\nnodes is a list; expected an object',
    ],
  ] as const)('answers %j with problems, not with an exception', ([value, text]) => {
    expect(
      validateTopology(value)
        .map((problem) => describeProblem(problem))
        .join('\n'),
    ).toBe(text);
  });
});

describe('describeProblem', () => {
  const conflict: TopologyProblem = {
    rule: 'duplicate-address',
    path: 'nodes.web2.nics.eth0.address',
    at: 'value',
    text: 'address 203.0.113.21 of web2 eth0 is already used by web1 eth0',
    found: '203.0.113.21',
    expected: 'an address that nothing else has',
    otherPath: 'nodes.web1.nics.eth0.address',
  };

  test('names the line of the other place when it is known, and its path otherwise', () => {
    expect(describeProblem(conflict, 13)).toBe(
      'address 203.0.113.21 of web2 eth0 is already used by web1 eth0 (line 13)',
    );
    expect(describeProblem(conflict)).toBe(
      'address 203.0.113.21 of web2 eth0 is already used by web1 eth0 (nodes.web1.nics.eth0.address)',
    );
  });
});
