import { test } from 'vitest';
import { progressAnnotation } from '../progress.ts';

test('LVS-DR-01: says what it waits for', { meta: { requirement: 'LVS-DR-01' } }, async ({
  annotate,
  task,
}) => {
  await annotate('booting 4 machines', progressAnnotation);
  task.meta.judgement = { verdict: 'pass', reason: '1 of 1', findings: [] };
});
