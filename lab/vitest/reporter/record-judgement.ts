import type { TestContext } from 'vitest';
import type { Judgement } from '../../checkers/rule.ts';
import type { RoundMeta } from './reported-meta.ts';

type Task = TestContext['task'];

/**
 * Leaves a judgement for the reporter, from within a test. A test that runs again keeps that of each run.
 * Whether the test then throws is its own affair.
 */
export function recordJudgement(task: Task, judgement: Judgement): void {
  task.meta.judgement = judgement;
  recordInRound(task, { judgement });
}

/** Says where the evidence of this run of a test lies, relative to the folder of the report. */
export function recordEvidence(task: Task, folder: string): void {
  task.meta.evidence = folder;
  recordInRound(task, { evidence: folder });
}

function recordInRound(task: Task, part: RoundMeta): void {
  // Attempts are added when they end, so their number is the place of the one that runs now.
  const index = task.result?.attempts?.length ?? 0;
  const rounds = [...(task.meta.rounds ?? [])];
  for (let missing = rounds.length; missing <= index; missing += 1) rounds.push({});
  rounds[index] = { ...rounds[index], ...part };
  task.meta.rounds = rounds;
}
