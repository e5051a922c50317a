import { expect, test } from 'vitest';
import { editDistance, nearestName } from './nearest-name.ts';

test.for([
  ['', '', 0],
  ['real', 'real', 0],
  ['', 'real', 4],
  ['real', 'rael', 1],
  ['gat', 'gate', 1],
  ['gatee', 'gate', 1],
  ['mask', 'masq', 1],
  ['recieve', 'receive', 1],
  ['kitten', 'sitting', 3],
] as const)('"%s" and "%s" are %i edits apart', ([a, b, edits]) => {
  expect(editDistance(a, b)).toBe(edits);
  expect(editDistance(b, a)).toBe(edits);
});

const names = ['checktimeout', 'checktype', 'checkport', 'ftp', 'http', 'yes', 'no'];

test.for([
  ['chektimeout', 'checktimeout'],
  ['CheckType', 'checktype'],
  ['htp', 'http'],
  ['ye', 'yes'],
] as const)('"%s" means %s', ([found, meant]) => {
  expect(nearestName(found, names)).toBe(meant);
});

test.for(['', 'weight', 'x', 'checksum'])('"%s" is near no name', (found) => {
  expect(nearestName(found, names)).toBeUndefined();
});
