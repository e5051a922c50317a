import type { Draft } from '../draft.ts';
import { nearestName } from '../nearest-name.ts';
import { formatPath } from '../path.ts';
import type { TopologyProblem } from '../problem.ts';
import { oneOfThese, suggestion } from '../shape-reader.ts';

/** A null-modem cable has two plugs: a serial medium of Heartbeat joins exactly two nodes. */
export function* lineProblems({ lines, nodes }: Draft): Iterable<TopologyProblem> {
  const ends = nodes.flatMap((node) =>
    node.serial.flatMap(({ port, line }) => (line === undefined ? [] : [{ node: node.name, port, line }])),
  );
  const known = lines.map(({ name }) => name);
  const misspelt = new Set<string>();
  for (const { node, port, line } of ends) {
    if (known.includes(line.value)) continue;
    const nearest = nearestName(line.value, known);
    if (nearest !== undefined) misspelt.add(nearest);
    yield {
      rule: 'unknown-line',
      path: formatPath(line.path),
      at: 'value',
      text: `line ${line.value} of ${node} ${port} is not defined`,
      found: line.value,
      expected: known.length === 0 ? 'no serial port: the topology has no lines' : oneOfThese(known),
      ...suggestion(nearest),
    };
  }
  for (const { name, path } of lines) {
    const own = ends.filter(({ line }) => line.value === name);
    const isBetweenTwo = own.length === 2 && own[0]?.node !== own[1]?.node;
    // A misspelt end has been reported, and is the cause.
    if (isBetweenTwo || (own.length < 2 && misspelt.has(name))) continue;
    const list = own.map(({ node, port }) => `${node} ${port}`).join(', ');
    yield {
      rule: 'line-ends',
      path: formatPath(path),
      at: 'key',
      text: `line ${name} has ${own.length === 1 ? '1 end' : `${own.length || 'no'} ends`}${list === '' ? '' : ` (${list})`}`,
      found: list || 'nothing',
      expected: 'two ends, on two nodes',
    };
  }
}
