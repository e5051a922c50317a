import { expect, test } from 'vitest';
import { defineTopology } from './define.ts';
import { topologyToDot } from './dot.ts';

const pair = defineTopology({
  name: 'pair',
  segments: { lan: { ipv4: '203.0.113.0/24' }, 'back-net': { ipv4: '198.51.100.0/24' } },
  lines: { ring: { kind: 'null-modem', baud: 19_200 } },
  nodes: {
    primary: {
      role: 'director',
      nics: {
        eth0: { segment: 'lan', address: '203.0.113.2' },
        eth1: { segment: 'back-net', address: '198.51.100.2' },
      },
      serial: { ttyS1: 'ring' },
    },
    end: {
      role: 'director',
      nics: { eth0: { segment: 'lan', address: '203.0.113.3' } },
      serial: { ttyS2: 'ring' },
    },
    lan: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } },
  },
});

test('topologyToDot quotes every name, tells a node from a segment and draws a cable double', () => {
  expect(topologyToDot(pair)).toMatchInlineSnapshot(`
    "graph "pair" {
      node [shape=box];
      "segment lan" [label="lan\\n203.0.113.0/24", shape=ellipse];
      "segment back-net" [label="back-net\\n198.51.100.0/24", shape=ellipse];
      "node primary" [label="primary\\ndirector"];
      "segment lan" -- "node primary" [label="eth0 203.0.113.2"];
      "segment back-net" -- "node primary" [label="eth1 198.51.100.2"];
      "node end" [label="end\\ndirector"];
      "segment lan" -- "node end" [label="eth0 203.0.113.3"];
      "node lan" [label="lan\\nclient"];
      "segment lan" -- "node lan" [label="eth0 203.0.113.10"];
      "node primary" -- "node end" [label="ring", color="black:invis:black"];
    }
    "
  `);
});
