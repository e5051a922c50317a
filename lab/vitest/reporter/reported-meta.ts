import type { Judgement } from '../../checkers/rule.ts';

/**
 * What a test leaves in its `meta` for the reporter. Vitest carries it from the worker as plain data, so it
 * is read as what somebody else wrote: a member of another shape is as good as absent.
 */
export interface ReportedMeta {
  /** ID of the requirement that the test shows, put there by `covers`. */
  requirement?: string;
  /** Name of the topology that it ran on. */
  topology?: string;
  /** What the checkers said. */
  judgement?: Judgement;
  /** Both by run, for a test that Vitest repeats; `recordJudgement` and `recordEvidence` keep it. */
  rounds?: readonly RoundMeta[];
  /** Folder of captures, consoles and logs, relative to the folder of the report. */
  evidence?: string;
  /** Why the test is not run, for one that is skipped where it is declared. */
  skip?: string;
}

/** What one run of a repeated test left. The place in the list is the place in Vitest's list of attempts. */
export interface RoundMeta {
  readonly judgement?: Judgement;
  readonly evidence?: string;
}

declare module 'vitest' {
  interface TaskMeta extends ReportedMeta {}
}
