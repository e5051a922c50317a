import { describe, expect, test } from 'vitest';
import type { Verdict } from '../lab/checkers/rule.ts';
import { combineParts, partLabel } from './combine-parts.ts';
import { exampleFinding, examplePart } from './example-report.ts';

const of = { id: 'LVS-DR-03', title: 'A reply does not cross the director.', level: 'must' } as const;
const part = (verdict: Verdict, more: Parameters<typeof examplePart>[0] = {}) =>
  examplePart({ verdict, findings: verdict === 'fail' ? [exampleFinding] : [], ...more });

describe('one verdict from all parts', () => {
  test.for([
    [['pass', 'fail', 'inconclusive', 'skipped'], 'fail'],
    [['skipped', 'inconclusive', 'pass'], 'inconclusive'],
    [['skipped', 'pass'], 'pass'],
    [['skipped', 'skipped'], 'skipped'],
    [[], 'skipped'],
  ] as const)('of %j is %s', ([verdicts, whole]) => {
    const combined = combineParts(
      of,
      verdicts.map((verdict, index) => part(verdict, { title: `part ${index}` })),
    );

    expect(combined.verdict).toBe(whole);
  });

  test('a single part is the verdict itself and is not listed again', () => {
    expect(combineParts(of, [part('pass', { measured: { replies: 32 }, evidence: ['LVS-DR-03'] })])).toEqual({
      id: 'LVS-DR-03',
      title: 'A reply does not cross the director.',
      level: 'must',
      verdict: 'pass',
      topology: 'lvs-dr',
      durationMs: 1200,
      reason: '32 of 32 replies went straight to the client',
      findings: [],
      measured: { replies: 32 },
      evidence: ['LVS-DR-03'],
    });
  });

  test('several parts are all listed; figures and reason are those of the part that decided', () => {
    const combined = combineParts(of, [
      part('pass', { measured: { replies: 32 }, evidence: ['a'] }),
      part('fail', {
        topology: 'lvs-dr-routed',
        reason: '1 of 32',
        measured: { replies: 31 },
        evidence: ['b'],
      }),
    ]);

    expect(combined.parts).toHaveLength(2);
    expect(combined.topology).toBe('lvs-dr, lvs-dr-routed');
    expect(combined.durationMs).toBe(2400);
    expect(combined.reason).toBe('1 of 2 parts failed; lvs-dr-routed: 1 of 32');
    expect(combined.measured).toEqual({ replies: 31 });
    expect(combined.evidence).toEqual(['a', 'b']);
    expect(combined.findings).toEqual([exampleFinding]);
    expect(combined).not.toHaveProperty('repeat');
  });

  test('without parts the reason says that nothing ran', () => {
    expect(combineParts(of, [])).toMatchObject({ topology: '', reason: 'no test ran for it', durationMs: 0 });
  });
});

describe('a waiver', () => {
  test('turns a failure into a skip that keeps its findings', () => {
    expect(combineParts(of, [part('fail', { reason: '1 of 32' })], 'old kernel')).toMatchObject({
      verdict: 'skipped',
      reason: 'waived: old kernel',
      waived: 'old kernel',
      findings: [exampleFinding],
    });
  });

  test('is not hidden by a pass beside it, in whatever order', () => {
    for (const parts of [
      [part('pass', { title: 'a' }), part('fail', { title: 'b' })],
      [part('fail', { title: 'b' }), part('pass', { title: 'a' })],
    ]) {
      const combined = combineParts(of, parts, 'old kernel');
      expect(combined).toMatchObject({
        verdict: 'skipped',
        waived: 'old kernel',
        reason: '1 of 2 parts skipped; b: waived: old kernel',
      });
      expect(combined.parts?.map(({ verdict }) => verdict).sort()).toEqual(['pass', 'skipped']);
    }
  });

  test('does not hide an inconclusive part', () => {
    const combined = combineParts(
      of,
      [part('fail', { title: 'a' }), part('inconclusive', { title: 'b' })],
      'old kernel',
    );

    expect(combined).toMatchObject({ verdict: 'inconclusive', waived: 'old kernel' });
  });

  test('that a pass does not need is stale, and says so', () => {
    const combined = combineParts(of, [part('pass', { reason: '32 of 32' })], 'old kernel');

    expect(combined).toMatchObject({ verdict: 'pass', staleWaiver: 'old kernel' });
    expect(combined.reason).toBe('32 of 32 (waiver is stale: old kernel)');
    expect(combined).not.toHaveProperty('waived');
  });

  test.for(['inconclusive', 'skipped'] as const)('says nothing of a part that is %s', (verdict) => {
    const combined = combineParts(of, [part(verdict)], 'old kernel');

    expect(combined.verdict).toBe(verdict);
    expect(combined).not.toHaveProperty('waived');
    expect(combined).not.toHaveProperty('staleWaiver');
  });
});

describe('repeated tests', () => {
  test('are numbered by round, each title and topology for itself', () => {
    const combined = combineParts(of, [
      part('pass'),
      part('pass', { topology: 'lvs-dr-routed' }),
      part('fail'),
      part('pass', { topology: 'lvs-dr-routed' }),
      part('pass', { title: 'alone' }),
    ]);

    expect(combined.parts?.map(({ round }) => round)).toEqual([1, 1, 2, 2, undefined]);
  });

  test('are counted by round: a round is as good as its worst part', () => {
    const rounds: readonly (readonly [Verdict, Verdict])[] = [
      ['pass', 'pass'],
      ['pass', 'fail'],
      ['inconclusive', 'pass'],
      ['skipped', 'skipped'],
    ];
    const combined = combineParts(
      of,
      rounds.flatMap(([direct, routed]) => [part(direct), part(routed, { topology: 'lvs-dr-routed' })]),
    );

    expect(combined.repeat).toEqual({ rounds: 4, passed: 1, failed: 1, inconclusive: 1, skipped: 1 });
  });

  test('are counted as they were before a waiver', () => {
    const combined = combineParts(of, [part('fail'), part('pass')], 'old kernel');

    expect(combined.repeat).toEqual({ rounds: 2, passed: 1, failed: 1, inconclusive: 0, skipped: 0 });
    expect(combined.verdict).toBe('skipped');
  });
});

test('a part is labelled by what tells it from its siblings', () => {
  const one = examplePart({ title: 'a' });
  const routed = examplePart({ title: 'a', topology: 'lvs-dr-routed', round: 2 });

  expect(partLabel(one, [one])).toBe('a');
  expect(partLabel(one, [one, routed])).toBe('lvs-dr');
  expect(partLabel(routed, [one, routed])).toBe('lvs-dr-routed, round 2');
  expect(partLabel(routed, [examplePart({ title: 'b' }), routed])).toBe('a, lvs-dr-routed, round 2');
});
