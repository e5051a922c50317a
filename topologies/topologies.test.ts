import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Topology } from '../lab/topology/define.ts';
import { drawTopology } from '../lab/topology/graph.ts';
import { identifyTopology } from '../lab/topology/identify.ts';
import { loadTopology, topologyNames } from '../lab/topology/load.ts';
import { macOf } from '../lab/topology/mac-scheme.ts';

const directory = import.meta.dirname;
const names = await topologyNames(directory);
const topologies = await Promise.all(names.map((name) => loadTopology(name, { searchDirectory: directory })));

/** The comment lines before anything else. */
function openingComment(source: string): string {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}

test('there are built-in topologies', () => {
  expect(names).toContain('lvs-dr');
  expect(names).toContain('lvs-dr-routed');
});

describe.for(topologies.map((topology, index) => ({ topology, file: names[index]! })))(
  'built-in topology $file',
  ({ topology, file }) => {
    test('is named like its file', () => {
      expect(topology.name).toBe(file);
    });

    test('is told apart from the others by the addresses of one node', () => {
      const nics = (node: Topology['nodes'][string]) => Object.keys(node.nics).length;
      for (const [nodeIndex, node] of Object.values(topology.nodes).entries()) {
        const macs = Array.from({ length: nics(node) }, (_, nic) => macOf(topology.name, nodeIndex, nic));
        expect(identifyTopology(macs, topologies)).toBe(file);
      }
    });
  },
);

test.for(['lvs-dr', 'lvs-dr-routed'])('%s opens with its drawing', async (name) => {
  const comment = openingComment(await readFile(path.join(directory, `${name}.ts`), 'utf8'));
  expect(comment).toBe(drawTopology(topologies[names.indexOf(name)]!, { width: 80 - '// '.length }));
});

describe('topologies/lvs-dr-routed.ts', () => {
  test('sends every packet that leaves its network to the router', () => {
    const routed = topologies[names.indexOf('lvs-dr-routed')]!;
    const gateways = Object.entries(routed.nodes).map(([name, { gateway }]) => [name, gateway]);
    expect(Object.fromEntries(gateways)).toEqual({
      client: '198.51.100.1',
      router: undefined,
      director: '203.0.113.1',
      web1: '203.0.113.1',
      web2: '203.0.113.1',
    });
  });
});
