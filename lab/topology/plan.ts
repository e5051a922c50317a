import {
  broadcastOf,
  formatAddress,
  formatPrefix,
  networkOf,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './address.ts';
import type { Forwarding, Protocol, Role, Scheduler, SerialPort, Topology } from './define.ts';
import { defaultMemoryMb, defaultMtu, defaultWeight } from './limits.ts';
import { formatMac, macOf } from './mac-scheme.ts';
import { describeProblem, TopologyError } from './problem.ts';
import { defaultDestination, type RoutingNode, realServerInterface, routeTo } from './routing.ts';
import { validateTopology } from './validate.ts';

export interface PlannedNic {
  readonly name: string;
  /** The number in its name. */
  readonly index: number;
  /** Six bytes in lower-case hexadecimal, with colons. */
  readonly mac: string;
  readonly segment: string;
  readonly address: string;
  readonly prefixLength: number;
  /** To be set along with the address: `bcast` heartbeats go nowhere without it. */
  readonly broadcast: string;
  /** Bytes. */
  readonly mtu: number;
}

export interface PlannedRoute {
  /** Network/prefix length. */
  readonly to: string;
  readonly via: string;
  /** The NIC that the next hop is behind. */
  readonly nic: string;
}

export interface PlannedSerial {
  readonly port: SerialPort;
  readonly line: string;
  /** Which of the line's two ends, in the order of `PlannedLine.ends`. */
  readonly end: 0 | 1;
}

export interface PlannedNode {
  readonly name: string;
  readonly role: Role;
  /** From 0, in the order of the topology. */
  readonly index: number;
  /** MiB. */
  readonly memoryMb: number;
  /** `net.ipv4.ip_forward`: for routers, and for directors of a NAT service, which route the replies. */
  readonly forwardsIp: boolean;
  /** In the order of their numbers: plugged in like this, the kernel gives them these names. */
  readonly nics: readonly PlannedNic[];
  readonly gateway?: string;
  /** Without the default route. */
  readonly routes: readonly PlannedRoute[];
  readonly serial: readonly PlannedSerial[];
}

export interface PlannedSegment {
  readonly name: string;
  /** Network/prefix length. */
  readonly network: string;
  readonly prefixLength: number;
  readonly broadcast: string;
  /** Bytes. */
  readonly mtu: number;
  /** The switch's ports: nodes in their order, NICs in theirs. */
  readonly ports: readonly { readonly node: string; readonly nic: string; readonly mac: string }[];
  /** Addresses that nothing uses. */
  readonly spare: readonly string[];
}

export interface PlannedLineEnd {
  readonly node: string;
  readonly port: SerialPort;
}

export interface PlannedLine {
  readonly name: string;
  /** Bits per second. */
  readonly baud: number;
  readonly ends: readonly [PlannedLineEnd, PlannedLineEnd];
}

export interface PlannedDirector {
  readonly node: string;
  /** The NIC on the VIP's segment: what answers ARP requests for the VIP while this director is active. */
  readonly vipNic: string;
  /** Its own address on the way to the first real server. */
  readonly dip: string;
}

export interface PlannedRealServer {
  readonly node: string;
  readonly rip: string;
  readonly rport: number;
  readonly weight: number;
  readonly segment: string;
}

export interface PlannedService {
  readonly name: string;
  readonly vip: string;
  /** A host route's: an address of any other prefix would make its network look connected. */
  readonly vipPrefixLength: 32;
  readonly vipSegment: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly forwarding: Forwarding;
  /** The preferred one first. */
  readonly directors: readonly PlannedDirector[];
  /** In the order in which they are added to the IPVS table. */
  readonly realServers: readonly PlannedRealServer[];
}

/** What captures are annotated with. */
export interface NameMap {
  /** Address → names, the most telling first: `web1`, `web1.lan`; `vip-web`. */
  readonly ipv4: Readonly<Record<string, readonly string[]>>;
  /** Address → `web1.eth0`. */
  readonly mac: Readonly<Record<string, string>>;
}

/** Everything a lab needs to know to be built. Plain data: it can be sent to another process or written to a file. */
export interface LabPlan {
  readonly topology: string;
  readonly segments: readonly PlannedSegment[];
  readonly lines: readonly PlannedLine[];
  readonly nodes: readonly PlannedNode[];
  readonly services: readonly PlannedService[];
  /** The text of /etc/hosts, the same on every node. */
  readonly hostsFile: string;
  readonly names: NameMap;
}

/**
 * Resolves a topology into a plan. The same topology gives the same plan on every machine. Throws a
 * `TopologyError` for a topology that `validateTopology` finds problems in.
 */
export function planLab(topology: Topology): LabPlan {
  const problems = validateTopology(topology);
  if (problems.length > 0) {
    throw new TopologyError(
      problems.map((problem) => ({
        file: `topology ${topology.name}`,
        text: `${problem.path === '' ? '' : `${problem.path}: `}${describeProblem(problem)}`,
      })),
    );
  }
  const networks = new Map(
    Object.entries(topology.segments).map(([name, { ipv4 }]) => [name, networkOf(prefix(ipv4))] as const),
  );
  const network = (segment: string) => networks.get(segment) as Prefix;
  const lines = planLines(topology);
  const nodes = planNodes(topology, lines, network);
  const services = planServices(topology, nodes, network);
  const ipv4 = nameAddresses(nodes, services);
  return {
    topology: topology.name,
    segments: planSegments(topology, nodes, network),
    lines,
    nodes,
    services,
    hostsFile: renderHostsFile(ipv4),
    names: {
      ipv4,
      mac: Object.fromEntries(
        nodes.flatMap((node) => node.nics.map((nic) => [nic.mac, `${node.name}.${nic.name}`])),
      ),
    },
  };
}

/** A planned node as the routing table sees it, for questions that the plan has no ready answer to. */
export function routingOf(node: PlannedNode): RoutingNode {
  const routes = node.routes.map(({ to, via }) => ({ to: prefix(to), via: address(via) }));
  if (node.gateway !== undefined) routes.push({ to: defaultDestination, via: address(node.gateway) });
  return {
    interfaces: node.nics.map((nic) => ({
      nic: nic.name,
      segment: nic.segment,
      address: address(nic.address),
      network: networkOf({ address: address(nic.address), prefixLength: nic.prefixLength }),
    })),
    routes,
  };
}

function planNodes(
  topology: Topology,
  lines: readonly PlannedLine[],
  network: (segment: string) => Prefix,
): readonly PlannedNode[] {
  const natDirectors = new Set(
    Object.values(topology.services ?? {})
      .filter(({ forwarding }) => forwarding === 'nat')
      .flatMap(({ director }) => director),
  );
  return Object.entries(topology.nodes).map(([name, node], index) => {
    const nics = Object.entries(node.nics)
      .map(([nicName, nic]) => {
        const nicIndex = Number(nicName.slice('eth'.length));
        return {
          name: nicName,
          index: nicIndex,
          mac: formatMac(macOf(topology.name, index, nicIndex)),
          segment: nic.segment,
          address: nic.address,
          prefixLength: network(nic.segment).prefixLength,
          broadcast: formatAddress(broadcastOf(network(nic.segment))),
          mtu: topology.segments[nic.segment]?.mtu ?? defaultMtu,
        };
      })
      .toSorted((a, b) => a.index - b.index);
    const planned: PlannedNode = {
      name,
      role: node.role,
      index,
      memoryMb: node.memoryMb ?? defaultMemoryMb,
      forwardsIp: node.role === 'router' || natDirectors.has(name),
      nics,
      ...(node.gateway === undefined ? {} : { gateway: node.gateway }),
      routes: [],
      serial: lines.flatMap(({ name: line, ends }) =>
        ends.flatMap(({ node: owner, port }, end) =>
          owner === name ? [{ port, line, end: end === 0 ? 0 : 1 } satisfies PlannedSerial] : [],
        ),
      ),
    };
    const routing = routingOf(planned);
    const routes = (node.routes ?? []).map(({ to, via }) => ({
      to,
      via,
      nic: routeTo({ ...routing, routes: [] }, address(via))?.interface.nic ?? '',
    }));
    return { ...planned, routes };
  });
}

function planSegments(
  topology: Topology,
  nodes: readonly PlannedNode[],
  network: (segment: string) => Prefix,
): readonly PlannedSegment[] {
  return Object.entries(topology.segments).map(([name, { mtu }]) => ({
    name,
    network: formatPrefix(network(name)),
    prefixLength: network(name).prefixLength,
    broadcast: formatAddress(broadcastOf(network(name))),
    mtu: mtu ?? defaultMtu,
    ports: nodes.flatMap((node) =>
      node.nics
        .filter(({ segment }) => segment === name)
        .map((nic) => ({ node: node.name, nic: nic.name, mac: nic.mac })),
    ),
    spare: topology.spare?.[name] ?? [],
  }));
}

function planLines(topology: Topology): readonly PlannedLine[] {
  const ends = Object.entries(topology.nodes).flatMap(([node, { serial }]) =>
    Object.entries(serial ?? {}).map(([port, line]) => ({ node, port: port as SerialPort, line })),
  );
  return Object.entries(topology.lines ?? {}).map(([name, { baud }]) => {
    const [first, second] = ends
      .filter(({ line }) => line === name)
      .map(({ node, port }) => ({ node, port }));
    return { name, baud, ends: [first!, second!] };
  });
}

function planServices(
  topology: Topology,
  nodes: readonly PlannedNode[],
  network: (segment: string) => Prefix,
): readonly PlannedService[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return Object.entries(topology.services ?? {}).map(([name, service]) => {
    const vipSegment = service.vipSegment ?? segmentOf(topology, network, service.vip);
    const directors = [service.director].flat().map((node) => byName.get(node)!);
    const routings = directors.map(routingOf);
    const realServers = service.realServers.map((server): PlannedRealServer => {
      const rip = server.rip === undefined ? undefined : address(server.rip);
      const target = realServerInterface(routings, routingOf(byName.get(server.node)!), rip)!;
      return {
        node: server.node,
        rip: formatAddress(target.address),
        rport: server.port ?? service.port,
        weight: server.weight ?? defaultWeight,
        segment: target.segment,
      };
    });
    const firstRip = address(realServers[0]!.rip);
    return {
      name,
      vip: service.vip,
      vipPrefixLength: 32,
      vipSegment,
      protocol: service.protocol,
      port: service.port,
      scheduler: service.scheduler,
      forwarding: service.forwarding,
      directors: directors.map((director, index) => ({
        node: director.name,
        vipNic: director.nics.find(({ segment }) => segment === vipSegment)!.name,
        dip: formatAddress(routeTo(routings[index]!, firstRip)!.interface.address),
      })),
      realServers,
    };
  });
}

function segmentOf(topology: Topology, network: (segment: string) => Prefix, vip: string): string {
  const length = (segment: string) => network(segment).prefixLength;
  return Object.keys(topology.segments).find(
    (segment) =>
      networkOf({ address: address(vip), prefixLength: length(segment) }).address ===
      network(segment).address,
  )!;
}

/**
 * A node is known by its bare name at its first NIC and by name and segment on each segment. A second NIC on
 * a segment goes by the NIC's name.
 */
function nameAddresses(nodes: readonly PlannedNode[], services: readonly PlannedService[]): NameMap['ipv4'] {
  const names: Record<string, string[]> = {};
  for (const { name, nics } of nodes) {
    for (const [index, nic] of nics.entries()) {
      const isFirstOnSegment = nics.findIndex(({ segment }) => segment === nic.segment) === index;
      const place = isFirstOnSegment ? nic.segment : nic.name;
      names[nic.address] = [...(index === 0 ? [name] : []), `${name}.${place}`];
    }
  }
  for (const { name, vip } of services) {
    names[vip] = [...(names[vip] ?? []), `vip-${name}`];
  }
  return names;
}

function renderHostsFile(names: NameMap['ipv4']): string {
  const entries = Object.entries(names).map(([ip, list]) => `${ip} ${list.join(' ')}\n`);
  return `127.0.0.1 localhost\n${entries.join('')}`;
}

// Only for texts that validation has accepted.
const address = (text: string) => parseAddress(text)!;
const prefix = (text: string) => parsePrefix(text)!;
