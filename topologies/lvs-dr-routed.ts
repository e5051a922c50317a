// lvs-dr-routed
//
//  outside  198.51.100.0/24
// ━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//  ┌──────────┴─────────┐  ┌─────────┴─────────┐
//  │ client             │  │ router            │
//  │ client             │  │ router            │
//  │ eth0 198.51.100.10 │  │ eth0 198.51.100.1 │
//  │                    │  │ eth1 203.0.113.1  │
//  └────────────────────┘  └─────────┬─────────┘
//  inside  203.0.113.0/24            │
// ━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━┯━┷━━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━
//  ┌─────────┴────────┐  ┌─────────┴─────────┐  ┌─────────┴─────────┐
//  │ director         │  │ web1              │  │ web2              │
//  │ director         │  │ real server       │  │ real server       │
//  │ eth0 203.0.113.2 │  │ eth0 203.0.113.21 │  │ eth0 203.0.113.22 │
//  └──────────────────┘  └───────────────────┘  └───────────────────┘
//
//  web  203.0.113.80:80 tcp  rr  DR  on inside by director
//       ├─ web1  203.0.113.21:80  weight 1
//       └─ web2  203.0.113.22:80  weight 1

import { defineTopology } from '../lab/topology/define.ts';

/**
 * The client comes from another network. Everybody's gateway is the router, so a reply goes from the real
 * server to the router to the client; a reply that crosses the director is a defect.
 */
export const lvsDrRouted = defineTopology({
  name: 'lvs-dr-routed',
  segments: { outside: { ipv4: '198.51.100.0/24' }, inside: { ipv4: '203.0.113.0/24' } },
  nodes: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'outside', address: '198.51.100.10' } },
      gateway: '198.51.100.1',
    },
    router: {
      role: 'router',
      nics: {
        eth0: { segment: 'outside', address: '198.51.100.1' },
        eth1: { segment: 'inside', address: '203.0.113.1' },
      },
    },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'inside', address: '203.0.113.2' } },
      gateway: '203.0.113.1',
    },
    web1: {
      role: 'realServer',
      nics: { eth0: { segment: 'inside', address: '203.0.113.21' } },
      gateway: '203.0.113.1',
    },
    web2: {
      role: 'realServer',
      nics: { eth0: { segment: 'inside', address: '203.0.113.22' } },
      gateway: '203.0.113.1',
    },
  },
  services: {
    web: {
      vip: '203.0.113.80',
      protocol: 'tcp',
      port: 80,
      scheduler: 'rr',
      forwarding: 'dr',
      director: 'director',
      realServers: [
        { node: 'web1', weight: 1 },
        { node: 'web2', weight: 1 },
      ],
    },
  },
  spare: {
    outside: ['198.51.100.81', '198.51.100.82'],
    inside: ['203.0.113.81', '203.0.113.82', '203.0.113.83', '203.0.113.84'],
  },
});
