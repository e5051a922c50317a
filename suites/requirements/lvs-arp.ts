import type { Requirement } from './requirement.ts';
import { linux } from './sources.ts';

const arpIgnore = linux('net/ipv4/arp.c', 'Documentation/networking/ip-sysctl.rst (arp_ignore)');

/** Who answers for an address, by where the address is and what `arp_ignore` says. */
export const lvsArp = [
  {
    id: 'LVS-ARP-01',
    level: 'must',
    statement:
      'A node with the VIP on lo answers for it from every NIC with arp_ignore at 0 or 3, and is silent at 1, 2 and 8.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-02',
    level: 'must',
    statement:
      'A node with the VIP on lo and scope host answers for it with arp_ignore at 0 only, and is silent at 1, 2, 3 and 8.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-03',
    level: 'must',
    statement:
      'A node with the VIP on dummy0 answers for it from every NIC with arp_ignore at 0 or 3, and is silent at 1, 2 and 8.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-04',
    level: 'must',
    statement:
      'A node with the VIP on eth0 answers for it from every NIC with arp_ignore at 0 or 3, from eth0 only at 1, from eth0 to senders of its subnet or 0.0.0.0 at 2, and not at all at 8.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-05',
    level: 'must',
    statement:
      'A node with the VIP as a /32 on eth1 answers for it from every NIC with arp_ignore at 0 or 3, from eth1 only at 1, from eth1 to sender 0.0.0.0 only at 2, and not at all at 8.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-06',
    level: 'must',
    statement: 'Setting arp_ignore for lo alone changes no answer: the value of the receiving NIC decides.',
    source: arpIgnore,
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
  {
    id: 'LVS-ARP-07',
    level: 'must',
    statement: 'Adding the VIP to an interface sends no gratuitous ARP by itself.',
    source: linux('net/ipv4/devinet.c', 'Documentation/networking/ip-sysctl.rst (arp_notify)'),
    topologies: ['lvs-arp'],
    shownBy: 'wire and tables',
  },
] as const satisfies readonly Requirement[];
