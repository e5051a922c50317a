import { expect, test } from 'vitest';
import { lvsDrRouted } from '../topologies/lvs-dr-routed.ts';
import { nodeSpecOf, segmentsOf, syntheticMac } from './lab-nodes.ts';
import { planLab } from './topology/plan.ts';

const plan = planLab(lvsDrRouted);

test('both ends of a wire name the same socket, and every path fits into a socket address', () => {
  const run = '/tmp/halab-4294967295/4194304-18446744073709551615-0';
  const ports = segmentsOf(plan, run).flatMap(({ ports }) => ports);
  const nics = plan.nodes.flatMap((node) => nodeSpecOf(plan, node, run).nics);
  for (const nic of nics) expect(ports.map(({ socketPath }) => socketPath)).toContain(nic.socketPath);
  expect(new Set(ports.map(({ socketPath }) => socketPath)).size).toBe(ports.length);
  // unix(7): 108 bytes with the final zero.
  for (const { socketPath } of ports) expect(socketPath.length).toBeLessThan(108);
});

test("a synthetic host's MAC is no node's", () => {
  const macs = plan.nodes.flatMap(({ nics }) => nics.map(({ mac }) => mac));
  for (const { name } of plan.segments) expect(macs).not.toContain(syntheticMac(plan, name));
});

test('a router forwards and a real server does not', () => {
  const spec = (name: string) => nodeSpecOf(plan, plan.nodes.find((node) => node.name === name)!, '/run');
  expect(spec('router').forwards).toBe(true);
  expect(spec('web1').forwards).toBe(false);
});
