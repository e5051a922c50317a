import { describe, expect, test } from 'vitest';
import { formatPath, parsePath } from './path.ts';

describe('formatPath', () => {
  test.for([
    [[], ''],
    [['name'], 'name'],
    [['nodes', 'web2', 'nics', 'eth0', 'address'], 'nodes.web2.nics.eth0.address'],
    [['services', 'web', 'realServers', 0, 'node'], 'services.web.realServers[0].node'],
    [['nodes', 'web-1', 'role'], 'nodes["web-1"].role'],
    [['web-1'], '["web-1"]'],
    [['nodes', 'a "b" \\ ]', 'role'], 'nodes["a \\"b\\" \\\\ ]"].role'],
    [['nodes', '1', 2, ''], 'nodes["1"][2][""]'],
  ] as const)('writes %j as %s, and parsePath reads it back', ([path, text]) => {
    expect(formatPath(path)).toBe(text);
    expect(parsePath(text)).toEqual(path);
  });
});

test.for(['nodes..web1', 'nodes[web1]', 'nodes["web1]', 'nodes.web-1', 'nodes[-1]', ' nodes'])(
  'parsePath refuses %s',
  (text) => {
    expect(parsePath(text)).toBeUndefined();
  },
);
