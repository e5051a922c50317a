import {
  broadcastOf,
  contains,
  formatAddress,
  formatPrefix,
  type Ipv4,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../address.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath, type Placed } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { oneOfThese, suggestion } from '../shape-reader.ts';
import type { Holder, NetworkView } from './network-view.ts';

export function* addressProblems(view: NetworkView): Iterable<TopologyProblem> {
  for (const node of view.draft.nodes) {
    for (const { name, segment, address } of node.nics) {
      const what = `${node.name} ${name}`;
      if (segment !== undefined)
        yield* unknownSegment(view, segment, 'value', `segment ${segment.value} of ${what}`);
      if (address === undefined) continue;
      yield* malformedAddress(`address ${address.value} of ${what}`, address);
      if (segment !== undefined)
        yield* placeOnSegment(view, address, `address ${address.value} of ${what}`, segment.value);
    }
  }
  for (const { segment, path, addresses } of view.draft.spare) {
    yield* unknownSegment(view, { value: segment, path }, 'key', `segment ${segment} of the spare addresses`);
    for (const address of addresses) {
      const what = `spare address ${address.value}`;
      yield* malformedAddress(what, address);
      yield* placeOnSegment(view, address, what, segment);
    }
  }
  yield* duplicateAddresses(view);
}

export function* unknownSegment(
  { draft }: NetworkView,
  { value, path }: Placed<string>,
  at: 'key' | 'value',
  what: string,
): Iterable<TopologyProblem> {
  const known = draft.segments.map(({ name }) => name);
  // Without any segment that is the one thing to say, once.
  if (known.length === 0 || known.includes(value)) return;
  yield {
    rule: 'unknown-segment',
    path: formatPath(path),
    at,
    text: `${what} is not defined`,
    found: value,
    expected: oneOfThese(known),
    ...suggestion(nearestName(value, known)),
  };
}

export function* malformedAddress(what: string, { value, path }: Placed<string>): Iterable<TopologyProblem> {
  if (parseAddress(value) !== undefined) return;
  const place = { rule: 'malformed-address', path: formatPath(path), at: 'value', found: value } as const;
  if (parsePrefix(value) !== undefined) {
    yield { ...place, text: `${what} has a prefix length`, expected: value.slice(0, value.indexOf('/')) };
  } else {
    yield {
      ...place,
      text: `${what} is not an IPv4 address`,
      expected: 'four numbers from 0 to 255 without leading zeros',
    };
  }
}

/** An address must be in its segment's network and be neither its first nor its last. */
export function* placeOnSegment(
  view: NetworkView,
  address: Placed<string>,
  what: string,
  segment: string,
): Iterable<TopologyProblem> {
  const parsed = parseAddress(address.value);
  const network = view.networks.get(segment);
  if (parsed === undefined || network === undefined) return;
  if (contains(network, parsed)) {
    yield* hostAddress(address, parsed, what, network, segment);
    return;
  }
  const [home] = [...view.networks].find(([, other]) => contains(other, parsed)) ?? [];
  const place = home === undefined ? '' : ` but inside segment ${home}`;
  yield {
    rule: 'outside-segment',
    path: formatPath(address.path),
    at: 'value',
    text: `${what} is outside segment ${segment}${place}`,
    found: address.value,
    expected: `an address in ${formatPrefix(network)}`,
  };
}

function* hostAddress(
  { value, path }: Placed<string>,
  address: Ipv4,
  what: string,
  network: Prefix,
  segment: string,
): Iterable<TopologyProblem> {
  const special =
    address === network.address ? 'network' : address === broadcastOf(network) ? 'broadcast' : undefined;
  if (special === undefined) return;
  yield {
    rule: `${special}-address`,
    path: formatPath(path),
    at: 'value',
    text: `${what} is the ${special} address of segment ${segment}`,
    found: value,
    expected: `a host address in ${formatPrefix(network)}`,
  };
}

const claimNames = { nic: 'address', vip: 'VIP', spare: 'spare address' } as const;

function* duplicateAddresses({ claims }: NetworkView): Iterable<TopologyProblem> {
  const first = new Map<Ipv4, Holder>();
  for (const { address, holder } of claims) {
    const earlier = first.get(address);
    if (earlier === undefined) {
      first.set(address, holder);
      continue;
    }
    // Several services on one VIP are several ports of it.
    if (earlier.kind === 'vip' && holder.kind === 'vip') continue;
    yield {
      rule: earlier.kind === 'nic' && holder.kind === 'vip' ? 'vip-is-node-address' : 'duplicate-address',
      path: formatPath(holder.path),
      at: 'value',
      text: `${claimNames[holder.kind]} ${formatAddress(address)} of ${holder.what} is already ${earlier.kind === 'spare' ? 'listed for' : 'used by'} ${earlier.what}`,
      found: formatAddress(address),
      expected: 'an address that nothing else has',
      otherPath: formatPath(earlier.path),
    };
  }
}
