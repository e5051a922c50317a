// The draft once its networks and addresses have been parsed: what the address, route and service rules all
// look up. What could not be parsed is absent; the address rules are the ones that say so.

import { type Ipv4, networkOf, type Prefix, parseAddress, parsePrefix } from '../address.ts';
import type { Draft, DraftNode } from '../draft.ts';
import type { Path, Placed } from '../path.ts';
import { defaultDestination, type Interface, type RoutingNode } from '../routing.ts';

/** Who claims an address, in words: `web1 eth0`, `service web`, `segment lan` (for its spare ones). */
export interface Holder {
  readonly kind: 'nic' | 'vip' | 'spare';
  readonly what: string;
  readonly path: Path;
  readonly segment: string | undefined;
}

export interface NetworkView {
  readonly draft: Draft;
  /** Network by segment name. */
  readonly networks: ReadonlyMap<string, Prefix>;
  /** Everything that claims an address: NICs, then VIPs, then spare addresses. */
  readonly claims: readonly { readonly address: Ipv4; readonly holder: Holder }[];
  readonly nodes: ReadonlyMap<string, DraftNode>;
  /** Absent for a node of which some address, network or route could not be read. */
  readonly routing: ReadonlyMap<string, RoutingNode>;
}

export function viewNetwork(draft: Draft): NetworkView {
  const networks = new Map<string, Prefix>();
  for (const { name, ipv4 } of draft.segments) {
    const prefix = ipv4 && parsePrefix(ipv4.value);
    if (prefix !== undefined) networks.set(name, networkOf(prefix));
  }
  const claims: { address: Ipv4; holder: Holder }[] = [];
  const claim = (address: Placed<string> | undefined, holder: Omit<Holder, 'path'>) => {
    const parsed = address && parseAddress(address.value);
    if (address !== undefined && parsed !== undefined) {
      claims.push({ address: parsed, holder: { ...holder, path: address.path } });
    }
  };
  for (const node of draft.nodes) {
    for (const nic of node.nics) {
      claim(nic.address, { kind: 'nic', what: `${node.name} ${nic.name}`, segment: nic.segment?.value });
    }
  }
  for (const { name, vip } of draft.services) {
    claim(vip, { kind: 'vip', what: `service ${name}`, segment: undefined });
  }
  for (const { segment, addresses } of draft.spare) {
    for (const address of addresses) {
      claim(address, { kind: 'spare', what: `segment ${segment}`, segment });
    }
  }
  const routing = new Map<string, RoutingNode>();
  for (const node of draft.nodes) {
    const view = viewNode(node, networks);
    if (view !== undefined) routing.set(node.name, view);
  }
  return { draft, networks, claims, routing, nodes: new Map(draft.nodes.map((node) => [node.name, node])) };
}

function viewNode(node: DraftNode, networks: ReadonlyMap<string, Prefix>): RoutingNode | undefined {
  if (!node.hasNics) return undefined;
  const interfaces: Interface[] = [];
  for (const { name: nic, segment, address } of node.nics) {
    const network = segment && networks.get(segment.value);
    const parsed = address && parseAddress(address.value);
    if (segment === undefined || network === undefined || parsed === undefined) return undefined;
    interfaces.push({ nic, segment: segment.value, address: parsed, network });
  }
  const routes: { to: Prefix; via: Ipv4 }[] = [];
  for (const { to, via } of node.routes) {
    const parsedTo = to && parsePrefix(to.value);
    const parsedVia = via && parseAddress(via.value);
    if (parsedTo === undefined || parsedVia === undefined) return undefined;
    routes.push({ to: networkOf(parsedTo), via: parsedVia });
  }
  if (node.gateway !== undefined) {
    const via = parseAddress(node.gateway.value);
    if (via === undefined) return undefined;
    routes.push({ to: defaultDestination, via });
  }
  return { interfaces: interfaces.toSorted((a, b) => numberOf(a.nic) - numberOf(b.nic)), routes };
}

function numberOf(nic: string): number {
  return Number(nic.replace(/^eth/, ''));
}
