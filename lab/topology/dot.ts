import type { Topology } from './define.ts';

/**
 * An undirected graph for Graphviz: segments are ellipses, nodes are boxes, serial lines are double. Ends with
 * a line feed.
 */
export function topologyToDot({ name: topology, segments, lines, nodes }: Topology): string {
  const rows = [`graph ${JSON.stringify(topology)} {`, '  node [shape=box];'];
  for (const [name, { ipv4 }] of Object.entries(segments)) {
    rows.push(`  ${id('segment', name)} [label="${name}\\n${ipv4}", shape=ellipse];`);
  }
  for (const [name, { role, nics }] of Object.entries(nodes)) {
    rows.push(`  ${id('node', name)} [label="${name}\\n${role}"];`);
    for (const [nic, { segment, address }] of Object.entries(nics)) {
      rows.push(`  ${id('segment', segment)} -- ${id('node', name)} [label="${nic} ${address}"];`);
    }
  }
  for (const line of Object.keys(lines ?? {})) {
    const [left, right] = Object.keys(nodes).filter((name) =>
      Object.values(nodes[name]?.serial ?? {}).includes(line),
    );
    if (left !== undefined && right !== undefined) {
      // Graphviz draws parallel strands for a list of colours; an invisible one in the middle parts two.
      rows.push(
        `  ${id('node', left)} -- ${id('node', right)} [label="${line}", color="black:invis:black"];`,
      );
    }
  }
  return `${[...rows, '}'].join('\n')}\n`;
}

/** A segment and a node may have the same name. */
function id(kind: 'segment' | 'node', name: string): string {
  return JSON.stringify(`${kind} ${name}`);
}
