import { describe, test } from 'vitest';
import type { Finding } from '../../../checkers/rule.ts';
import { LabError } from '../../../errors.ts';
import { JudgementError } from '../judgement-error.ts';

const finding: Finding = {
  rule: 'LVS-DR-03',
  claim: 'web1 sent a reply to the client through the director',
  at: 12_310_000_000,
  node: 'web1',
  segment: 'lan',
  expected: 'a frame to 02:00:5e:00:00:0a (client)',
  seen: ['a frame to 02:00:5e:00:00:02 (director)'],
  evidence: ['lan.pcapng#118'],
};

describe('every verdict', () => {
  test('LVS-DR-01: a judged pass passes', { meta: { requirement: 'LVS-DR-01', topology: 'lvs-dr' } }, ({
    task,
  }) => {
    task.meta.judgement = {
      verdict: 'pass',
      reason: '32 of 32 frames',
      findings: [],
      measured: { frames: 32 },
    };
    task.meta.evidence = 'LVS-DR-01';
  });

  test('LVS-DR-02: a judgement outweighs that nothing was thrown', { meta: { requirement: 'LVS-DR-02' } }, ({
    task,
  }) => {
    task.meta.judgement = { verdict: 'fail', reason: '1 of 32 frames', findings: [finding] };
  });

  test('LVS-DR-03: a thrown judgement fails', { meta: { requirement: 'LVS-DR-03', topology: 'lvs-dr' } }, ({
    task,
  }) => {
    task.meta.evidence = 'LVS-DR-03';
    throw new JudgementError({ verdict: 'fail', reason: '1 of 32 replies', findings: [finding] });
  });

  test('LVS-DR-04: a silent node says nothing of the subject', { meta: { requirement: 'LVS-DR-04' } }, ({
    task,
  }) => {
    task.meta.evidence = 'LVS-DR-04';
    throw new LabError('LAB_NODE_SILENT', 'web1 did not answer within 10 s\nlast line of its console', {
      node: 'web1',
      evidence: ['nodes/web1/console.log'],
    });
  });

  test('LVS-DR-05: a bug says nothing of the subject', { meta: { requirement: 'LVS-DR-05' } }, () => {
    throw new TypeError('cannot read the future');
  });

  test(
    'LVS-DR-06: a test that hangs says nothing',
    { meta: { requirement: 'LVS-DR-06' }, timeout: 20 },
    () => new Promise<void>(() => {}),
  );

  test('LVS-DR-07: a situation that did not come about is not judged', {
    meta: { requirement: 'LVS-DR-07' },
  }, ({ task }) => {
    task.meta.judgement = { verdict: 'skipped', reason: 'no ARP request was seen', findings: [] };
  });

  test('LVS-DR-08: a skip keeps its reason', { meta: { requirement: 'LVS-DR-08' } }, ({ skip }) => {
    skip('missing capability: ipvs');
  });

  test('LVS-DR-09: a skip where the test is declared keeps its reason too', {
    skip: true,
    meta: { requirement: 'LVS-DR-09', skip: 'not applicable: no arptables' },
  }, () => {});

  test('LVS-DR-10: a pass without a judge is none', { meta: { requirement: 'LVS-DR-10' } }, () => {});

  test('LVS-DR-11: a pass is lost when the lab breaks afterwards', { meta: { requirement: 'LVS-DR-11' } }, ({
    task,
  }) => {
    task.meta.judgement = { verdict: 'pass', reason: '1 of 1', findings: [] };
    throw new LabError('LAB_WIRES_GONE', 'the wires stopped');
  });

  test('LVS-DR-12: a failure is kept when the lab breaks afterwards', {
    meta: { requirement: 'LVS-DR-12' },
  }, ({ task }) => {
    task.meta.judgement = { verdict: 'fail', reason: '1 of 1', findings: [finding] };
    throw new LabError('LAB_WIRES_GONE', 'the wires stopped');
  });

  test.for([
    { variant: 'a', topology: 'lvs-dr', verdict: 'pass' },
    { variant: 'b', topology: 'lvs-dr-routed', verdict: 'inconclusive' },
  ] as const)(
    'LVS-DR-13$variant: variants share a verdict',
    { meta: { requirement: 'LVS-DR-13' } },
    ({ topology, verdict }, { task }) => {
      task.meta.topology = topology;
      task.meta.judgement = { verdict, reason: `of ${topology}`, findings: [] };
    },
  );
});
