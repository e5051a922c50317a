import { join } from 'node:path';
import type { MatcherState } from 'vitest';
import { inject } from 'vitest';
import { judgeFolder } from '../checkers/judge-folder.ts';
import type { LabStory } from './lab-story.ts';
import { JudgementError } from './reporter/judgement-error.ts';
import { recordJudgement } from './reporter/record-judgement.ts';

export interface ConformOptions {
  /** `test` (the default) judges what happened since this test began, `start` all that happened in the lab's life. */
  readonly since?: 'test' | 'start';
}

/**
 * Judges the record by one requirement. First the test's folder is written, then the verdict is drawn from
 * the folder alone: anybody who has it can draw it again with `halab check`.
 */
export async function toConformTo(
  this: MatcherState,
  story: LabStory,
  id: string,
  options: ConformOptions = {},
) {
  if (this.isNot) throw new TypeError('toConformTo cannot be negated: a verdict has more than two values');
  const task = this.task;
  if (task === undefined)
    throw new TypeError('toConformTo is for tests: it writes into the folder of its test');
  const folder = join(inject('halab').outDirectory, task.meta.evidence ?? id);
  await story.writeEvidence(folder, options.since ?? 'test');
  const judgement = judgeFolder({ folder, plan: story.lab.plan, ids: [id] }).get(id);
  if (judgement === undefined) throw new TypeError(`no rule judges ${id}`);
  recordJudgement(task, judgement);
  return { pass: judgement.verdict === 'pass', message: () => new JudgementError(judgement).message };
}

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    toConformTo(id: string, options?: ConformOptions): Promise<void>;
  }
}
