import { formatAddress, type Ipv4, parseAddress } from '../address.ts';
import type { DraftRealServer, DraftService } from '../draft.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath, type Placed } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { type Interface, type RoutingNode, realServerInterface, routeTo } from '../routing.ts';
import { oneOfThese, suggestion } from '../shape-reader.ts';
import { malformedAddress } from './address-rules.ts';
import type { NetworkView } from './network-view.ts';

/**
 * Every director must be able to send to the real server's address: on a wire of its own for direct routing,
 * which addresses the frame to the real server's MAC, and by any route for NAT and tunnelling.
 */
export function* reachProblems(
  view: NetworkView,
  service: DraftService,
  { rip }: DraftRealServer,
  node: Placed<string>,
): Iterable<TopologyProblem> {
  if (rip !== undefined) yield* malformedAddress(`rip ${rip.value} of real server ${node.value}`, rip);
  const address = rip && parseAddress(rip.value);
  const realServer = view.routing.get(node.value);
  if (realServer === undefined || (rip !== undefined && address === undefined)) return;

  const directors = service.directors.flatMap(({ value }) => {
    const routing = view.routing.get(value);
    return routing === undefined ? [] : [{ name: value, routing }];
  });
  const target = realServerInterface(
    directors.map(({ routing }) => routing),
    realServer,
    address,
  );
  if (target === undefined) {
    yield rip === undefined ? withoutNic(service.name, node) : foreignRip(rip, node.value, realServer);
    return;
  }
  for (const director of directors) {
    if (isInReach(service.forwarding, director.routing, target)) continue;
    yield outOfReach(service, node, target.address, director);
  }
}

function isInReach(forwarding: string | undefined, director: RoutingNode, target: Interface): boolean {
  if (forwarding === undefined) return true;
  if (forwarding === 'dr') return director.interfaces.some(({ segment }) => segment === target.segment);
  return routeTo(director, target.address) !== undefined;
}

function withoutNic(service: string, { value, path }: Placed<string>): TopologyProblem {
  return {
    rule: 'real-server-out-of-reach',
    path: formatPath(path),
    at: 'value',
    text: `real server ${value} of service ${service} has no NIC`,
    found: value,
    expected: 'a node on a segment',
  };
}

function foreignRip(rip: Placed<string>, node: string, realServer: RoutingNode): TopologyProblem {
  const own = realServer.interfaces.map(({ address }) => formatAddress(address));
  return {
    rule: 'rip-of-other-node',
    path: formatPath(rip.path),
    at: 'value',
    text: `rip ${rip.value} is not an address of real server ${node}`,
    found: rip.value,
    expected: own.length === 0 ? `a NIC on ${node} first` : oneOfThese(own),
    ...suggestion(nearestName(rip.value, own)),
  };
}

function outOfReach(
  { name, forwarding }: DraftService,
  node: Placed<string>,
  rip: Ipv4,
  director: { readonly name: string; readonly routing: RoutingNode },
): TopologyProblem {
  const server = `real server ${node.value} (${formatAddress(rip)}) of service ${name}`;
  const segments = [...new Set(director.routing.interfaces.map(({ segment }) => segment))].join(' or ');
  return {
    rule: 'real-server-out-of-reach',
    path: formatPath(node.path),
    at: 'value',
    found: node.value,
    ...(forwarding === 'dr'
      ? {
          text: `${server} is on no segment of director ${director.name}, as forwarding dr needs`,
          expected: `a real server on ${segments || 'a segment of the director'}`,
        }
      : {
          text: `director ${director.name} has no route to ${server}`,
          expected: `a shared segment, or a route or gateway on ${director.name}`,
        }),
  };
}
