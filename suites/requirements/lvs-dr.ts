import type { Requirement } from './requirement.ts';
import { ipvsadm, linux } from './sources.ts';

/** Direct routing: the request goes through the director, the reply does not. */
export const lvsDr = [
  {
    id: 'LVS-DR-01',
    level: 'must',
    statement:
      "A forwarded request travels from the director's MAC to the real server's, with both addresses and both ports unchanged.",
    source: linux('net/netfilter/ipvs/ip_vs_xmit.c'),
    topologies: ['lvs-dr', 'lvs-dr-routed'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-02',
    level: 'must',
    statement:
      'A forwarded request has its TTL lowered by one; its IP ID, sequence number and TCP checksum stay.',
    source: linux('net/netfilter/ipvs/ip_vs_xmit.c'),
    topologies: ['lvs-dr', 'lvs-dr-routed'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-03',
    level: 'must',
    statement:
      "A reply leaves from the real server's MAC with the VIP as its source and does not cross the director.",
    source: linux('net/netfilter/ipvs/ip_vs_xmit.c'),
    topologies: ['lvs-dr', 'lvs-dr-routed'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-04',
    level: 'must',
    statement: 'The director counts no outgoing packet for a directly routed virtual service.',
    source: linux('net/netfilter/ipvs/ip_vs_core.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-05',
    level: 'must',
    statement: 'An ARP request for the VIP is answered exactly once, by the active director.',
    source: `RFC 826; ${linux('net/ipv4/arp.c')}`,
    topologies: ['lvs-dr', 'lvs-dr-routed'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-06',
    level: 'must',
    statement: 'A real server sends no ARP packet that names the VIP as its sender.',
    source: `RFC 826; ${linux('net/ipv4/arp.c', 'Documentation/networking/ip-sysctl.rst (arp_announce)')}`,
    topologies: ['lvs-dr', 'lvs-dr-routed'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-07',
    level: 'must',
    statement:
      'Control: with arp_ignore at 0, a real server that has the VIP on lo answers ARP requests for it.',
    source: linux('net/ipv4/arp.c', 'Documentation/networking/ip-sysctl.rst (arp_ignore)'),
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-08',
    level: 'must',
    statement:
      'Control: a real server that resolves a neighbour names the VIP as sender with arp_announce at 0 or 1, and its own address at 2.',
    source: linux('net/ipv4/arp.c', 'Documentation/networking/ip-sysctl.rst (arp_announce)'),
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-09',
    level: 'must',
    statement:
      'A real server with the VIP on eth0 answers for it despite arp_ignore 1, and is silent once an ARP filter drops the requests.',
    source: linux('net/ipv4/arp.c', 'net/ipv4/netfilter/arp_tables.c'),
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-10',
    level: 'must',
    statement:
      "A real server added with another port than its virtual service's is listed with the service's port and reached there.",
    source: ipvsadm,
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-11',
    level: 'must',
    statement:
      'Control: when a real server lacks the VIP, the client times out and the entry stays in SYN_RECV.',
    source: linux('net/netfilter/ipvs/ip_vs_proto_tcp.c', 'net/ipv4/ip_input.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-12',
    level: 'must',
    statement:
      "A request with DF set that is larger than the MTU towards the real server is dropped, and ICMP fragmentation needed from the VIP gives the client that route's MTU.",
    source: linux('net/netfilter/ipvs/ip_vs_xmit.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-13',
    level: 'must',
    statement:
      'A request that comes in fragments reaches the real server in fragments of the same IP ID and is answered.',
    source: linux('net/netfilter/ipvs/ip_vs_core.c', 'net/ipv4/ip_output.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-14',
    level: 'must',
    statement:
      "When a real server answers no ARP, the client gets ICMP host unreachable from the director's own address about 3 s later.",
    source: linux('net/ipv4/arp.c', 'net/ipv4/route.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-DR-15',
    level: 'must',
    statement:
      "When the port is closed on a real server, its RST reaches the client with the VIP as source and the real server's MAC, and the entry stays in SYN_RECV.",
    source: linux('net/netfilter/ipvs/ip_vs_proto_tcp.c', 'net/ipv4/tcp_ipv4.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-16',
    level: 'must',
    statement:
      "With 127.0.0.1 at the service's port as fallback, the director answers requests itself, the table lists it as Route, and finished connections end in TIME_WAIT.",
    source: linux('net/netfilter/ipvs/ip_vs_xmit.c', 'net/netfilter/ipvs/ip_vs_proto_tcp.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-DR-17',
    level: 'must',
    statement:
      "Once the VIP has moved and its new holder has announced it by gratuitous ARP, the client sends to the new holder's MAC.",
    source: `RFC 826, "Packet Reception"; ${linux('net/ipv4/arp.c')}`,
    topologies: ['lvs-dr'],
    shownBy: 'wire',
  },
] as const satisfies readonly Requirement[];
