import { expect, test } from 'vitest';
import { selectRequirements } from './select-requirements.ts';

test('an ID means itself, in whatever case', () => {
  expect(selectRequirements(['lvs-dr-02'])).toEqual(['LVS-DR-02']);
});

test('a family means all its IDs, each once and in the order of the registry', () => {
  const selected = selectRequirements(['LVS-GEN', 'LVS-GEN-03', 'SCHED']);
  expect(selected[0]).toBe('LVS-GEN-01');
  expect(selected.at(-1)).toBe('SCHED-01');
  expect(new Set(selected).size).toBe(selected.length);
});

test('no words mean every requirement', () => {
  expect(selectRequirements([]).length).toBeGreaterThan(37);
});

test('the beginning of a number is no family', () => {
  expect(() => selectRequirements(['LVS-DR-0'])).toThrow(/no requirement is called "LVS-DR-0"/);
});

test('every word that means nothing is named, with the nearest ID', () => {
  expect(() => selectRequirements(['LVS-RD-02', 'FOO'])).toThrowErrorMatchingInlineSnapshot(`
    [LabError: no requirement is called "LVS-RD-02"; there are IDs of the families LVS-GEN, LVS-DR, LVS-ARP, SCHED (\`halab list\` shows all); did you mean LVS-DR-02?
    no requirement is called "FOO"; there are IDs of the families LVS-GEN, LVS-DR, LVS-ARP, SCHED (\`halab list\` shows all)]
  `);
});
