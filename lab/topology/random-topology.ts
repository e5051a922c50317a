// Valid topologies of every shape, for tests of what must hold for all of them.

import type { Random } from '../wires/impairments/random.ts';
import { formatAddress, formatPrefix, type Ipv4, type Prefix } from './address.ts';
import {
  type Forwarding,
  type NicSpec,
  type NodeSpec,
  protocols,
  type RealServerSpec,
  type Role,
  roles,
  type ServiceSpec,
  schedulers,
  serialPorts,
  type Topology,
} from './define.ts';
import { baudRates } from './limits.ts';

/** A segment that hands out each of its host addresses once, in random order. */
interface Pool {
  readonly name: string;
  readonly network: Prefix;
  readonly free: Ipv4[];
}

/** 1 to 4 segments, 1 to 12 nodes, up to 4 serial lines and 3 services. */
export function randomTopology(random: Random): Topology {
  const pools = shuffled(random, [0xc000_0200, 0xc633_6400, 0xcb00_7100, 0x0a01_0000])
    .slice(0, 1 + random.below(4))
    .map((address, index) => poolOf(random, `${pick(random, ['lan', 'net', 'wire'])}${index}`, address));
  const nodes = randomNodes(random, pools);
  const lines = addLines(random, nodes);
  const services = randomServices(random, nodes, pools);
  addGateways(random, nodes);
  return {
    name: `random-${random.below(1e9).toString(36)}`,
    segments: Object.fromEntries(
      pools.map(({ name, network }) => [
        name,
        { ipv4: formatPrefix(network), ...(random.below(4) === 0 ? { mtu: 576 + random.below(8425) } : {}) },
      ]),
    ),
    lines,
    nodes,
    services,
    spare: Object.fromEntries(
      pools.map((pool) => [pool.name, Array.from({ length: random.below(4) }, () => takeAddress(pool))]),
    ),
  };
}

type LooseNode = { -readonly [Key in keyof NodeSpec]: NodeSpec[Key] };
type Nodes = Record<string, LooseNode>;

function poolOf(random: Random, name: string, address: Ipv4): Pool {
  const prefixLength = 24 + random.below(3);
  const hosts = Array.from({ length: 2 ** (32 - prefixLength) - 2 }, (_, index) => address + 1 + index);
  return { name, network: { address, prefixLength }, free: shuffled(random, hosts) };
}

function takeAddress(pool: Pool): string {
  const address = pool.free.pop();
  if (address === undefined) throw new RangeError(`segment ${pool.name} has no address left`);
  return formatAddress(address);
}

function randomNodes(random: Random, pools: readonly Pool[]): Nodes {
  const count = 1 + random.below(12);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const role = pick(random, roles);
      const nics = Array.from(
        { length: 1 + Math.floor(random.next() ** 2 * 4) },
        (__, nic): [string, NicSpec] => {
          const pool = pick(random, pools);
          return [`eth${nic}`, { segment: pool.name, address: takeAddress(pool) }];
        },
      );
      return [nodeName(random, role, index), { role, nics: Object.fromEntries(nics) }];
    }),
  );
}

function nodeName(random: Random, role: Role, index: number): string {
  const stems = {
    client: 'client',
    router: 'gw',
    director: 'director',
    realServer: 'web',
    storage: 'st-disk',
  };
  return `${stems[role]}${random.below(3) === 0 ? '-x' : ''}${index}`;
}

function addLines(random: Random, nodes: Nodes): Topology['lines'] & object {
  const lines: Record<string, { kind: 'null-modem'; baud: number }> = {};
  for (let attempt = random.below(5); attempt > 0; attempt--) {
    const free = shuffled(
      random,
      Object.values(nodes).filter(({ serial }) => Object.keys(serial ?? {}).length < serialPorts.length),
    );
    const [left, right] = free;
    if (left === undefined || right === undefined) break;
    const name = `ring${Object.keys(lines).length}`;
    lines[name] = { kind: 'null-modem', baud: pick(random, baudRates) };
    for (const node of [left, right]) {
      const port = pick(
        random,
        serialPorts.filter((candidate) => node.serial?.[candidate] === undefined),
      );
      node.serial = { ...node.serial, [port]: name };
    }
  }
  return lines;
}

/** Services whose directors and real servers share a segment, which suits every way of forwarding. */
function randomServices(random: Random, nodes: Nodes, pools: readonly Pool[]): Record<string, ServiceSpec> {
  const services: Record<string, ServiceSpec> = {};
  for (let index = random.below(4); index > 0; index--) {
    const pool = pick(random, pools);
    const on = (role: Role) =>
      Object.entries(nodes)
        .filter(
          ([, node]) =>
            node.role === role && Object.values(node.nics).some(({ segment }) => segment === pool.name),
        )
        .map(([name]) => name);
    const directors = shuffled(random, on('director')).slice(0, 1 + random.below(2));
    const realServers = shuffled(random, on('realServer'));
    const [only] = directors;
    if (only === undefined || realServers.length === 0) continue;
    const forwarding: Forwarding = pick(random, ['dr', 'nat', 'tun']);
    services[`service${index}`] = {
      vip: takeAddress(pool),
      protocol: pick(random, protocols),
      port: 1 + random.below(65_535),
      scheduler: pick(random, schedulers),
      forwarding,
      director: directors.length === 1 && random.below(2) === 0 ? only : directors,
      realServers: realServers.map(
        (node): RealServerSpec => ({
          node,
          ...(random.below(2) === 0 ? { weight: random.below(65_536) } : {}),
          ...(forwarding === 'nat' && random.below(2) === 0 ? { port: 1 + random.below(65_535) } : {}),
        }),
      ),
    };
  }
  return services;
}

function addGateways(random: Random, nodes: Nodes): void {
  for (const node of Object.values(nodes)) {
    const own = Object.values(node.nics).map(({ segment }) => segment);
    const neighbours = Object.values(nodes)
      .filter((other) => other !== node)
      .flatMap((other) => Object.values(other.nics))
      .filter(({ segment }) => own.includes(segment));
    const [gateway, via] = shuffled(random, neighbours);
    if (gateway !== undefined && random.below(2) === 0) node.gateway = gateway.address;
    if (via !== undefined && random.below(3) === 0)
      node.routes = [{ to: '192.168.0.0/16', via: via.address }];
  }
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(random.below(rest.length), 1));
  return order;
}
