import { parseIpv4, parseMac } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { planLab } from '../topology/plan.ts';
import { NodeDirectory } from './node-directory.ts';

const ip = (text: string) => parseIpv4(text)!;
const mac = (text: string) => parseMac(text)!;
const foreign = mac('52:54:00:00:00:01');
const other = mac('52:54:00:00:00:02');

function directory(topology: typeof lvsDr | typeof lvsDrRouted = lvsDr) {
  const nodes = new NodeDirectory(planLab(topology));
  return {
    nodes,
    nameOf: (address: number) => (nodes.lookUp(address) < 0 ? undefined : nodes.name(nodes.lookUp(address))),
  };
}

describe('whose network card it is', () => {
  test('says the plan, for the addresses that the lab gives', () => {
    const { nodes, nameOf } = directory();
    const plan = planLab(lvsDr);
    for (const { name, nics } of plan.nodes) expect(nameOf(mac(nics[0]!.mac))).toBe(name);
    expect(nodes.learnt.size).toBe(0);
  });

  test('says ARP elsewhere', () => {
    const { nodes, nameOf } = directory();
    nodes.heardArp(foreign, ip('203.0.113.21'), 'lan');
    expect(nameOf(foreign)).toBe('web1');
    expect([...nodes.learnt]).toEqual([['52:54:00:00:00:01', 'web1']]);
  });

  test('the virtual address names nobody', () => {
    const { nodes, nameOf } = directory();
    nodes.heardArp(foreign, ip('203.0.113.80'), 'lan');
    expect(nameOf(foreign)).toBeUndefined();
    expect(nodes.strangers).toEqual(['52:54:00:00:00:01']);
  });

  test.for([
    ['a neighbour', '203.0.113.21', '203.0.113.2', 64, 'web1'],
    ['whom a router passed on', '203.0.113.21', '203.0.113.2', 63, undefined],
    ['who uses a service: a director passes such packets on', '203.0.113.10', '203.0.113.80', 64, undefined],
    ['who is no node', '203.0.113.99', '203.0.113.2', 64, undefined],
  ] as const)('says an IP packet of %s', ([, source, destination, ttl, expected]) => {
    const { nodes, nameOf } = directory();
    nodes.heardIp(foreign, ip(source), ip(destination), ttl, 'lan');
    expect(nameOf(foreign)).toBe(expected);
  });

  test('does not say a packet that came from another segment', () => {
    const { nodes, nameOf } = directory(lvsDrRouted);
    nodes.heardIp(foreign, ip('198.51.100.10'), ip('203.0.113.2'), 64, 'inside');
    expect(nameOf(foreign)).toBeUndefined();
    nodes.heardIp(foreign, ip('198.51.100.10'), ip('203.0.113.2'), 64, undefined);
    expect(nameOf(foreign)).toBeUndefined();
  });

  test('two cards that claim one address are told', () => {
    const { nodes } = directory();
    nodes.heardArp(foreign, ip('203.0.113.21'), 'lan');
    nodes.heardArp(other, ip('203.0.113.21'), 'lan');
    expect(nodes.conflicts).toEqual([
      '203.0.113.21 (web1) is claimed by 52:54:00:00:00:01 and by 52:54:00:00:00:02',
    ]);
  });

  test("a stranger that claims a node's address in the lab's own record is told and not believed", () => {
    const { nodes, nameOf } = directory();
    nodes.lookUp(mac(planLab(lvsDr).nodes[0]!.nics[0]!.mac));
    nodes.heardArp(foreign, ip('203.0.113.21'), 'lan');
    expect(nameOf(foreign)).toBeUndefined();
    expect(nodes.conflicts).toEqual([
      '52:54:00:00:00:01 claims 203.0.113.21, the address of web1, and is none of its NICs',
    ]);
  });

  test("what was guessed before the lab's own addresses showed up is forgotten", () => {
    const { nodes, nameOf } = directory();
    nodes.heardArp(foreign, ip('203.0.113.21'), 'lan');
    nodes.lookUp(mac(planLab(lvsDr).nodes[0]!.nics[0]!.mac));
    expect(nameOf(foreign)).toBeUndefined();
  });

  test('an exchanged card is its node, and the old one nobody', () => {
    const { nodes, nameOf } = directory();
    const old = mac(planLab(lvsDr).nodes[1]!.nics[0]!.mac);
    nodes.exchangeMac('director', 'eth0', '02:00:00:00:00:d1');
    expect(nameOf(mac('02:00:00:00:00:d1'))).toBe('director');
    expect(nameOf(old)).toBeUndefined();
  });

  test('the cache does not outlive what it holds', () => {
    const { nodes } = directory();
    const bytes = Uint8Array.of(0x52, 0x54, 0, 0, 0, 1);
    expect(nodes.find(foreign, bytes, 0)).toBe(-1);
    nodes.heardArp(foreign, ip('203.0.113.22'), 'lan');
    expect(nodes.name(nodes.find(foreign, bytes, 0))).toBe('web2');
  });

  test('group addresses are nobody and no strangers', () => {
    const { nodes } = directory();
    nodes.lookUp(0xffff_ffff_ffff);
    nodes.lookUp(mac('01:00:5e:00:00:51'));
    expect(nodes.strangers).toEqual([]);
  });
});
