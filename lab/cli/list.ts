import { byFamily } from '../../reports/family.ts';
import { requirements } from '../../suites/requirements/registry.ts';
import type { Requirement } from '../../suites/requirements/requirement.ts';
import { selectRequirements } from './select-requirements.ts';
import { wrapText } from './wrap-text.ts';

export interface ListOptions {
  readonly json: boolean;
  /** IDs such as `LVS-DR-03` and families such as `LVS-DR`, as `halab run` takes them; nothing selects all. */
  readonly filter: readonly string[];
  /** Of the terminal, in columns. */
  readonly width?: number;
}

/** Wide enough for the longest ID and level, and for lines that are still read with ease. */
const defaultWidth = 100;

/**
 * What `halab list` prints: every requirement with level, statement, source and topologies, as a table or as
 * JSON. Throws a `LabError` with code LAB_USAGE that names every word of the filter that means nothing.
 */
export function listRequirements({ json, filter, width = defaultWidth }: ListOptions): string {
  const selected: readonly Requirement[] = selectRequirements(filter).map((id) => requirements[id]);
  if (json) return `${JSON.stringify(selected, undefined, 2)}\n`;
  const idWidth = Math.max(...selected.map(({ id }) => id.length));
  const blocks = byFamily(selected).map(({ members }) => table(members, idWidth, width));
  return `${blocks.join('\n\n')}\n`;
}

const gap = '  ';

function table(members: readonly Requirement[], idWidth: number, width: number): string {
  const level = 'should'.length;
  const indent = ' '.repeat(idWidth + gap.length + level + gap.length);
  // A statement in a narrower column is harder to read than one below its ID.
  const narrow = width - indent.length < 40;
  const text = narrow ? '  ' : indent;
  return members
    .map((requirement) => {
      const lines = detailLines(requirement, width - text.length);
      const head = `${requirement.id.padEnd(idWidth)}${gap}${requirement.level.padEnd(level)}`;
      if (narrow) return [head.trimEnd(), ...lines.map((line) => text + line)].join('\n');
      const [first = '', ...rest] = lines;
      return [`${head}${gap}${first}`, ...rest.map((line) => text + line)].join('\n');
    })
    .join('\n');
}

function detailLines(requirement: Requirement, width: number): readonly string[] {
  const { statement, source, topologies, shownBy, withdrawn } = requirement;
  return [
    ...wrapText(statement, width),
    ...(withdrawn === undefined ? [] : wrapText(`withdrawn: ${withdrawn}`, width)),
    ...wrapText(`on ${topologies.join(', ')}; shown by ${shownBy}`, width),
    ...wrapText(`source: ${source}`, width),
  ];
}
