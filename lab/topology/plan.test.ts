import { describe, expect, test } from 'vitest';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { formatAddress } from './address.ts';
import { defineTopology } from './define.ts';
import { planLab, routingOf } from './plan.ts';
import { TopologyError } from './problem.ts';
import { routeTo } from './routing.ts';

/** Two directors, NAT, a null-modem cable, a jumbo segment, a VIP that is in no network. */
const natPair = defineTopology({
  name: 'nat-pair',
  segments: { outside: { ipv4: '198.51.100.0/24' }, inside: { ipv4: '203.0.113.128/25', mtu: 9000 } },
  lines: { ring: { kind: 'null-modem', baud: 19_200 } },
  nodes: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'outside', address: '198.51.100.10' } },
      routes: [{ to: '192.0.2.80/32', via: '198.51.100.2' }],
    },
    secondary: {
      role: 'director',
      // Written in this order on purpose: NICs go by number.
      nics: {
        eth1: { segment: 'inside', address: '203.0.113.131' },
        eth0: { segment: 'outside', address: '198.51.100.3' },
      },
      serial: { ttyS2: 'ring' },
    },
    primary: {
      role: 'director',
      nics: {
        eth0: { segment: 'outside', address: '198.51.100.2' },
        eth1: { segment: 'inside', address: '203.0.113.130' },
      },
      serial: { ttyS1: 'ring' },
      memoryMb: 512,
    },
    web1: {
      role: 'realServer',
      nics: { eth0: { segment: 'inside', address: '203.0.113.141' } },
      gateway: '203.0.113.254',
    },
    web2: {
      role: 'realServer',
      nics: {
        eth0: { segment: 'outside', address: '198.51.100.22' },
        eth1: { segment: 'inside', address: '203.0.113.142' },
        eth2: { segment: 'inside', address: '203.0.113.152' },
      },
      gateway: '203.0.113.254',
    },
  },
  services: {
    web: {
      vip: '192.0.2.80',
      vipSegment: 'outside',
      protocol: 'tcp',
      port: 81,
      scheduler: 'wrr',
      forwarding: 'nat',
      director: ['primary', 'secondary'],
      realServers: [
        { node: 'web2', rip: '203.0.113.152', port: 8080, weight: 5 },
        { node: 'web1', port: 8080 },
      ],
    },
    dns: {
      vip: '192.0.2.80',
      vipSegment: 'outside',
      protocol: 'udp',
      port: 53,
      scheduler: 'rr',
      forwarding: 'nat',
      director: 'secondary',
      realServers: [{ node: 'web2' }],
    },
  },
  spare: { inside: ['203.0.113.254'] },
});

describe('planLab', () => {
  test('plans lvs-dr', () => {
    expect(planLab(lvsDr)).toMatchInlineSnapshot(`
      {
        "hostsFile": "127.0.0.1 localhost
      203.0.113.10 client client.lan
      203.0.113.2 director director.lan
      203.0.113.21 web1 web1.lan
      203.0.113.22 web2 web2.lan
      203.0.113.80 vip-web
      ",
        "lines": [],
        "names": {
          "ipv4": {
            "203.0.113.10": [
              "client",
              "client.lan",
            ],
            "203.0.113.2": [
              "director",
              "director.lan",
            ],
            "203.0.113.21": [
              "web1",
              "web1.lan",
            ],
            "203.0.113.22": [
              "web2",
              "web2.lan",
            ],
            "203.0.113.80": [
              "vip-web",
            ],
          },
          "mac": {
            "02:4f:19:8e:00:00": "client.eth0",
            "02:4f:19:8e:01:00": "director.eth0",
            "02:4f:19:8e:02:00": "web1.eth0",
            "02:4f:19:8e:03:00": "web2.eth0",
          },
        },
        "nodes": [
          {
            "forwardsIp": false,
            "index": 0,
            "memoryMb": 256,
            "name": "client",
            "nics": [
              {
                "address": "203.0.113.10",
                "broadcast": "203.0.113.255",
                "index": 0,
                "mac": "02:4f:19:8e:00:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "lan",
              },
            ],
            "role": "client",
            "routes": [],
            "serial": [],
          },
          {
            "forwardsIp": false,
            "index": 1,
            "memoryMb": 256,
            "name": "director",
            "nics": [
              {
                "address": "203.0.113.2",
                "broadcast": "203.0.113.255",
                "index": 0,
                "mac": "02:4f:19:8e:01:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "lan",
              },
            ],
            "role": "director",
            "routes": [],
            "serial": [],
          },
          {
            "forwardsIp": false,
            "index": 2,
            "memoryMb": 256,
            "name": "web1",
            "nics": [
              {
                "address": "203.0.113.21",
                "broadcast": "203.0.113.255",
                "index": 0,
                "mac": "02:4f:19:8e:02:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "lan",
              },
            ],
            "role": "realServer",
            "routes": [],
            "serial": [],
          },
          {
            "forwardsIp": false,
            "index": 3,
            "memoryMb": 256,
            "name": "web2",
            "nics": [
              {
                "address": "203.0.113.22",
                "broadcast": "203.0.113.255",
                "index": 0,
                "mac": "02:4f:19:8e:03:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "lan",
              },
            ],
            "role": "realServer",
            "routes": [],
            "serial": [],
          },
        ],
        "segments": [
          {
            "broadcast": "203.0.113.255",
            "mtu": 1500,
            "name": "lan",
            "network": "203.0.113.0/24",
            "ports": [
              {
                "mac": "02:4f:19:8e:00:00",
                "nic": "eth0",
                "node": "client",
              },
              {
                "mac": "02:4f:19:8e:01:00",
                "nic": "eth0",
                "node": "director",
              },
              {
                "mac": "02:4f:19:8e:02:00",
                "nic": "eth0",
                "node": "web1",
              },
              {
                "mac": "02:4f:19:8e:03:00",
                "nic": "eth0",
                "node": "web2",
              },
            ],
            "prefixLength": 24,
            "spare": [
              "203.0.113.81",
              "203.0.113.82",
              "203.0.113.83",
              "203.0.113.84",
              "203.0.113.85",
              "203.0.113.86",
            ],
          },
        ],
        "services": [
          {
            "directors": [
              {
                "dip": "203.0.113.2",
                "node": "director",
                "vipNic": "eth0",
              },
            ],
            "forwarding": "dr",
            "name": "web",
            "port": 80,
            "protocol": "tcp",
            "realServers": [
              {
                "node": "web1",
                "rip": "203.0.113.21",
                "rport": 80,
                "segment": "lan",
                "weight": 1,
              },
              {
                "node": "web2",
                "rip": "203.0.113.22",
                "rport": 80,
                "segment": "lan",
                "weight": 1,
              },
            ],
            "scheduler": "rr",
            "vip": "203.0.113.80",
            "vipPrefixLength": 32,
            "vipSegment": "lan",
          },
        ],
        "topology": "lvs-dr",
      }
    `);
  });

  test('plans the routes of lvs-dr-routed', () => {
    const { nodes, services } = planLab(lvsDrRouted);
    expect(nodes.map(({ name, forwardsIp, gateway }) => ({ name, forwardsIp, gateway }))).toEqual([
      { name: 'client', forwardsIp: false, gateway: '198.51.100.1' },
      { name: 'router', forwardsIp: true, gateway: undefined },
      { name: 'director', forwardsIp: false, gateway: '203.0.113.1' },
      { name: 'web1', forwardsIp: false, gateway: '203.0.113.1' },
      { name: 'web2', forwardsIp: false, gateway: '203.0.113.1' },
    ]);
    expect(services[0]).toMatchObject({ vipSegment: 'inside', directors: [{ dip: '203.0.113.2' }] });
  });

  test('plans a NAT pair', () => {
    expect(planLab(natPair)).toMatchInlineSnapshot(`
      {
        "hostsFile": "127.0.0.1 localhost
      198.51.100.10 client client.outside
      198.51.100.3 secondary secondary.outside
      203.0.113.131 secondary.inside
      198.51.100.2 primary primary.outside
      203.0.113.130 primary.inside
      203.0.113.141 web1 web1.inside
      198.51.100.22 web2 web2.outside
      203.0.113.142 web2.inside
      203.0.113.152 web2.eth2
      192.0.2.80 vip-web vip-dns
      ",
        "lines": [
          {
            "baud": 19200,
            "ends": [
              {
                "node": "secondary",
                "port": "ttyS2",
              },
              {
                "node": "primary",
                "port": "ttyS1",
              },
            ],
            "name": "ring",
          },
        ],
        "names": {
          "ipv4": {
            "192.0.2.80": [
              "vip-web",
              "vip-dns",
            ],
            "198.51.100.10": [
              "client",
              "client.outside",
            ],
            "198.51.100.2": [
              "primary",
              "primary.outside",
            ],
            "198.51.100.22": [
              "web2",
              "web2.outside",
            ],
            "198.51.100.3": [
              "secondary",
              "secondary.outside",
            ],
            "203.0.113.130": [
              "primary.inside",
            ],
            "203.0.113.131": [
              "secondary.inside",
            ],
            "203.0.113.141": [
              "web1",
              "web1.inside",
            ],
            "203.0.113.142": [
              "web2.inside",
            ],
            "203.0.113.152": [
              "web2.eth2",
            ],
          },
          "mac": {
            "02:c0:f8:2d:00:00": "client.eth0",
            "02:c0:f8:2d:01:00": "secondary.eth0",
            "02:c0:f8:2d:01:01": "secondary.eth1",
            "02:c0:f8:2d:02:00": "primary.eth0",
            "02:c0:f8:2d:02:01": "primary.eth1",
            "02:c0:f8:2d:03:00": "web1.eth0",
            "02:c0:f8:2d:04:00": "web2.eth0",
            "02:c0:f8:2d:04:01": "web2.eth1",
            "02:c0:f8:2d:04:02": "web2.eth2",
          },
        },
        "nodes": [
          {
            "forwardsIp": false,
            "index": 0,
            "memoryMb": 256,
            "name": "client",
            "nics": [
              {
                "address": "198.51.100.10",
                "broadcast": "198.51.100.255",
                "index": 0,
                "mac": "02:c0:f8:2d:00:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "outside",
              },
            ],
            "role": "client",
            "routes": [
              {
                "nic": "eth0",
                "to": "192.0.2.80/32",
                "via": "198.51.100.2",
              },
            ],
            "serial": [],
          },
          {
            "forwardsIp": true,
            "index": 1,
            "memoryMb": 256,
            "name": "secondary",
            "nics": [
              {
                "address": "198.51.100.3",
                "broadcast": "198.51.100.255",
                "index": 0,
                "mac": "02:c0:f8:2d:01:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "outside",
              },
              {
                "address": "203.0.113.131",
                "broadcast": "203.0.113.255",
                "index": 1,
                "mac": "02:c0:f8:2d:01:01",
                "mtu": 9000,
                "name": "eth1",
                "prefixLength": 25,
                "segment": "inside",
              },
            ],
            "role": "director",
            "routes": [],
            "serial": [
              {
                "end": 0,
                "line": "ring",
                "port": "ttyS2",
              },
            ],
          },
          {
            "forwardsIp": true,
            "index": 2,
            "memoryMb": 512,
            "name": "primary",
            "nics": [
              {
                "address": "198.51.100.2",
                "broadcast": "198.51.100.255",
                "index": 0,
                "mac": "02:c0:f8:2d:02:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "outside",
              },
              {
                "address": "203.0.113.130",
                "broadcast": "203.0.113.255",
                "index": 1,
                "mac": "02:c0:f8:2d:02:01",
                "mtu": 9000,
                "name": "eth1",
                "prefixLength": 25,
                "segment": "inside",
              },
            ],
            "role": "director",
            "routes": [],
            "serial": [
              {
                "end": 1,
                "line": "ring",
                "port": "ttyS1",
              },
            ],
          },
          {
            "forwardsIp": false,
            "gateway": "203.0.113.254",
            "index": 3,
            "memoryMb": 256,
            "name": "web1",
            "nics": [
              {
                "address": "203.0.113.141",
                "broadcast": "203.0.113.255",
                "index": 0,
                "mac": "02:c0:f8:2d:03:00",
                "mtu": 9000,
                "name": "eth0",
                "prefixLength": 25,
                "segment": "inside",
              },
            ],
            "role": "realServer",
            "routes": [],
            "serial": [],
          },
          {
            "forwardsIp": false,
            "gateway": "203.0.113.254",
            "index": 4,
            "memoryMb": 256,
            "name": "web2",
            "nics": [
              {
                "address": "198.51.100.22",
                "broadcast": "198.51.100.255",
                "index": 0,
                "mac": "02:c0:f8:2d:04:00",
                "mtu": 1500,
                "name": "eth0",
                "prefixLength": 24,
                "segment": "outside",
              },
              {
                "address": "203.0.113.142",
                "broadcast": "203.0.113.255",
                "index": 1,
                "mac": "02:c0:f8:2d:04:01",
                "mtu": 9000,
                "name": "eth1",
                "prefixLength": 25,
                "segment": "inside",
              },
              {
                "address": "203.0.113.152",
                "broadcast": "203.0.113.255",
                "index": 2,
                "mac": "02:c0:f8:2d:04:02",
                "mtu": 9000,
                "name": "eth2",
                "prefixLength": 25,
                "segment": "inside",
              },
            ],
            "role": "realServer",
            "routes": [],
            "serial": [],
          },
        ],
        "segments": [
          {
            "broadcast": "198.51.100.255",
            "mtu": 1500,
            "name": "outside",
            "network": "198.51.100.0/24",
            "ports": [
              {
                "mac": "02:c0:f8:2d:00:00",
                "nic": "eth0",
                "node": "client",
              },
              {
                "mac": "02:c0:f8:2d:01:00",
                "nic": "eth0",
                "node": "secondary",
              },
              {
                "mac": "02:c0:f8:2d:02:00",
                "nic": "eth0",
                "node": "primary",
              },
              {
                "mac": "02:c0:f8:2d:04:00",
                "nic": "eth0",
                "node": "web2",
              },
            ],
            "prefixLength": 24,
            "spare": [],
          },
          {
            "broadcast": "203.0.113.255",
            "mtu": 9000,
            "name": "inside",
            "network": "203.0.113.128/25",
            "ports": [
              {
                "mac": "02:c0:f8:2d:01:01",
                "nic": "eth1",
                "node": "secondary",
              },
              {
                "mac": "02:c0:f8:2d:02:01",
                "nic": "eth1",
                "node": "primary",
              },
              {
                "mac": "02:c0:f8:2d:03:00",
                "nic": "eth0",
                "node": "web1",
              },
              {
                "mac": "02:c0:f8:2d:04:01",
                "nic": "eth1",
                "node": "web2",
              },
              {
                "mac": "02:c0:f8:2d:04:02",
                "nic": "eth2",
                "node": "web2",
              },
            ],
            "prefixLength": 25,
            "spare": [
              "203.0.113.254",
            ],
          },
        ],
        "services": [
          {
            "directors": [
              {
                "dip": "203.0.113.130",
                "node": "primary",
                "vipNic": "eth0",
              },
              {
                "dip": "203.0.113.131",
                "node": "secondary",
                "vipNic": "eth0",
              },
            ],
            "forwarding": "nat",
            "name": "web",
            "port": 81,
            "protocol": "tcp",
            "realServers": [
              {
                "node": "web2",
                "rip": "203.0.113.152",
                "rport": 8080,
                "segment": "inside",
                "weight": 5,
              },
              {
                "node": "web1",
                "rip": "203.0.113.141",
                "rport": 8080,
                "segment": "inside",
                "weight": 1,
              },
            ],
            "scheduler": "wrr",
            "vip": "192.0.2.80",
            "vipPrefixLength": 32,
            "vipSegment": "outside",
          },
          {
            "directors": [
              {
                "dip": "198.51.100.3",
                "node": "secondary",
                "vipNic": "eth0",
              },
            ],
            "forwarding": "nat",
            "name": "dns",
            "port": 53,
            "protocol": "udp",
            "realServers": [
              {
                "node": "web2",
                "rip": "198.51.100.22",
                "rport": 53,
                "segment": "outside",
                "weight": 1,
              },
            ],
            "scheduler": "rr",
            "vip": "192.0.2.80",
            "vipPrefixLength": 32,
            "vipSegment": "outside",
          },
        ],
        "topology": "nat-pair",
      }
    `);
  });

  test('writes a hosts file in which every name is somewhere once', () => {
    expect(planLab(natPair).hostsFile).toMatchInlineSnapshot(`
      "127.0.0.1 localhost
      198.51.100.10 client client.outside
      198.51.100.3 secondary secondary.outside
      203.0.113.131 secondary.inside
      198.51.100.2 primary primary.outside
      203.0.113.130 primary.inside
      203.0.113.141 web1 web1.inside
      198.51.100.22 web2 web2.outside
      203.0.113.142 web2.inside
      203.0.113.152 web2.eth2
      192.0.2.80 vip-web vip-dns
      "
    `);
    const names = planLab(natPair)
      .hostsFile.trim()
      .split('\n')
      .flatMap((line) => line.split(' ').slice(1));
    expect(new Set(names).size).toBe(names.length);
  });

  test('is plain data: it survives the way to another process', () => {
    expect(JSON.parse(JSON.stringify(planLab(natPair)))).toEqual(planLab(natPair));
    expect(structuredClone(planLab(lvsDr))).toEqual(planLab(lvsDr));
  });

  test('gives a changed topology the same MAC addresses as long as the names and the order stay', () => {
    const before = planLab(lvsDr).names.mac;
    const after = planLab({ ...lvsDr, spare: {}, services: {} }).names.mac;
    expect(after).toEqual(before);
    expect(Object.keys(planLab({ ...lvsDr, name: 'another' }).names.mac)).not.toEqual(Object.keys(before));
  });

  test('refuses a topology with problems, all of them in one message', () => {
    const broken = { ...lvsDr, name: 'broken', segments: { lan: { ipv4: '203.0.113.0/28' } } };
    const plan = () => planLab(broken);
    expect(plan).toThrow(TopologyError);
    expect(plan).toThrowErrorMatchingInlineSnapshot(`
      [TopologyError: topology broken: nodes.web1.nics.eth0.address: address 203.0.113.21 of web1 eth0 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: nodes.web2.nics.eth0.address: address 203.0.113.22 of web2 eth0 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[0]: spare address 203.0.113.81 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[1]: spare address 203.0.113.82 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[2]: spare address 203.0.113.83 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[3]: spare address 203.0.113.84 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[4]: spare address 203.0.113.85 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: spare.lan[5]: spare address 203.0.113.86 is outside segment lan; expected an address in 203.0.113.0/28
      topology broken: services.web.vip: VIP 203.0.113.80 of service web is in the network of no segment and vipSegment is not set; expected an address in 203.0.113.0/28 (lan), or a vipSegment]
    `);
  });
});

describe('routingOf', () => {
  test('answers where a node sends a packet', () => {
    const client = planLab(lvsDrRouted).nodes[0]!;
    const hop = routeTo(routingOf(client), 0xcb00_7150);
    expect(hop?.interface.nic).toBe('eth0');
    expect(formatAddress(hop?.via ?? 0)).toBe('198.51.100.1');
  });
});
