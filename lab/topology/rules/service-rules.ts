import { contains, formatPrefix, parseAddress } from '../address.ts';
import type { DraftRealServer, DraftService } from '../draft.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath, type Placed } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { oneOfThese, suggestion } from '../shape-reader.ts';
import { malformedAddress, placeOnSegment, unknownSegment } from './address-rules.ts';
import type { NetworkView } from './network-view.ts';
import { reachProblems } from './reach-rules.ts';

export function* serviceProblems(view: NetworkView): Iterable<TopologyProblem> {
  const endpoints = new Map<string, string>();
  for (const service of view.draft.services) {
    yield* duplicateEndpoint(service, endpoints);
    yield* vipProblems(view, service);
    for (const [index, director] of service.directors.entries()) {
      yield* roleProblems(
        view,
        director,
        'director',
        `director ${director.value} of service ${service.name}`,
      );
      yield* listedTwice(
        service.directors.slice(0, index),
        director,
        `director ${director.value} of service ${service.name}`,
      );
    }
    for (const [index, server] of service.realServers.entries()) {
      const { node } = server;
      if (node === undefined) continue;
      const what = `real server ${node.value} of service ${service.name}`;
      yield* roleProblems(view, node, 'realServer', what);
      const earlier = service.realServers
        .slice(0, index)
        .filter((other) => other.rip?.value === server.rip?.value && other.port?.value === server.port?.value)
        .flatMap((other) => other.node ?? []);
      yield* listedTwice(earlier, node, what);
      yield* portProblems(service, server, node.value);
      yield* reachProblems(view, service, server, node);
    }
  }
}

function* duplicateEndpoint(
  service: DraftService,
  endpoints: Map<string, string>,
): Iterable<TopologyProblem> {
  const { name, vip, protocol, port } = service;
  if (vip === undefined || protocol === undefined || port === undefined) return;
  const endpoint = `${vip.value}:${port.value}/${protocol}`;
  const earlier = endpoints.get(endpoint);
  if (earlier === undefined) {
    endpoints.set(endpoint, name);
    return;
  }
  yield {
    rule: 'duplicate-service',
    path: formatPath(service.path),
    at: 'key',
    text: `service ${name} has the endpoint ${endpoint} of service ${earlier}`,
    found: endpoint,
    expected: 'an endpoint of its own',
    otherPath: formatPath(['services', earlier]),
  };
}

function* vipProblems(view: NetworkView, service: DraftService): Iterable<TopologyProblem> {
  const { vip, vipSegment, name } = service;
  if (vipSegment !== undefined) {
    yield* unknownSegment(
      view,
      vipSegment,
      'value',
      `segment ${vipSegment.value} of the VIP of service ${name}`,
    );
  }
  if (vip === undefined) return;
  const what = `VIP ${vip.value} of service ${name}`;
  yield* malformedAddress(what, vip);
  const address = parseAddress(vip.value);
  const isComplete = view.networks.size === view.draft.segments.length && view.networks.size > 0;
  if (address === undefined || !isComplete) return;

  const [home] = [...view.networks].find(([, network]) => contains(network, address)) ?? [];
  if (home !== undefined) yield* placeOnSegment(view, vip, what, vipSegment?.value ?? home);
  const segment = vipSegment?.value ?? home;
  if (segment === undefined) {
    const networks = [...view.networks].map(([other, network]) => `${formatPrefix(network)} (${other})`);
    yield {
      rule: 'vip-off-segment',
      path: formatPath(vip.path),
      at: 'value',
      text: `${what} is in the network of no segment and vipSegment is not set`,
      found: vip.value,
      expected: `an address in ${networks.join(' or ')}, or a vipSegment`,
    };
    return;
  }
  if (!view.networks.has(segment)) return;
  for (const director of service.directors) {
    // A node that is no director is reported as that.
    const isDirector = view.nodes.get(director.value)?.role === 'director';
    const routing = isDirector ? view.routing.get(director.value) : undefined;
    if (routing === undefined || routing.interfaces.some((own) => own.segment === segment)) continue;
    yield {
      rule: 'director-off-vip-segment',
      path: formatPath(director.path),
      at: 'value',
      text: `director ${director.value} of service ${name} has no NIC on ${segment}, where VIP ${vip.value} is`,
      found: director.value,
      expected: `a director on ${segment}`,
    };
  }
}

function* roleProblems(
  view: NetworkView,
  { value, path }: Placed<string>,
  role: 'director' | 'realServer',
  what: string,
): Iterable<TopologyProblem> {
  if (view.nodes.size === 0) return;
  const node = view.nodes.get(value);
  const fitting = [...view.nodes.values()].filter((other) => other.role === role).map(({ name }) => name);
  const place = {
    path: formatPath(path),
    at: 'value',
    found: value,
    expected: fitting.length === 0 ? `a node with role ${role}` : oneOfThese(fitting),
    ...suggestion(nearestName(value, fitting)),
  } as const;
  if (node === undefined) {
    yield { rule: 'unknown-node', ...place, text: `${what} is not a node` };
  } else if (node.role !== undefined && node.role !== role) {
    yield { rule: 'wrong-role', ...place, text: `${what} has role ${node.role}, not ${role}` };
  }
}

function* listedTwice(
  earlier: readonly Placed<string>[],
  { value, path }: Placed<string>,
  what: string,
): Iterable<TopologyProblem> {
  const other = earlier.find((candidate) => candidate.value === value);
  if (other === undefined) return;
  yield {
    rule: 'listed-twice',
    path: formatPath(path),
    at: 'value',
    text: `${what} is already listed`,
    found: value,
    expected: 'each once',
    otherPath: formatPath(other.path),
  };
}

/** Direct routing and tunnelling hand the packet on as it came; only NAT rewrites its destination port. */
function* portProblems(
  service: DraftService,
  { port }: DraftRealServer,
  node: string,
): Iterable<TopologyProblem> {
  const { forwarding } = service;
  if (port === undefined || service.port === undefined || forwarding === undefined) return;
  if (forwarding === 'nat' || port.value === service.port.value) return;
  yield {
    rule: 'port-rewrite',
    path: formatPath(port.path),
    at: 'value',
    text: `port ${port.value} of ${node} differs from port ${service.port.value} of service ${service.name}, and forwarding ${forwarding} cannot rewrite it`,
    found: String(port.value),
    expected: `${service.port.value}, or forwarding nat`,
  };
}
