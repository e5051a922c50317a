import { contains, formatAddress, formatPrefix, networkOf, parseAddress, parsePrefix } from '../address.ts';
import type { DraftNode } from '../draft.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath, type Placed } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { suggestion } from '../shape-reader.ts';
import { malformedAddress } from './address-rules.ts';
import type { NetworkView } from './network-view.ts';
import { networkProblems } from './segment-rules.ts';

export function* routeProblems(view: NetworkView): Iterable<TopologyProblem> {
  for (const node of view.draft.nodes) {
    if (node.gateway !== undefined) {
      yield* nextHopProblems(view, node, node.gateway, `gateway ${node.gateway.value} of ${node.name}`);
    }
    const earlier = new Map<string, string>(
      node.gateway === undefined ? [] : [['0.0.0.0/0', formatPath(node.gateway.path)]],
    );
    for (const { to, via } of node.routes) {
      const toText = to?.value ?? 'somewhere';
      if (via !== undefined) {
        yield* nextHopProblems(view, node, via, `next hop ${via.value} of ${node.name} to ${toText}`);
      }
      if (to === undefined) continue;
      yield* networkProblems(`route destination ${toText} of ${node.name}`, to);
      const prefix = parsePrefix(toText);
      if (prefix === undefined) continue;
      const network = formatPrefix(networkOf(prefix));
      const otherPath = earlier.get(network);
      if (otherPath === undefined) {
        earlier.set(network, formatPath(to.path));
        continue;
      }
      yield {
        rule: 'duplicate-route',
        path: formatPath(to.path),
        at: 'value',
        text: `${node.name} already has a route to ${network}`,
        found: toText,
        expected: 'one route to each destination',
        otherPath,
      };
    }
  }
}

/** A next hop must be on a wire of the node, must not be the node itself, and must be somebody. */
function* nextHopProblems(
  view: NetworkView,
  node: DraftNode,
  hop: Placed<string>,
  what: string,
): Iterable<TopologyProblem> {
  yield* malformedAddress(what, hop);
  const address = parseAddress(hop.value);
  // Connected networks that could not be read might hold the address.
  const connected = node.nics.map(({ segment }) => segment && view.networks.get(segment.value));
  if (address === undefined || !node.hasNics || connected.includes(undefined)) return;

  const place = { path: formatPath(hop.path), at: 'value', found: hop.value } as const;
  const own = node.nics.find((nic) => nic.address && parseAddress(nic.address.value) === address);
  if (own?.address !== undefined) {
    yield {
      rule: 'gateway-is-own-address',
      ...place,
      text: `${what} is its own ${own.name}`,
      expected: 'an address of another node',
      otherPath: formatPath(own.address.path),
    };
    return;
  }
  const networks = node.nics.flatMap(({ segment }) => {
    const network = segment && view.networks.get(segment.value);
    return segment === undefined || network === undefined ? [] : [{ segment: segment.value, network }];
  });
  const reach = networks.map(({ segment, network }) => `${formatPrefix(network)} (${segment})`).join(' or ');
  const onWire = networks.filter(({ network }) => contains(network, address));
  if (onWire.length === 0) {
    yield {
      rule: 'gateway-off-segment',
      ...place,
      text: `${what} is on none of the segments of ${node.name}`,
      expected: reach === '' ? `a NIC on ${node.name} first` : `an address in ${reach}`,
    };
    return;
  }
  if (view.claims.some((claim) => claim.address === address)) return;
  const neighbours = view.claims
    .filter(({ holder }) => !node.nics.some((nic) => nic.address?.path === holder.path))
    .filter((claim) => onWire.some(({ network }) => contains(network, claim.address)))
    .map((claim) => formatAddress(claim.address));
  yield {
    rule: 'gateway-is-nobody',
    ...place,
    text: `${what} belongs to no node, VIP or spare address`,
    expected: `an address in use in ${reach}, or one that is listed under spare`,
    ...suggestion(nearestName(hop.value, neighbours)),
  };
}
