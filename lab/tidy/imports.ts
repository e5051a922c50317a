import { dirname, join } from 'node:path';
import { tokenize } from '../topology/source-tokens.ts';
import { type Breach, isSource, isTest, type TreeFile } from './source-tree.ts';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Path in the tree; undefined for a package or a module of Node. */
  readonly path: string | undefined;
}

/** What a source file imports: statically, dynamically, or by passing on another file's exports. */
export function importsOf({ path, text }: TreeFile): readonly Import[] {
  const tokens = tokenize(text);
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'string') return [];
    const [before, last] = [tokens[index - 2], tokens[index - 1]];
    const isStatic = last?.kind === 'word' && (last.text === 'from' || last.text === 'import');
    const isDynamic = last?.text === '(' && before?.kind === 'word' && before.text === 'import';
    if (!isStatic && !isDynamic) return [];
    const isRelative = token.text.startsWith('.');
    return [
      {
        specifier: token.text,
        line: text.slice(0, token.offset).split('\n').length,
        path: isRelative ? join(dirname(path), token.text) : undefined,
      },
    ];
  });
}

interface Direction {
  readonly appliesTo: (file: TreeFile) => boolean;
  readonly forbids: (imported: Import, file: TreeFile) => boolean;
  readonly reason: string;
}

const isBelow = (folder: string) => (file: TreeFile) => file.path.startsWith(folder);
const leadsInto = (folder: string) => (imported: Import) => imported.path?.startsWith(folder) === true;
const isPackage = (name: string, { specifier }: Import) =>
  specifier === name || specifier.startsWith(`${name}/`);

/** Of the lab, a topology sees how to define one, and a suite what it tests with. */
const publicEntryPoints = ['lab/topology/define.ts', 'lab/topology/nearest-name.ts'];
const isPublic = (path: string) => publicEntryPoints.includes(path) || /^lab\/vitest\/[^/]+\.ts$/.test(path);

/** The runner's own settings, and the command that runs it. */
const startsVitest: ReadonlySet<string> = new Set(['vitest.config.ts', 'lab/cli/run.ts']);

const parser = 'lab/tcpdump-parser/';

/** Who may not import whom, and what the design has against it. */
const directions: readonly Direction[] = [
  {
    appliesTo: isBelow('stack/'),
    forbids: (imported) => leadsInto('lab/')(imported) || isPackage('tcpdump-parser', imported),
    reason: 'the stack does not know the lab: it is installed and started like any vendor’s',
  },
  {
    appliesTo: isBelow('lab/'),
    forbids: (imported) => leadsInto('stack/')(imported) || isPackage('halab-stack', imported),
    reason: 'the lab does not know the stack: judge and judged read the same bytes with different code',
  },
  {
    appliesTo: isBelow(parser),
    forbids: ({ specifier, path }, file) =>
      path === undefined
        ? !specifier.startsWith('node:') && !(isTest(file) && specifier === 'vitest')
        : !path.startsWith(parser),
    reason: 'tcpdump-parser imports nothing outside itself but modules of Node',
  },
  {
    appliesTo: (file) =>
      !isTest(file) && !file.path.startsWith('lab/vitest/') && !startsVitest.has(file.path),
    forbids: (imported) => isPackage('vitest', imported),
    reason: 'only lab/vitest, what starts it, and tests import vitest',
  },
  {
    appliesTo: (file) =>
      file.path.startsWith('suites/') || (file.path.startsWith('topologies/') && !isTest(file)),
    forbids: ({ path }) => path?.startsWith('lab/') === true && !isPublic(path),
    reason: `suites and topologies see of the lab only ${publicEntryPoints.join(', ')} and lab/vitest/*.ts`,
  },
];

export function checkImports(files: readonly TreeFile[]): readonly Breach[] {
  return files.filter(isSource).flatMap((file) => {
    const applicable = directions.filter(({ appliesTo }) => appliesTo(file));
    return importsOf(file).flatMap((imported) =>
      applicable
        .filter(({ forbids }) => forbids(imported, file))
        .map(({ reason }) => ({
          file: file.path,
          line: imported.line,
          text: `imports ${imported.specifier}; ${reason}`,
        })),
    );
  });
}
