import { describe, expect, test } from 'vitest';
import type { Finding, Judgement } from '../../checkers/rule.ts';
import { type Attempt, partOf } from './part-of-attempt.ts';

const finding: Finding = {
  rule: 'LVS-DR-03',
  claim: 'a reply crossed the director',
  at: 1_000_000_000,
  expected: 'none',
  seen: ['one'],
  evidence: ['lan.pcapng#118'],
};
const passed: Judgement = { verdict: 'pass', reason: '32 of 32', findings: [], measured: { frames: 32 } };
const failed: Judgement = { verdict: 'fail', reason: '1 of 32', findings: [finding] };
const thrown = { message: 'the lab broke' };

const attempt = (more: Partial<Attempt>): Attempt => ({
  title: 'LVS-DR-03: a reply does not cross the director',
  topology: 'lvs-dr',
  state: 'passed',
  errors: [],
  durationMs: 5,
  ...more,
});
const judged = (more: Partial<Attempt>) => {
  const { verdict, reason } = partOf(attempt(more));
  return [verdict, reason];
};

describe('only a finding makes a failure', () => {
  test('which nothing that is thrown beside it takes away', () => {
    expect(judged({ judgement: failed })).toEqual(['fail', '1 of 32']);
    expect(judged({ state: 'failed', judgement: failed, errors: [thrown] })).toEqual(['fail', '1 of 32']);
    expect(
      judged({ state: 'failed', judgement: passed, errors: [thrown, { message: '', judgement: failed }] }),
    ).toEqual(['fail', '1 of 32']);
  });

  test('so that a failure without one is inconclusive', () => {
    expect(judged({ judgement: { ...failed, findings: [] } })).toEqual([
      'inconclusive',
      'judged a failure without a finding: 1 of 32',
    ]);
  });

  test.for([
    [[{ message: 'first\nsecond' }], 'first'],
    [[{ message: '\u001b[31mexpected\u001b[39m 1' }], 'expected 1'],
    [[{ message: 'gone', code: 'LAB_NODE_GONE' }, thrown], 'LAB_NODE_GONE: gone (and 1 more error)'],
    [[{ message: '', name: 'RangeError' }, thrown, thrown], 'RangeError (and 2 more errors)'],
    [[], 'the test failed without an error'],
  ] as const)('and %j is inconclusive', ([errors, reason]) => {
    expect(judged({ state: 'failed', errors })).toEqual(['inconclusive', reason]);
  });
});

describe('only a judgement makes a pass', () => {
  test('and the test has to end well', () => {
    expect(judged({ judgement: passed })).toEqual(['pass', '32 of 32']);
    expect(judged({ state: 'failed', judgement: passed, errors: [thrown] })).toEqual([
      'inconclusive',
      'the lab broke',
    ]);
  });

  test('a test that nobody judged is inconclusive', () => {
    expect(judged({})).toEqual(['inconclusive', 'the test ended without a judgement']);
  });
});

test('a judgement that was skipped means that there was nothing to judge', () => {
  const judgement: Judgement = { verdict: 'skipped', reason: 'no ARP request was seen', findings: [] };

  expect(judged({ judgement })).toEqual([
    'inconclusive',
    'the situation was not produced: no ARP request was seen',
  ]);
});

test('an inconclusive judgement keeps its reason, also when it was thrown', () => {
  const judgement: Judgement = { verdict: 'inconclusive', reason: '3 frames are missing', findings: [] };

  expect(judged({ judgement })).toEqual(['inconclusive', '3 frames are missing']);
  expect(judged({ state: 'failed', errors: [{ message: 'x', judgement }] })).toEqual([
    'inconclusive',
    '3 frames are missing',
  ]);
});

describe('a test that did not run', () => {
  test('is skipped with its reason', () => {
    expect(judged({ state: 'skipped', note: 'missing capability: ipvs' })).toEqual([
      'skipped',
      'missing capability: ipvs',
    ]);
    expect(judged({ state: 'skipped' })).toEqual(['skipped', 'skipped without a reason']);
  });

  test('is inconclusive when something broke before it', () => {
    expect(
      judged({ state: 'skipped', note: 'x', blockedBy: { message: 'did not boot', code: 'LAB_NODE_BOOT' } }),
    ).toEqual(['inconclusive', 'LAB_NODE_BOOT: did not boot']);
  });

  test('to its end is inconclusive', () => {
    expect(judged({ state: 'pending', judgement: passed })).toEqual([
      'inconclusive',
      'the run ended before this test did',
    ]);
  });
});

test('evidence is the folder of the test and what errors point at in it; findings lie in it too', () => {
  const part = partOf(
    attempt({
      state: 'failed',
      evidence: 'lvs-dr/LVS-DR-03',
      judgement: failed,
      errors: [{ message: 'gone', code: 'LAB_NODE_GONE', evidence: ['nodes/web1/console.log'] }],
    }),
  );

  expect(part.evidence).toEqual(['lvs-dr/LVS-DR-03', 'lvs-dr/LVS-DR-03/nodes/web1/console.log']);
  expect(part.findings.map(({ evidence }) => evidence)).toEqual([['lvs-dr/LVS-DR-03/lan.pcapng#118']]);
});

test('figures come with the judgement, and findings with a failure alone', () => {
  expect(partOf(attempt({ judgement: passed })).measured).toEqual({ frames: 32 });
  expect(partOf(attempt({ judgement: failed }))).not.toHaveProperty('measured');
  expect(partOf(attempt({ judgement: { ...passed, findings: [finding] } })).findings).toEqual([]);
});
