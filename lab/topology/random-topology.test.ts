import { describe, expect, test } from 'vitest';
import { seededRandom } from '../wires/impairments/random.ts';
import { contains, parseAddress, parsePrefix } from './address.ts';
import type { Topology } from './define.ts';
import { identifyTopology } from './identify.ts';
import { formatPath, type Path } from './path.ts';
import { planLab } from './plan.ts';
import type { TopologyRule } from './problem.ts';
import { pick, randomTopology } from './random-topology.ts';
import { validateTopology } from './validate.ts';

const { LAB_SEED = '1' } = process.env;
const seed = Number(LAB_SEED);
const count = 80;

const random = seededRandom(seed, 'topologies');
const topologies = Array.from({ length: count }, () => randomTopology(random));

/** One thing to spoil: where, what to put there, and what must be said about which place. */
interface Mutation {
  readonly rule: TopologyRule;
  readonly at: Path;
  /** Undefined takes the property away. */
  readonly value: unknown;
  /** Where the complaint is; where the change is, by default. */
  readonly reportedAt?: Path;
}

type Place = { readonly path: Path; readonly segment: string; readonly address: string };

function nicsOf({ nodes }: Topology): readonly Place[] {
  return Object.entries(nodes).flatMap(([node, { nics }]) =>
    Object.entries(nics).map(([nic, { segment, address }]) => ({
      path: ['nodes', node, 'nics', nic],
      segment,
      address,
    })),
  );
}

/** All the ways to spoil this topology that it has the parts for. */
function* mutations(topology: Topology): Iterable<Mutation> {
  const nics = nicsOf(topology);
  const { path: nicPath, segment } = pick(random, nics);
  const network = topology.segments[segment]!.ipv4;
  const [nodeName, node] = pick(random, Object.entries(topology.nodes));
  const nodePath = ['nodes', nodeName];

  yield { rule: 'malformed-address', at: [...nicPath, 'address'], value: '203.0.113' };
  yield { rule: 'network-address', at: [...nicPath, 'address'], value: network.split('/')[0] };
  yield { rule: 'outside-segment', at: [...nicPath, 'address'], value: '192.168.7.7' };
  yield { rule: 'unknown-segment', at: [...nicPath, 'segment'], value: 'nowhere' };
  yield { rule: 'missing-property', at: [...nicPath, 'address'], value: undefined, reportedAt: nicPath };
  yield { rule: 'unknown-property', at: [...nicPath, 'vlan'], value: 5 };
  yield { rule: 'unknown-value', at: [...nodePath, 'role'], value: 'balancer' };
  yield { rule: 'wrong-type', at: [...nodePath, 'nics'], value: 'eth0' };
  yield { rule: 'out-of-range', at: [...nodePath, 'memoryMb'], value: 1 };
  yield {
    rule: 'malformed-network',
    at: ['segments', segment, 'ipv4'],
    value: network.replace('.0/', '.1/'),
  };
  yield {
    rule: 'overlapping-segments',
    at: ['segments', 'extra'],
    value: { ipv4: network },
    reportedAt: ['segments', 'extra', 'ipv4'],
  };
  yield {
    rule: 'special-network',
    at: ['segments', 'extra'],
    value: { ipv4: '224.0.0.0/24' },
    reportedAt: ['segments', 'extra', 'ipv4'],
  };
  yield { rule: 'name-syntax', at: ['nodes', 'Extra_Node'], value: node };
  yield { rule: 'reserved-name', at: ['segments', 'localhost'], value: { ipv4: '192.168.9.0/24' } };
  yield { rule: 'empty', at: ['nodes', 'bare'], value: { role: 'client', nics: {} } };
  yield { rule: 'gateway-off-segment', at: [...nodePath, 'gateway'], value: '192.168.7.7' };
  yield {
    rule: 'gateway-is-own-address',
    at: [...nodePath, 'gateway'],
    value: Object.values(node.nics)[0]!.address,
  };
  yield { rule: 'line-ends', at: ['lines', 'loose'], value: { kind: 'null-modem', baud: 9600 } };
  yield {
    rule: 'unknown-line',
    at: [...nodePath, 'serial'],
    value: { ttyS1: 'nowhere' },
    reportedAt: [...nodePath, 'serial', 'ttyS1'],
  };
  yield {
    rule: 'duplicate-address',
    at: ['spare', segment],
    value: [nics[0]!.address],
    reportedAt: ['spare', segment, 0],
  };

  const twins = nics.filter((other) => other.segment === segment);
  if (twins.length > 1) {
    yield { rule: 'duplicate-address', at: [...twins.at(-1)!.path, 'address'], value: twins[0]!.address };
  }
  const [line] = Object.keys(topology.lines ?? {});
  if (line !== undefined) {
    yield {
      rule: 'name-taken',
      at: ['segments', line],
      value: { ipv4: '192.168.9.0/24' },
      reportedAt: ['lines', line],
    };
  }
  const [service] = Object.entries(topology.services ?? {});
  if (service !== undefined) {
    const at = ['services', service[0]];
    const [server] = service[1].realServers;
    yield { rule: 'vip-is-node-address', at: [...at, 'vip'], value: nics[0]!.address };
    yield { rule: 'vip-off-segment', at: [...at, 'vip'], value: '192.168.7.7' };
    yield { rule: 'unknown-value', at: [...at, 'scheduler'], value: 'random' };
    yield { rule: 'out-of-range', at: [...at, 'port'], value: 0 };
    yield { rule: 'unknown-node', at: [...at, 'director'], value: 'nobody' };
    yield { rule: 'wrong-role', at: [...at, 'director'], value: server!.node };
    yield { rule: 'out-of-range', at: [...at, 'realServers', 0, 'weight'], value: 65_536 };
    yield { rule: 'unknown-node', at: [...at, 'realServers', 0, 'node'], value: 'nobody' };
    yield {
      rule: 'wrong-role',
      at: [...at, 'realServers', 0, 'node'],
      value: [service[1].director].flat()[0],
    };
    yield { rule: 'empty', at: [...at, 'realServers'], value: [] };
    yield { rule: 'rip-of-other-node', at: [...at, 'realServers', 0, 'rip'], value: '192.168.7.7' };
    yield { rule: 'duplicate-service', at: ['services', 'twin'], value: service[1] };
    yield {
      rule: 'listed-twice',
      at: [...at, 'realServers', service[1].realServers.length],
      value: server,
      reportedAt: [...at, 'realServers', service[1].realServers.length, 'node'],
    };
  }
}

function mutate(topology: Topology, { at, value }: Mutation): unknown {
  const copy: unknown = structuredClone(topology);
  const parent = at.slice(0, -1).reduce((object, key) => (object as Record<string, unknown>)[key], copy);
  const key = at.at(-1) as string;
  if (value === undefined) delete (parent as Record<string, unknown>)[key];
  else (parent as Record<string, unknown>)[key] = value;
  return copy;
}

describe(`${count} random topologies of seed ${seed}`, () => {
  test('cover what the drawing and the planner must cope with', () => {
    const sizes = topologies.map(({ segments }) => Object.keys(segments).length);
    expect(new Set(sizes)).toEqual(new Set([1, 2, 3, 4]));
    const joined = topologies.filter((topology) =>
      Object.values(topology.nodes).some(
        ({ nics }) => new Set(Object.values(nics).map((nic) => nic.segment)).size > 2,
      ),
    );
    expect(joined.length).toBeGreaterThan(5);
    expect(topologies.filter(({ lines }) => Object.keys(lines ?? {}).length > 1).length).toBeGreaterThan(10);
    expect(
      topologies.filter(({ services }) => Object.keys(services ?? {}).length > 0).length,
    ).toBeGreaterThan(10);
  });

  test('have no problems', () => {
    for (const [index, topology] of topologies.entries()) {
      expect(validateTopology(topology), `topology ${index}`).toEqual([]);
    }
  });

  test('get unique MAC and IP addresses, each inside its segment', () => {
    for (const [index, topology] of topologies.entries()) {
      const { nodes, services, names } = planLab(topology);
      const nics = nodes.flatMap((node) => node.nics);
      const addresses = [...nics.map(({ address }) => address), ...new Set(services.map(({ vip }) => vip))];
      expect(nics.length, `topology ${index}`).toBe(nicsOf(topology).length);
      expect(new Set(nics.map(({ mac }) => mac)).size, `topology ${index}`).toBe(nics.length);
      expect(new Set(addresses).size, `topology ${index}`).toBe(addresses.length);
      expect(Object.keys(names.ipv4).toSorted(), `topology ${index}`).toEqual(addresses.toSorted());
      for (const { address, segment } of nics) {
        const network = parsePrefix(topology.segments[segment]!.ipv4)!;
        expect(contains(network, parseAddress(address)!), `topology ${index}, ${address}`).toBe(true);
      }
    }
  });

  test('connect every port to the switch of its segment, and every line at both ends', () => {
    for (const [index, topology] of topologies.entries()) {
      const plan = planLab(topology);
      const ports = plan.segments.flatMap(({ name, ports: own }) => own.map(({ mac }) => `${name} ${mac}`));
      const nics = plan.nodes.flatMap((node) => node.nics.map(({ segment, mac }) => `${segment} ${mac}`));
      expect(ports.toSorted(), `topology ${index}`).toEqual(nics.toSorted());
      for (const { name, ends } of plan.lines) {
        const [first, second] = ends.map(({ node }) => plan.nodes.find((other) => other.name === node)!);
        expect(first!.serial.find(({ line }) => line === name)?.end, `topology ${index}`).toBe(0);
        expect(second!.serial.find(({ line }) => line === name)?.end, `topology ${index}`).toBe(1);
      }
    }
  });

  test('are recognised by the address of any one NIC', () => {
    for (const topology of topologies.slice(0, 30)) {
      for (const { mac } of planLab(topology).nodes.flatMap((node) => node.nics)) {
        expect(identifyTopology([Number(`0x${mac.replaceAll(':', '')}`)], topologies)).toBe(topology.name);
      }
    }
  });

  test('have a problem at the right place after every single change for the worse', () => {
    const broken = new Set<TopologyRule>();
    for (const [index, topology] of topologies.entries()) {
      for (const mutation of mutations(topology)) {
        const { rule, at, reportedAt = at } = mutation;
        const problems = validateTopology(mutate(topology, mutation));
        const complaints = problems.map((problem) => `${problem.rule} ${problem.path}`);
        expect(complaints, `topology ${index}`).toContain(`${rule} ${formatPath(reportedAt)}`);
        broken.add(rule);
      }
    }
    expect(broken.size).toBeGreaterThan(25);
  });

  test('have problems that never make validation throw, whatever part is missing', () => {
    const parts = (value: unknown, path: Path): Path[] =>
      typeof value !== 'object' || value === null
        ? [path]
        : [
            path,
            ...Object.entries(value).flatMap(([key, child]) =>
              parts(child, [...path, Array.isArray(value) ? Number(key) : key]),
            ),
          ];
    for (const topology of topologies.slice(0, 3)) {
      for (const at of parts(topology, []).filter((path) => path.length > 0)) {
        for (const value of [null, 7, 'x', [], {}, [null], { x: null }]) {
          const spoilt = mutate(topology, { rule: 'wrong-type', at, value });
          expect(() => validateTopology(spoilt), formatPath(at)).not.toThrow();
        }
      }
    }
  });
});
