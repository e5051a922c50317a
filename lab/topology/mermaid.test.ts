import { expect, test } from 'vitest';
import { defineTopology } from './define.ts';
import { topologyToMermaid } from './mermaid.ts';

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

test('topologyToMermaid keeps clear of reserved words, hyphens and equal names', () => {
  expect(topologyToMermaid(pair)).toMatchInlineSnapshot(`
    "flowchart TB
      segment_lan(["lan<br>203.0.113.0/24"])
      segment_back_net(["back-net<br>198.51.100.0/24"])
      node_primary["primary<br>director"]
      segment_lan ---|"eth0 203.0.113.2"| node_primary
      segment_back_net ---|"eth1 198.51.100.2"| node_primary
      node_end["end<br>director"]
      segment_lan ---|"eth0 203.0.113.3"| node_end
      node_lan["lan<br>client"]
      segment_lan ---|"eth0 203.0.113.10"| node_lan
      node_primary ===|"ring"| node_end
    "
  `);
});
