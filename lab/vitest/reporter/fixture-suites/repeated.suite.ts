import { test } from 'vitest';
import { LabError } from '../../../errors.ts';
import { JudgementError } from '../judgement-error.ts';
import { recordEvidence, recordJudgement } from '../record-judgement.ts';

const finding = {
  rule: 'SCHED-01',
  claim: 'web1 was chosen twice',
  at: 0,
  expected: 'web2',
  seen: ['web1'],
  evidence: ['lan.pcapng#7'],
};

let round = 0;

test('SCHED-01: each round keeps its own judgement', { repeats: 4, meta: { requirement: 'SCHED-01' } }, ({
  task,
}) => {
  round += 1;
  recordEvidence(task, `SCHED-01-${round}`);
  if (round === 2) {
    const judgement = { verdict: 'fail', reason: 'round 2', findings: [finding] } as const;
    recordJudgement(task, judgement);
    throw new JudgementError(judgement);
  }
  if (round === 3) throw new LabError('LAB_NODE_GONE', 'director is gone');
  recordJudgement(task, { verdict: 'pass', reason: `round ${round}`, findings: [] });
});
