import type { Requirement } from './requirement.ts';
import { ipvsadm, linux } from './sources.ts';

/** What holds for every forwarding method: scheduling, connection entries, the table and its tool. */
export const lvsGen = [
  {
    id: 'LVS-GEN-01',
    level: 'must',
    statement: 'A connection to a port of the VIP without a virtual service is reset by the director itself.',
    source: linux('net/netfilter/ipvs/ip_vs_core.c', 'net/ipv4/tcp_ipv4.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire',
  },
  {
    id: 'LVS-GEN-02',
    level: 'must',
    statement:
      'A SYN to a virtual service without an eligible real server is answered by ICMP port unreachable from the VIP.',
    source: linux('net/netfilter/ipvs/ip_vs_core.c', 'net/netfilter/ipvs/ip_vs_sched.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-03',
    level: 'must',
    statement: 'An echo request to the VIP is answered by the director and makes no connection entry.',
    source: linux('net/netfilter/ipvs/ip_vs_core.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-04',
    level: 'must',
    statement:
      'A TCP segment without SYN that belongs to no connection entry is reset from the VIP and makes no entry.',
    source: linux(
      'net/netfilter/ipvs/ip_vs_proto_tcp.c',
      'Documentation/networking/ipvs-sysctl.rst (sloppy_tcp)',
    ),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-05',
    level: 'must',
    statement: 'A real server of weight 0 gets no new connection, whatever the scheduler.',
    source: linux('net/netfilter/ipvs/ip_vs_rr.c and the other schedulers'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-06',
    level: 'must',
    statement:
      'After 32 requests one by one under rr, each of two real servers has 16 connections in total, all of them inactive.',
    source: linux('net/netfilter/ipvs/ip_vs_conn.c', 'net/netfilter/ipvs/ip_vs_rr.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-07',
    level: 'must',
    statement:
      'A connection entry is gone once its state has lasted for its timeout without a packet: 120 s in FIN_WAIT and TIME_WAIT, 60 s in SYN_RECV.',
    source: linux('net/netfilter/ipvs/ip_vs_proto_tcp.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-08',
    level: 'must',
    statement: 'Timeouts set with ipvsadm --set are listed and hold for entries made from then on.',
    source: ipvsadm,
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-09',
    level: 'must',
    statement: 'A table that is saved, cleared and restored is the same table.',
    source: ipvsadm,
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-10',
    level: 'should',
    statement: 'Each impossible change is refused by ipvsadm with its own message and exit code.',
    source: ipvsadm,
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-11',
    level: 'should',
    statement:
      'The kernel lists the real servers of a virtual service newest first, and ipvsadm lists them by address.',
    source: `${linux('net/netfilter/ipvs/ip_vs_ctl.c')}; ${ipvsadm}`,
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-12',
    level: 'must',
    statement: 'A connection counts as active while it is open and as inactive after it is closed.',
    source: linux('net/netfilter/ipvs/ip_vs_proto_tcp.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-GEN-13',
    level: 'must',
    statement: 'A UDP exchange counts as inactive only, and its entry expires 300 s after the last datagram.',
    source: linux('net/netfilter/ipvs/ip_vs_proto_udp.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire and tables',
  },
] as const satisfies readonly Requirement[];
