import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { locateOther, locateProblem } from './locate.ts';
import { formatPath, type Path } from './path.ts';
import type { TopologyProblem } from './problem.ts';

const problem = (path: string, rest: Partial<TopologyProblem> = {}): TopologyProblem => ({
  rule: 'wrong-type',
  path,
  at: 'value',
  text: '',
  found: '',
  expected: '',
  ...rest,
});

/** The text from the found place to the end of its line. */
function at(source: string, wanted: TopologyProblem, find = locateProblem): string | undefined {
  const location = find(wanted, source);
  return location && source.split('\n')[location.line - 1]!.slice(location.column - 1);
}

const source = `import { defineTopology } from '../lab/topology/define.ts';

// nodes: { web1: 'not this one' }
const gateway = '203.0.113.1';
const web = { role: 'realServer', gateway } as const;
const nodes = { nodes: 5 };

export const mine = defineTopology({
  name: 'mine',
  segments: { lan: { ipv4: '203.0.113.0/24', mtu: 1_500 } },
  lines: { 'ring-a': { kind: 'null-modem', baud: 9600 } },
  nodes: {
    director: { role: 'director', nics: { eth0: { segment: 'lan', address: '203.0.113.2' } } }, // address
    'web-1': { ...web, nics: { eth0: { segment: 'lan', address: '203.0.113.21' } } },
    ["web2"]: { ...web, nics: { eth0: { segment: 'lan', address: '203.0.113.21' } } },
    web3: realServer('web3', '203.0.113.21'),
  },
  services: {
    web: {
      vip: '203.0.113.80', director: ['director', 'web2'],
      realServers: [{ node: 'web1', weight: 1 }, { node: 'web2' /* , */, weight: f(1, { weight: 2 }) }, last],
    },
  },
});
const last = { node: 'web9' };
`;

describe('locateProblem', () => {
  test('counts lines and columns from 1', () => {
    expect(locateProblem(problem('name'), source)).toEqual({ line: 9, column: 9 });
    expect(locateProblem(problem('name', { at: 'key' }), source)).toEqual({ line: 9, column: 3 });
  });

  test.for([
    ['segments.lan.mtu', '1_500 } },'],
    ['lines["ring-a"].baud', '9600 } },'],
    ['nodes.director.nics.eth0.address', "'203.0.113.2' } } }, // address"],
    ['nodes["web-1"].nics.eth0.address', "'203.0.113.21' } } },"],
    ['services.web.director', "['director', 'web2'],"],
    ['services.web.director[1]', "'web2'],"],
    ['services.web.realServers[0].node', "'web1', weight: 1 }, {"],
    ['services.web.realServers[1].weight', 'f(1, { weight: 2 }) }, last],'],
  ] as const)('finds the value of %s', ([path, text]) => {
    expect(at(source, problem(path))?.startsWith(text)).toBe(true);
  });

  test.for([
    ['nodes["web-1"]', "'web-1': {"],
    ['nodes.web2', '"web2"]: {'],
    ['nodes.director.nics.eth0', "eth0: { segment: 'lan', address: '203.0.113.2'"],
    ['services.web.realServers[1]', "{ node: 'web2'"],
  ] as const)('finds the key of %s', ([path, text]) => {
    expect(at(source, problem(path, { at: 'key' }))?.startsWith(text)).toBe(true);
  });

  test('follows a spread and a constant to where the value is written', () => {
    expect(at(source, problem('nodes["web-1"].role'))).toBe("'realServer', gateway } as const;");
    expect(at(source, problem('nodes["web-1"].gateway'))).toBe('gateway } as const;');
    expect(at(source, problem('services.web.realServers[2].node'))).toBe("'web9' };");
  });

  test('finds the literal itself where the value comes from a call', () => {
    const found = problem('nodes.web3.nics.eth0.address', { found: '203.0.113.21' });
    expect(at(source, found)).toBe("'203.0.113.21'),");
  });

  test('stops at the innermost part when there is nothing better', () => {
    expect(at(source, problem('nodes.web3.role', { found: 'x' }))).toBe(
      "web3: realServer('web3', '203.0.113.21'),",
    );
    expect(at(source, problem('nodes.web4'))).toBe('nodes: {');
    expect(at(source, problem('spare.lan'))).toBe('{');
    expect(at(source, problem('', { at: 'key' }))).toBe('{');
  });

  test('finds the other place of a conflict', () => {
    const conflict = problem('nodes.web2.nics.eth0.address', {
      found: '203.0.113.21',
      otherPath: 'nodes["web-1"].nics.eth0.address',
    });
    expect(locateProblem(conflict, source)?.line).toBe(15);
    expect(locateOther(conflict, source)?.line).toBe(14);
    expect(locateOther(problem('name'), source)).toBeUndefined();
  });

  test('tells two equal literals apart where nothing but literals can be found', () => {
    const made = "const t = { nodes: make('203.0.113.21', '203.0.113.21'), segments: {} };";
    const conflict = problem('nodes.b.address', { found: '203.0.113.21', otherPath: 'nodes.a.address' });
    expect(locateOther(conflict, made)).toEqual({ line: 1, column: 25 });
    expect(locateProblem(conflict, made)).toEqual({ line: 1, column: 41 });
  });

  test('takes the last of equal keys, as JavaScript does', () => {
    const twice = "({ name: 'a', nodes: {}, name: 'b' })";
    expect(at(twice, problem('name'))).toBe("'b' })");
  });

  test('gives up quietly on a file without a topology, on half a file and on circles', () => {
    expect(locateProblem(problem('name'), '')).toBeUndefined();
    expect(locateProblem(problem('name'), 'export const a = 1;')).toBeUndefined();
    expect(at("x({ nodes: { a: { role: 'cli", problem('nodes.a.role'))).toBe("'cli");
    expect(at('const a = { ...b }; const b = { ...a }; x({ nodes: a })', problem('nodes.c'))).toBe(
      'nodes: a })',
    );
  });

  test('finds every string of a built-in topology by its path', async () => {
    const file = path.join(import.meta.dirname, '../../topologies/lvs-dr-routed.ts');
    const text = await readFile(file, 'utf8');
    const strings = stringsOf(lvsDrRouted, []);
    expect(strings.length).toBeGreaterThan(30);
    for (const { at: place, value } of strings) {
      expect(at(text, problem(formatPath(place)))?.slice(0, value.length + 2), formatPath(place)).toBe(
        `'${value}'`,
      );
    }
  });
});

function stringsOf(value: unknown, at: Path): { at: Path; value: string }[] {
  if (typeof value === 'string') return [{ at, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    stringsOf(child, [...at, Array.isArray(value) ? Number(key) : key]),
  );
}
