import type { Topology } from './define.ts';

/**
 * A Mermaid flowchart for Markdown pages: segments are rounded, nodes are boxes, serial lines are thick. Ends
 * with a line feed.
 */
export function topologyToMermaid({ segments, lines, nodes }: Topology): string {
  const rows = ['flowchart TB'];
  for (const [name, { ipv4 }] of Object.entries(segments)) {
    rows.push(`  ${id('segment', name)}(["${name}<br>${ipv4}"])`);
  }
  for (const [name, { role, nics }] of Object.entries(nodes)) {
    rows.push(`  ${id('node', name)}["${name}<br>${role}"]`);
    for (const [nic, { segment, address }] of Object.entries(nics)) {
      rows.push(`  ${id('segment', segment)} ---|"${nic} ${address}"| ${id('node', name)}`);
    }
  }
  for (const line of Object.keys(lines ?? {})) {
    const [left, right] = Object.keys(nodes).filter((name) =>
      Object.values(nodes[name]?.serial ?? {}).includes(line),
    );
    if (left !== undefined && right !== undefined) {
      rows.push(`  ${id('node', left)} ===|"${line}"| ${id('node', right)}`);
    }
  }
  return `${rows.join('\n')}\n`;
}

/** Mermaid's words (`end`, `graph`) are no identifiers, and a hyphen may start an arrow. */
function id(kind: 'segment' | 'node', name: string): string {
  return `${kind}_${name.replaceAll('-', '_')}`;
}
