import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { topologyToDot } from '../topology/dot.ts';
import { drawTopology } from '../topology/graph.ts';
import { loadTopology } from '../topology/load.ts';
import { topologyToMermaid } from '../topology/mermaid.ts';

export interface GraphOptions {
  readonly ascii?: true;
  readonly mermaid?: true;
  readonly dot?: true;
}

/** Below this, boxes are narrower than the names in them. */
const columnsMin = 40;

/** `halab graph TOPOLOGY`: a drawing for the terminal, or the source of one for another program. */
export async function graph(nameOrPath: string, options: GraphOptions): Promise<number> {
  const forms = (['ascii', 'mermaid', 'dot'] as const).filter((form) => options[form]);
  if (forms.length > 1) {
    throw new LabError('LAB_USAGE', `--${forms.join(' and --')} exclude each other`);
  }
  const topology = await loadTopology(nameOrPath, {
    searchDirectory: fileURLToPath(new URL('../../topologies/', import.meta.url)),
  });
  const text = (() => {
    if (options.mermaid) return topologyToMermaid(topology);
    if (options.dot) return topologyToDot(topology);
    return drawTopology(topology, {
      unicode: options.ascii !== true,
      width: Math.max(columnsMin, process.stdout.columns ?? 80),
      colour: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
    });
  })();
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}
