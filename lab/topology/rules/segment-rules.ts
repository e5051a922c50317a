import {
  formatPrefix,
  networkOf,
  overlap,
  type Prefix,
  parseAddress,
  parsePrefix,
  specialUse,
} from '../address.ts';
import type { DraftSegment } from '../draft.ts';
import { segmentPrefixRange } from '../limits.ts';
import { formatPath, type Placed } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';

const { min: prefixMin, max: prefixMax } = segmentPrefixRange;

export function* segmentProblems(segments: readonly DraftSegment[]): Iterable<TopologyProblem> {
  const earlier: { name: string; network: Prefix; path: string }[] = [];
  for (const { name, ipv4 } of segments) {
    if (ipv4 === undefined) continue;
    const malformed = [...networkProblems(`network ${ipv4.value} of segment ${name}`, ipv4)];
    yield* malformed;
    const prefix = parsePrefix(ipv4.value);
    if (prefix === undefined) continue;
    const network = networkOf(prefix);
    const path = formatPath(ipv4.path);
    const place = { path, at: 'value', found: ipv4.value } as const;
    if (network.prefixLength < prefixMin || network.prefixLength > prefixMax) {
      yield {
        rule: 'out-of-range',
        ...place,
        text: `network ${ipv4.value} of segment ${name} has prefix length ${network.prefixLength}`,
        expected: `a prefix length from ${prefixMin} to ${prefixMax}`,
      };
    }
    const special = specialUse(network);
    if (special !== undefined) {
      yield {
        rule: 'special-network',
        ...place,
        text: `network ${ipv4.value} of segment ${name} lies in ${special}`,
        expected: 'addresses that hosts can have, such as 203.0.113.0/24',
      };
    }
    for (const other of earlier.filter((candidate) => overlap(candidate.network, network))) {
      yield {
        rule: 'overlapping-segments',
        ...place,
        text: `network ${ipv4.value} of segment ${name} overlaps ${formatPrefix(other.network)} of segment ${other.name}`,
        expected: 'a network of its own',
        otherPath: other.path,
      };
    }
    earlier.push({ name, network, path });
  }
}

/** What is wrong with a text that should be a network: its syntax, or bits after the prefix. */
export function* networkProblems(what: string, { value, path }: Placed<string>): Iterable<TopologyProblem> {
  const place = { rule: 'malformed-network', path: formatPath(path), at: 'value', found: value } as const;
  const prefix = parsePrefix(value);
  if (prefix === undefined) {
    const isBareAddress = parseAddress(value) !== undefined;
    yield {
      ...place,
      text: isBareAddress ? `${what} has no prefix length` : `${what} is not an IPv4 network`,
      expected: isBareAddress
        ? `address and prefix length, such as ${value}/24`
        : 'a form such as 203.0.113.0/24',
    };
    return;
  }
  const network = formatPrefix(networkOf(prefix));
  if (network !== value) {
    yield { ...place, text: `${what} has bits set after its prefix`, expected: network };
  }
}
