import { contains, type Ipv4, type Prefix } from './address.ts';

/** An address of a node, on a wire. */
export interface Interface {
  readonly nic: string;
  readonly segment: string;
  readonly address: Ipv4;
  readonly network: Prefix;
}

interface Route {
  readonly to: Prefix;
  readonly via: Ipv4;
}

export const defaultDestination: Prefix = { address: 0, prefixLength: 0 };

/** What a node's kernel knows of the network. */
export interface RoutingNode {
  /** In the order of the NICs' numbers. */
  readonly interfaces: readonly Interface[];
  /** Including the default route. */
  readonly routes: readonly Route[];
}

export interface Hop {
  /** The way out: its address is the source of what the node sends there of its own accord. */
  readonly interface: Interface;
  /** Next hop; absent when the destination is on the wire. */
  readonly via?: Ipv4;
}

/** The way a node sends a packet: longest prefix first, a connected network before a route of the same length. */
export function routeTo(node: RoutingNode, destination: Ipv4): Hop | undefined {
  const connected = node.interfaces
    .filter(({ network }) => contains(network, destination))
    .map((way) => ({ length: way.network.prefixLength, hop: { interface: way } satisfies Hop }));
  const routed = node.routes
    .filter(({ to }) => contains(to, destination))
    .flatMap(({ to, via }) => {
      const way = node.interfaces.find(({ network }) => contains(network, via));
      return way === undefined
        ? []
        : [{ length: to.prefixLength, hop: { interface: way, via } satisfies Hop }];
    });
  let best: { readonly length: number; readonly hop: Hop } | undefined;
  for (const candidate of [...connected, ...routed]) {
    if (best === undefined || candidate.length > best.length) best = candidate;
  }
  return best?.hop;
}

/** The address of a real server that its directors forward to. */
export function realServerInterface(
  directors: readonly RoutingNode[],
  realServer: RoutingNode,
  rip: Ipv4 | undefined,
): Interface | undefined {
  if (rip !== undefined) return realServer.interfaces.find(({ address }) => address === rip);
  const shared = realServer.interfaces.find(({ segment }) =>
    directors.every((director) => director.interfaces.some((own) => own.segment === segment)),
  );
  return shared ?? realServer.interfaces[0];
}
