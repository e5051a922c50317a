import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTopology, topologyNames } from './load.ts';
import { TopologyError } from './problem.ts';

const definePath = path.join(import.meta.dirname, 'define.ts');
const builtIn = path.join(import.meta.dirname, '../../topologies');
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'halab-topology-'));
  await mkdir(path.join(directory, 'built-in'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const least = `{
  name: 'mine',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: { client: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } } },
}`;

async function load(file: string, source?: string) {
  if (source !== undefined) await writeFile(path.join(directory, file), source);
  return await loadTopology(file, { searchDirectory: 'built-in', workingDirectory: directory });
}

/** The message of the error, with the temporary directory taken out. */
async function complaint(file: string, source?: string): Promise<string> {
  const error = await load(file, source).then(
    () => expect.fail('it loaded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TopologyError);
  return (error as TopologyError).message.replaceAll(`${directory}/`, '<dir>/');
}

describe('loadTopology', () => {
  test('loads a built-in topology by its name', async () => {
    const topology = await loadTopology('lvs-dr', { searchDirectory: builtIn });
    expect(topology.name).toBe('lvs-dr');
  });

  test.for([
    [
      'named.ts',
      `import { defineTopology } from ${JSON.stringify(definePath)};\nexport const mine = defineTopology(${least});`,
    ],
    ['typed.ts', `const baud: number = 9600;\nexport const other = baud;\nexport const mine = ${least};`],
    ['default.js', `export default ${least};`],
    ['both.mjs', `export const mine = ${least};\nexport default mine;`],
    ['common.js', `module.exports = ${least};`],
    ['common-named.js', `exports.mine = ${least};`],
    ['awaited.mjs', `await null;\nexport const mine = ${least};`],
  ] as const)('loads %s', async ([file, source]) => {
    expect((await load(file, source)).name).toBe('mine');
  });

  test('takes an absolute path as well', async () => {
    const file = path.join(directory, 'absolute.js');
    await writeFile(file, `export const mine = ${least};`);
    expect((await loadTopology(file, { searchDirectory: builtIn })).name).toBe('mine');
  });

  test('tells what is known when there is no topology of the name', async () => {
    await expect(loadTopology('lvs-rd', { searchDirectory: builtIn })).rejects.toThrow(
      /^lvs-rd: no topology has this name; expected one of .*lvs-dr, .*, or the path of a .ts, .js or .mjs file; did you mean lvs-dr\?$/,
    );
    expect(await complaint('mine')).toMatchInlineSnapshot(
      `"mine: no topology has this name; expected the path of a .ts, .js or .mjs file"`,
    );
  });

  test('tells the nearest file when there is no file at the path', async () => {
    await mkdir(path.join(directory, 'labs'));
    await writeFile(path.join(directory, 'labs/pair.ts'), '');
    await writeFile(path.join(directory, 'labs/notes.txt'), '');
    expect(await complaint('labs/piar.ts')).toMatchInlineSnapshot(
      `"labs/piar.ts: no such file; expected pair.ts; did you mean pair.ts?"`,
    );
    expect(await complaint('nowhere/pair.ts')).toMatchInlineSnapshot(`"nowhere/pair.ts: no such file"`);
  });

  test('takes TypeScript and JavaScript files only', async () => {
    expect(await complaint('lab.yaml', 'name: mine')).toMatchInlineSnapshot(
      `"lab.yaml: not a topology file; expected a .ts, .js or .mjs file"`,
    );
    await mkdir(path.join(directory, 'labs.ts'));
    expect(await complaint('labs.ts')).toMatchInlineSnapshot(
      `"labs.ts: a directory; expected a .ts, .js or .mjs file"`,
    );
  });

  test('gives the place of a syntax error in every language', async () => {
    const broken = `export const mine = {\n  name: = 'mine',\n};`;
    expect(await complaint('syntax.ts', broken)).toMatchInlineSnapshot(
      `"syntax.ts:2:9: does not load: Expression expected"`,
    );
    expect(await complaint('syntax.mjs', broken)).toMatchInlineSnapshot(
      `"syntax.mjs:2:9: does not load: Unexpected token '='"`,
    );
    expect(
      await complaint('syntax.js', broken.replace('export const mine', 'module.exports')),
    ).toMatchInlineSnapshot(`"syntax.js:2:9: does not load: Unexpected token '='"`);
    expect(await complaint('syntax-module.js', broken)).toMatchInlineSnapshot(
      `"syntax-module.js:2:9: does not load: Unexpected token '='"`,
    );
  });

  test('gives the place of TypeScript that Node cannot run', async () => {
    expect(await complaint('enum.ts', `export const a = 1;\nenum B { c }`)).toMatchInlineSnapshot(
      `"enum.ts:2:1: does not load: TypeScript enum is not supported in strip-only mode"`,
    );
  });

  test('gives the place of an import that fails', async () => {
    await writeFile(path.join(directory, 'other.ts'), 'export const other = 1;');
    const rest = `export const mine = ${least};`;
    expect(
      await complaint('import-file.ts', `\nimport { a } from './nowhere.ts';\n${rest}`),
    ).toMatchInlineSnapshot(`"import-file.ts:2:19: does not load: Cannot find module '<dir>/nowhere.ts'"`);
    expect(
      await complaint('import-package.ts', `import { a } from 'no-such-package/a';\n${rest}`),
    ).toMatchInlineSnapshot(`"import-package.ts:1:19: does not load: Cannot find package 'no-such-package'"`);
    expect(
      await complaint('import-name.ts', `import { another } from './other.ts';\n${rest}`),
    ).toMatchInlineSnapshot(
      `"import-name.ts:1:10: does not load: The requested module './other.ts' does not provide an export named 'another'"`,
    );
  });

  test('gives the place in another file when that one has the syntax error', async () => {
    await writeFile(path.join(directory, 'broken.ts'), 'export const a = ;');
    const message = await complaint(
      'imports-broken.ts',
      `import { a } from './broken.ts';\nexport const b = a;`,
    );
    expect(message).toMatchInlineSnapshot(`"broken.ts:1:18: does not load: Expression expected"`);
  });

  test('gives the place where the file throws', async () => {
    expect(
      await complaint('throws.ts', `export const a = 1;\nthrow new Error('no luck\\nat all');`),
    ).toMatchInlineSnapshot(`"throws.ts:2:7: does not load: no luck"`);
    expect(await complaint('throws-text.mjs', `await null;\nthrow 'no luck';`)).toMatchInlineSnapshot(
      `"throws-text.mjs: does not load: it throws no luck"`,
    );
  });

  test('keeps the cause of a failure to load', async () => {
    const error = await load('cause.mjs', `throw new RangeError('no luck');`).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).cause).toMatchObject({ name: 'RangeError', message: 'no luck' });
  });

  test('wants exactly one topology in a file', async () => {
    expect(await complaint('empty.ts', '')).toMatchInlineSnapshot(
      `"empty.ts: exports nothing; expected export const … = defineTopology({ … })"`,
    );
    expect(await complaint('other.mjs', 'export const a = 1, b = { c: 2 }, d = null;')).toMatchInlineSnapshot(
      `"other.mjs: exports no topology, but a, b, d; expected export const … = defineTopology({ … })"`,
    );
    expect(
      await complaint('two.ts', `export const one = ${least};\n\nexport const two = ${least};`),
    ).toMatchInlineSnapshot(`"two.ts:7:14: exports 2 topologies (one, two); expected one in each file"`);
  });

  test('reports everything that is wrong with a topology, in the order of the file', async () => {
    const source = `import { defineTopology } from ${JSON.stringify(definePath)};

export const mine = defineTopology({
  name: 'mine',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    web1: { role: 'realserver', nics: { eth0: { segment: 'lan', address: '203.0.113.21' } } },
    web2: { role: 'realServer', nics: { eth0: { segment: 'lna', address: '203.0.113.21' } } },
    web3: { role: 'realServer', nics: { eth0: { segment: 'lan', adress: '203.0.113.23' } } },
    web4: { role: 'realServer' },
  },
  spare: { lan: ['203.0.113.255', '198.51.100.1'] },
});
`;
    expect(await complaint('mine.ts', source)).toMatchInlineSnapshot(`
      "mine.ts:7:19: role of node web1 is "realserver"; expected one of client, router, director, realServer, storage; did you mean realServer?
      mine.ts:8:58: segment lna of web2 eth0 is not defined; expected lan
      mine.ts:8:74: address 203.0.113.21 of web2 eth0 is already used by web1 eth0 (line 7)
      mine.ts:9:65: NIC eth0 of node web3 has an unknown property adress; expected address
      mine.ts:10:5: node web4 has no nics; expected an object with role, nics
      mine.ts:12:18: spare address 203.0.113.255 is the broadcast address of segment lan; expected a host address in 203.0.113.0/24
      mine.ts:12:35: spare address 198.51.100.1 is outside segment lan; expected an address in 203.0.113.0/24"
    `);
    const error = (await load('mine.ts').catch((reason: unknown) => reason)) as TopologyError;
    expect(error.problems[0]).toEqual({
      file: 'mine.ts',
      line: 7,
      column: 19,
      text: expect.stringContaining('"realserver"'),
    });
  });
});

describe('topologyNames', () => {
  test('leaves out tests and declarations, and sorts', async () => {
    const names = path.join(directory, 'names');
    await mkdir(names);
    for (const file of ['b.ts', 'a.ts', 'a.test.ts', 'c.d.ts', 'README.md'])
      await writeFile(path.join(names, file), '');
    expect(await topologyNames(names)).toEqual(['a', 'b']);
  });

  test('knows none in a directory that does not exist', async () => {
    expect(await topologyNames(path.join(directory, 'nowhere'))).toEqual([]);
  });
});
