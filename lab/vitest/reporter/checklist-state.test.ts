import { describe, expect, test } from 'vitest';
import { exampleFinding, examplePart } from '../../../reports/example-report.ts';
import { Checklist } from './checklist-state.ts';

const checklist = (knownDeviations = {}) =>
  new Checklist({
    subject: 'stack 0.1.0',
    requirements: [
      { id: 'LVS-DR-01', title: 'One.' },
      { id: 'LVS-DR-02', title: 'Two.' },
    ],
    knownDeviations,
    startedAt: 0,
  });
const stateOf = (list: Checklist, id = 'LVS-DR-01') => list.state().rows.find((row) => row.id === id);

describe('a row', () => {
  test('waits, runs and ends', () => {
    const list = checklist();
    list.plan('LVS-DR-01');
    expect(stateOf(list)).toEqual({
      id: 'LVS-DR-01',
      statement: 'One.',
      state: 'waiting',
      ended: 0,
      planned: 1,
      tookMs: 0,
    });

    list.start('LVS-DR-01', 'a', 'lvs-dr', 100);
    expect(stateOf(list)).toMatchObject({ state: 'running', runningSince: 100, topology: 'lvs-dr' });

    list.end('LVS-DR-01', 'a', [examplePart()]);
    expect(stateOf(list)).toMatchObject({ state: 'pass', ended: 1, tookMs: 1200 });
    expect(stateOf(list)).not.toHaveProperty('runningSince');
  });

  test('has no verdict while tests of it are still to come', () => {
    const list = checklist();
    list.plan('LVS-DR-01');
    list.plan('LVS-DR-01');
    list.end('LVS-DR-01', 'a', [examplePart(), examplePart()]);
    expect(stateOf(list)).toMatchObject({ state: 'waiting', ended: 1, planned: 2 });

    list.end('LVS-DR-01', 'b', [examplePart({ verdict: 'inconclusive' })]);
    expect(stateOf(list)).toMatchObject({ state: 'inconclusive', ended: 2, planned: 2 });
  });

  test('runs as long as one of its tests does, since the first of them', () => {
    const list = checklist();
    list.start('LVS-DR-01', 'a', 'lvs-dr', 100);
    list.start('LVS-DR-01', 'b', 'lvs-dr', 200);
    expect(stateOf(list)).toMatchObject({ state: 'running', runningSince: 100 });

    list.end('LVS-DR-01', 'a', [examplePart()]);
    expect(stateOf(list)).toMatchObject({ state: 'running', runningSince: 200 });
  });

  test('shows what its running test waits for, and no other', () => {
    const list = checklist();
    list.note('LVS-DR-01', 'a', 'too early');
    list.start('LVS-DR-01', 'a', 'lvs-dr', 100);
    expect(stateOf(list)).not.toHaveProperty('note');

    list.note('LVS-DR-01', 'a', 'booting');
    expect(stateOf(list)).toMatchObject({ note: 'booting' });
  });

  test('of a waived failure is skipped', () => {
    const list = checklist({ 'LVS-DR-01': 'old kernel' });
    list.end('LVS-DR-01', 'a', [examplePart({ verdict: 'fail', findings: [exampleFinding] })]);

    expect(stateOf(list)).toMatchObject({ state: 'skipped' });
  });

  test('is added for a test that no requirement has', () => {
    const list = checklist();
    list.plan('the lab heals');

    expect(list.state().rows.map(({ id }) => id)).toEqual(['LVS-DR-01', 'LVS-DR-02', 'the lab heals']);
  });
});

test('progress is shown until a test starts', () => {
  const list = checklist();
  list.report({ text: 'booting' });
  expect(list.state('tcg')).toMatchObject({ progress: { text: 'booting' }, accelerator: 'tcg' });

  list.start('LVS-DR-01', 'a', 'lvs-dr', 100);
  expect(list.state()).not.toHaveProperty('progress');
});
