import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test.for([
  ['web3', ['client', 'web1', 'web2'], 'web1'],
  ['web2', ['web1', 'web2'], 'web2'],
  ['direcotr', ['client', 'director', 'router'], 'director'],
  ['Director', ['client', 'director'], 'director'],
  ['realserver', ['client', 'router', 'director', 'realServer', 'storage'], 'realServer'],
  ['lna', ['lan', 'dmz'], 'lan'],
  ['adress', ['segment', 'address'], 'address'],
  ['prot', ['port', 'protocol', 'scheduler'], 'port'],
  ['sched', ['port', 'protocol', 'scheduler'], 'scheduler'],
  ['sc', ['port', 'protocol', 'scheduler'], undefined],
  ['storage', ['client', 'router'], undefined],
  ['x', ['lan', 'dmz'], undefined],
  ['', ['lan', 'dmz'], undefined],
  ['a', [], undefined],
] as const)('%s among %j suggests %s', ([found, known, nearest]) => {
  expect(nearestName(found, known)).toBe(nearest);
});
