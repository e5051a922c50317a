import { describe, expect, test } from 'vitest';
import { lvsArp } from './lvs-arp.ts';
import { lvsDr } from './lvs-dr.ts';
import { lvsGen } from './lvs-gen.ts';
import { covers, isRequirementId, nearestId, requirements } from './registry.ts';
import { sched } from './sched.ts';

const families = [
  { family: 'LVS-GEN', entries: lvsGen, count: 13 },
  { family: 'LVS-DR', entries: lvsDr, count: 17 },
  { family: 'LVS-ARP', entries: lvsArp, count: 7 },
  { family: 'SCHED', entries: sched, count: 1 },
] as const;

describe('requirement registry', () => {
  test.for(families)(
    '$family numbers its $count requirements from 01 without a gap',
    ({ family, entries, count }) => {
      const numbers = Array.from(
        { length: count },
        (_, index) => `${family}-${String(index + 1).padStart(2, '0')}`,
      );

      expect(entries.map(({ id }) => id)).toEqual(numbers);
    },
  );

  test('no ID is lost to another of the same name', () => {
    expect(Object.keys(requirements)).toHaveLength(13 + 17 + 7 + 1);
  });

  test.for(Object.values(requirements))('$id is one sentence with a source and a topology', (requirement) => {
    expect(requirement.statement).toMatch(/^[A-Z][^.]*(\.\d[^.]*)*\.$/);
    expect(requirement.statement).not.toMatch(/\bshould\b|\bworks?\b/);
    expect(requirement.source).not.toBe('');
    expect(requirement.topologies.length).toBeGreaterThan(0);
  });

  test('the wire alone shows these ten requirements', () => {
    const shown = Object.values(requirements).filter(({ shownBy }) => shownBy === 'wire');

    expect(shown.map(({ id }) => id)).toEqual([
      'LVS-GEN-01',
      'LVS-DR-01',
      'LVS-DR-02',
      'LVS-DR-03',
      'LVS-DR-05',
      'LVS-DR-06',
      'LVS-DR-13',
      'LVS-DR-14',
      'LVS-DR-17',
      'SCHED-01',
    ]);
  });

  test('covers puts the ID where the reporter looks for it', () => {
    expect(covers('LVS-DR-03')).toEqual({ meta: { requirement: 'LVS-DR-03' } });
  });

  test.for([
    ['LVS-DR-3', 'LVS-DR-03'],
    ['lvs-dr-03', 'LVS-DR-03'],
    ['LVS-GEM-02', 'LVS-GEN-02'],
    ['SCHED-1', 'SCHED-01'],
    ['heartbeat', undefined],
  ] as const)('the nearest ID to %s is %s', ([found, nearest]) => {
    expect(nearestId(found)).toBe(nearest);
  });

  test('names inherited from Object are no IDs', () => {
    expect(isRequirementId('LVS-DR-03')).toBe(true);
    expect(isRequirementId('constructor')).toBe(false);
  });
});
