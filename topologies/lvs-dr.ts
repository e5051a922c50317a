// lvs-dr
//
//  lan  203.0.113.0/24
// ━━━━━━━┯━━━━━━━━━━━━━┯━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━
//  ┌─────┴────┐  ┌─────┴────┐  ┌──────┴──────┐  ┌──────┴──────┐
//  │ client   │  │ director │  │ web1        │  │ web2        │
//  │ client   │  │ director │  │ real server │  │ real server │
//  │ eth0 .10 │  │ eth0 .2  │  │ eth0 .21    │  │ eth0 .22    │
//  └──────────┘  └──────────┘  └─────────────┘  └─────────────┘
//
//  web  203.0.113.80:80 tcp  rr  DR  on lan by director
//       ├─ web1  203.0.113.21:80  weight 1
//       └─ web2  203.0.113.22:80  weight 1

import { defineTopology } from '../lab/topology/define.ts';

/**
 * One Ethernet, one director, direct routing: the director passes a request on by its MAC address alone, and
 * the real server answers the client itself. Client and real servers share the wire, so whoever answers ARP
 * for the VIP gets the requests: the ARP rules for real servers are judged here.
 */
export const lvsDr = defineTopology({
  name: 'lvs-dr',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    client: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } },
    director: { role: 'director', nics: { eth0: { segment: 'lan', address: '203.0.113.2' } } },
    web1: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '203.0.113.21' } } },
    web2: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '203.0.113.22' } } },
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
    lan: ['203.0.113.81', '203.0.113.82', '203.0.113.83', '203.0.113.84', '203.0.113.85', '203.0.113.86'],
  },
});
