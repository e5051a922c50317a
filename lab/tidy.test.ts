import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkBannedText } from './tidy/banned-text.ts';
import { checkErrorCodes, errorPage, errorSource } from './tidy/error-codes.ts';
import { checkFiles } from './tidy/file-rules.ts';
import { checkImports, importsOf } from './tidy/imports.ts';
import { checkLinks } from './tidy/links.ts';
import { type Breach, readTree, renderBreach, type TreeFile } from './tidy/source-tree.ts';

const tree = readTree(join(import.meta.dirname, '..'));

test('the tree that is checked is this one', () => {
  const paths = tree.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['package.json', 'lab/errors.ts', 'lab/tidy.test.ts', 'stack/package.json']),
  );
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
});

const file = (path: string, text = '', bytes = text.length): TreeFile => ({ path, text, bytes });
const rendered = (breaches: readonly Breach[]) => breaches.map(renderBreach);

describe('imports', () => {
  test('keep to the directions of the design', () => {
    expect(rendered(checkImports(tree))).toEqual([]);
  });

  test('are found in every form and nowhere else', () => {
    const text = [
      `import { a } from './a.ts';`,
      `import type {`,
      `  B,`,
      `} from "../b.ts";`,
      `import 'c';`,
      `export { d } from './d.ts';`,
      `const e = await import('./e.ts');`,
      `// import { f } from './f.ts';`,
      `const text = "import { g } from './g.ts'";`,
    ].join('\n');
    expect(importsOf(file('lab/x/y.ts', text))).toEqual([
      { specifier: './a.ts', line: 1, path: 'lab/x/a.ts' },
      { specifier: '../b.ts', line: 4, path: 'lab/b.ts' },
      { specifier: 'c', line: 5, path: undefined },
      { specifier: './d.ts', line: 6, path: 'lab/x/d.ts' },
      { specifier: './e.ts', line: 7, path: 'lab/x/e.ts' },
    ]);
  });

  test.for([
    ['stack/ldirectord/main.ts', '../../lab/errors.ts', false],
    ['stack/heartbeat/wire/frame.ts', 'tcpdump-parser', false],
    ['stack/ldirectord/main.ts', '../time.ts', true],
    ['lab/lab.ts', '../stack/bundle.ts', false],
    ['lab/lab.ts', 'halab-stack/bundle.ts', false],
    ['lab/checkers/arp.ts', 'tcpdump-parser', true],
    ['lab/tcpdump-parser/dissect/arp.ts', '../../errors.ts', false],
    ['lab/tcpdump-parser/dissect/arp.ts', 'execa', false],
    ['lab/tcpdump-parser/dissect/arp.ts', 'vitest', false],
    ['lab/tcpdump-parser/dissect/arp.test.ts', 'vitest', true],
    ['lab/tcpdump-parser/dissect/arp.ts', '../network-order.ts', true],
    ['lab/tcpdump-parser/dissect/arp.ts', 'node:fs', true],
    ['lab/faults/partition.ts', 'vitest', false],
    ['lab/faults/partition.ts', 'vitest/node', false],
    ['lab/vitest/lab-test.ts', 'vitest', true],
    ['lab/faults/partition.test.ts', 'vitest', true],
    ['vitest.config.ts', 'vitest/config', true],
    ['suites/lvs/arp.test.ts', '../../lab/lab.ts', false],
    ['suites/lvs/arp.test.ts', '../../lab/vitest/reporter/lines.ts', false],
    ['suites/lvs/arp.test.ts', '../../lab/vitest/lab-test.ts', true],
    ['suites/lvs/arp.test.ts', '../requirements/registry.ts', true],
    ['topologies/lvs-dr.ts', '../lab/topology/plan.ts', false],
    ['topologies/lvs-dr.ts', '../lab/topology/define.ts', true],
    ['topologies/topologies.test.ts', '../lab/topology/plan.ts', true],
    ['subjects/stack.ts', '../stack/bundle.ts', true],
  ] as const)('%s may import %s: %s', ([path, specifier, isAllowed]) => {
    expect(checkImports([file(path, `import '${specifier}';`)]).length === 0).toBe(isAllowed);
  });

  test('a breach names file, line and reason', () => {
    expect(rendered(checkImports([file('lab/a.ts', `\nimport 'vitest';\n`)]))).toEqual([
      'lab/a.ts:2: imports vitest; only lab/vitest, what starts it, and tests import vitest',
    ]);
  });
});

describe('banned text', () => {
  test('is nowhere in the tree', () => {
    expect(rendered(checkBannedText(tree))).toEqual([]);
  });

  test.for([
    ['suites/lvs/arp.test.ts', 'await new Promise((done) => setTimeout(done, 5));', false],
    ['suites/lvs/arp.test.ts', 'await sleep(5);', false],
    ['lab/wires/tap.ts', 'setTimeout(done, 5);', true],
    ['stack/heartbeat/step.ts', 'const now = Date.now();', false],
    ['stack/heartbeat/step.ts', '// Date.now is not used here.', true],
    ['lab/checkers/arp.ts', 'Math.random()', false],
    ['lab/wires/wires.ts', 'Date.now()', true],
    ['lab/topology/plan.ts', 'console.log(1)', false],
    ['lab/cli/list.ts', 'console.log(1)', true],
    ['bench/main.ts', 'console.log(1)', true],
    ['lab/nodes/qemu/qemu-node.ts', "join(directory, 'console.log')", true],
    ['lab/nodes/reap.sh', ['p', 'kill -f qemu'].join(''), false],
    ['README.md', `see https://registry.${'example'}.org/x`, false],
    ['docs/README.md', 'the registry of requirements', true],
    ['lab/lab.ts', `// TO${'DO'}: later`, false],
    ['docs/README.md', 'It was done as requested.', false],
    ['lab/lab.ts', "const clone = '/work/main';", false],
    ['lab/lab.ts', 'a/work/b and the leading director', true],
  ] as const)('in %s, %j is allowed: %s', ([path, text, isAllowed]) => {
    expect(checkBannedText([file(path, `\n${text}\n`)]).map(({ line }) => line)).toEqual(
      isAllowed ? [] : [2],
    );
  });

  test('a breach names what to do instead', () => {
    expect(rendered(checkBannedText([file('stack/a.ts', 'Math.random()')]))).toEqual([
      'stack/a.ts:1: has "Math.random"; take a seeded random source as an argument',
    ]);
  });
});

describe('files', () => {
  test('are small and have names that say something', () => {
    expect(rendered(checkFiles(tree))).toEqual([]);
  });

  test.for([
    [file('fixtures/frames/a.bin', '', 1_000_001), false],
    [file('fixtures/frames/a.bin', '', 1_000_000), true],
    [file('fixtures/captures/a.pcapng', '', 9_000_000), true],
    [file('lab/utils/a.ts'), false],
    [file('lab/wires/helpers.ts'), false],
    [file('lab/wires/common-name.ts'), true],
    [file('lab/wires/frameReader.ts'), false],
    [file('lab/wires/frame_reader.ts'), false],
    [file('lab/wires/frame-reader.test.ts'), true],
    [file('lab/setup/places.d.mts'), true],
  ] as const)('%o is allowed: %s', ([entry, isAllowed]) => {
    expect(checkFiles([entry]).length).toBe(isAllowed ? 0 : 1);
  });
});

describe('error codes', () => {
  test('are documented, all of them and no others', () => {
    expect(rendered(checkErrorCodes(tree))).toEqual([]);
  });

  test('a code without a heading and a heading without a code are found', () => {
    const source = file(errorSource, "export type C =\n  | 'LAB_A'\n  | 'LAB_B';\n");
    const page = file(errorPage, '# Errors\n\n## `LAB_B`\n\n`LAB_A` is only mentioned.\n\n## `LAB_C`\n');
    expect(rendered(checkErrorCodes([source, page]))).toEqual([
      `${errorSource}:2: LAB_A has no heading in ${errorPage}`,
      `${errorPage}:7: LAB_C is not a code of ${errorSource}`,
    ]);
  });
});

describe('links', () => {
  test('lead somewhere', () => {
    expect(rendered(checkLinks(tree))).toEqual([]);
  });

  test('a missing file and a missing heading are found; code and the web are not looked at', () => {
    const pages = [
      file(
        'README.md',
        '[docs](docs/)\n[gone](docs/gone.md)\n[web](https://example.org/x)\n`[code](nowhere)`\n',
      ),
      file(
        'docs/cli.md',
        '# Exit codes, all\n\n```\n[block](nowhere)\n# no heading\n```\n[up](../README.md)\n[in](#exit-codes-all)\n[not in](#no-heading)\n',
      ),
      file('docs/more.md', '[there](cli.md#exit-codes-all) and [not](cli.md#exit)\n'),
    ];
    expect(rendered(checkLinks(pages))).toEqual([
      'README.md:2: links to docs/gone.md, which is not there',
      'docs/cli.md:9: links to #no-heading, but docs/cli.md has no such heading',
      'docs/more.md:1: links to cli.md#exit, but docs/cli.md has no such heading',
    ]);
  });
});
