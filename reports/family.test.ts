import { expect, test } from 'vitest';
import { byFamily, familyOf } from './family.ts';

test.for([
  ['LVS-DR-03', 'LVS-DR'],
  ['SCHED-01', 'SCHED'],
  ['HB-NET-05a', 'HB-NET'],
  ['LVS-DR-3', 'other'],
  ['the lab heals', 'other'],
] as const)('%s belongs to family %s', ([id, family]) => {
  expect(familyOf(id)).toBe(family);
});

test('families keep the order of their first members', () => {
  const members = ['LVS-DR-02', 'SCHED-01', 'LVS-DR-01'].map((id) => ({ id }));

  expect(byFamily(members).map(({ name, members }) => [name, members.map(({ id }) => id)])).toEqual([
    ['LVS-DR', ['LVS-DR-02', 'LVS-DR-01']],
    ['SCHED', ['SCHED-01']],
  ]);
});
