import { serialPorts } from '../define.ts';
import type { Draft, DraftNode } from '../draft.ts';
import { nameLengthMax, nicsMax, nodesMax, serialLinesMax, topologyNameLengthMax } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath, type Path } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { suggestion } from '../shape-reader.ts';

/** A label of a host name (RFC 1123 section 2.1), in lower case: Heartbeat compares node names in lower case. */
const label = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** Names with a meaning of their own in hosts files, in captures (`vip-web`) and in Heartbeat's messages. */
const reservedNames = new Set([
  'all',
  'any',
  'broadcasthost',
  'default',
  'foreign',
  'host',
  'lab',
  'local',
  'localhost',
  'none',
  'unknown',
  'vip',
]);
const reservedPrefixes = ['ip6-', 'vip-'];
const nicName = /^eth[0-9]+$/;

export function* nameProblems(draft: Draft): Iterable<TopologyProblem> {
  if (draft.name !== undefined) {
    yield* syntaxProblems('topology', draft.name.value, draft.name.path, 'value', topologyNameLengthMax);
  }
  for (const [what, named] of [
    ['segment', draft.segments],
    ['line', draft.lines],
    ['node', draft.nodes],
    ['service', draft.services],
  ] as const) {
    for (const { name, path } of named) {
      yield* syntaxProblems(what, name, path, 'key', nameLengthMax);
    }
  }
  yield* wireNameProblems(draft);
  if (draft.nodes.length > nodesMax) {
    yield {
      rule: 'too-many',
      path: 'nodes',
      at: 'key',
      text: `the topology has ${draft.nodes.length} nodes`,
      found: String(draft.nodes.length),
      expected: `at most ${nodesMax}`,
    };
  }
  for (const node of draft.nodes) {
    yield* nicNameProblems(node);
    yield* serialPortProblems(node);
    yield* emptyNodeProblems(node);
  }
}

function* syntaxProblems(
  what: string,
  name: string,
  path: Path,
  at: 'key' | 'value',
  lengthMax: number,
): Iterable<TopologyProblem> {
  const place = { path: formatPath(path), at, found: name };
  if (!label.test(name) || name.length > lengthMax) {
    const mended = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-$/g, '');
    const isUsable = label.test(mended) && mended.length <= lengthMax;
    yield {
      rule: 'name-syntax',
      ...place,
      text: `${what} name ${JSON.stringify(name)} is not a host name of at most ${lengthMax} characters`,
      expected: 'lower-case letters, digits and hyphens, starting with a letter',
      ...suggestion(isUsable ? mended : undefined),
    };
  }
  // A topology's name stands in no hosts file and next to no node.
  if (what === 'topology') return;
  const isReserved =
    reservedNames.has(name) ||
    nicName.test(name) ||
    reservedPrefixes.some((prefix) => name.startsWith(prefix));
  if (isReserved) {
    yield {
      rule: 'reserved-name',
      ...place,
      text: `${what} name ${name} is reserved`,
      expected: `another name than ${[...reservedNames].join(', ')}, ethN, ${reservedPrefixes.map((prefix) => `${prefix}…`).join(', ')}`,
    };
  }
}

/** A segment and a line are both wires: each has a capture file of its own name. */
function* wireNameProblems(draft: Draft): Iterable<TopologyProblem> {
  for (const line of draft.lines) {
    const segment = draft.segments.find(({ name }) => name === line.name);
    if (segment !== undefined) {
      yield {
        rule: 'name-taken',
        path: formatPath(line.path),
        at: 'key',
        text: `line ${line.name} has the name of a segment`,
        found: line.name,
        expected: 'a name that no segment has',
        otherPath: formatPath(segment.path),
      };
    }
  }
}

function* nicNameProblems({ name: node, nics, path }: DraftNode): Iterable<TopologyProblem> {
  const expectedNames = Array.from({ length: nicsMax }, (_, index) => `eth${index}`);
  if (nics.length > nicsMax) {
    yield {
      rule: 'too-many',
      path: formatPath([...path, 'nics']),
      at: 'key',
      text: `${node} has ${nics.length} NICs`,
      found: String(nics.length),
      expected: `at most ${nicsMax}`,
    };
    return;
  }
  const names = new Set(nics.map(({ name }) => name));
  for (const [index, nic] of nics.entries()) {
    const place = { path: formatPath(nic.path), at: 'key', found: nic.name } as const;
    if (!/^eth(0|[1-9][0-9]*)$/.test(nic.name)) {
      yield {
        rule: 'name-syntax',
        ...place,
        text: `NIC name ${JSON.stringify(nic.name)} of ${node} is not one of Linux's Ethernet names`,
        expected: `eth0 to eth${nicsMax - 1}`,
        ...suggestion(
          nearestName(
            nic.name,
            [`eth${index}`, ...expectedNames].filter((eth) => !names.has(eth)),
          ),
        ),
      };
    } else if (Number(nic.name.slice(3)) >= nics.length) {
      const free = expectedNames.find((eth) => !names.has(eth));
      yield {
        rule: 'name-syntax',
        ...place,
        text: `${node} has ${nic.name} and no ${free}`,
        expected: 'NICs numbered from eth0 without a gap',
        ...suggestion(free),
      };
    }
  }
}

function* serialPortProblems({ name: node, serial, path }: DraftNode): Iterable<TopologyProblem> {
  for (const { port, path: portPath } of serial) {
    if (!serialPorts.some((known) => known === port)) {
      yield {
        rule: 'name-syntax',
        path: formatPath(portPath),
        at: 'key',
        text:
          port === 'ttyS0'
            ? `ttyS0 of ${node} is its console`
            : `serial port ${JSON.stringify(port)} of ${node} does not exist`,
        found: port,
        expected: serialPorts.join(' or '),
        ...suggestion(nearestName(port, serialPorts)),
      };
    }
  }
  if (serial.length > serialLinesMax) {
    yield {
      rule: 'too-many',
      path: formatPath([...path, 'serial']),
      at: 'key',
      text: `${node} has ${serial.length} serial lines`,
      found: String(serial.length),
      expected: `at most ${serialLinesMax}`,
    };
  }
}

function* emptyNodeProblems({ name, nics, serial, path, hasNics }: DraftNode): Iterable<TopologyProblem> {
  if (hasNics && nics.length === 0 && serial.length === 0) {
    yield {
      rule: 'empty',
      path: formatPath(path),
      at: 'key',
      text: `node ${name} is connected to nothing`,
      found: '{}',
      expected: 'a NIC or a serial line',
    };
  }
}
