import { defineTopology } from '../lab/topology/define.ts';

//                lan 203.0.113.0/24
//   ══════╤══════════════╤══════════════════
//    eth0 │         eth1 │
//       .21            .31
//        └──── web1 ─────┘
//
// One real server with two NICs on one segment: what it says in ARP, asked through either.
export const lvsArp = defineTopology({
  name: 'lvs-arp',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    web1: {
      role: 'realServer',
      nics: {
        eth0: { segment: 'lan', address: '203.0.113.21' },
        eth1: { segment: 'lan', address: '203.0.113.31' },
      },
    },
  },
  spare: { lan: ['203.0.113.81', '203.0.113.82', '203.0.113.83', '203.0.113.90'] },
});
