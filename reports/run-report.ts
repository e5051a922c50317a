import type { Verdict } from '../lab/checkers/rule.ts';

/** The result of a run or of a judged capture, as `verdicts.json` holds it. */
export interface RunReport {
  /** Version of halab. */
  readonly halab: string;
  readonly subject: ReportedSubject;
  readonly machine: ReportedMachine;
  readonly seed: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** One for each requirement of the run, in the order of the registry. */
  readonly verdicts: readonly ReportedVerdict[];
  /**
   * What went wrong outside any test, such as a suite that does not load. Absent when nothing did. A run with
   * a problem is not a passed one, whatever its verdicts.
   */
  readonly problems?: readonly string[];
}

export interface ReportedSubject {
  readonly name: string;
  readonly version: string;
}

/** Where the run took place. A judged capture has no accelerator, QEMU or image. */
export interface ReportedMachine {
  readonly accelerator?: string;
  /** Why this accelerator, in words. */
  readonly acceleratorReason?: string;
  readonly cores: number;
  /** Release of the host's kernel. */
  readonly kernel: string;
  readonly qemu?: string;
  /** Content address of the guest image. */
  readonly image?: string;
}

export interface ReportedVerdict {
  /** Requirement ID. */
  readonly id: string;
  /** The requirement's statement; a test without a requirement has its own title. */
  readonly title: string;
  readonly level?: 'must' | 'should' | 'may';
  readonly verdict: Verdict;
  /** Names of the topologies that it was judged on, separated by commas; empty when nothing ran. */
  readonly topology: string;
  /** Sum over the parts. */
  readonly durationMs: number;
  readonly reason: string;
  /** Of every part that failed; kept when the failure is waived. */
  readonly findings: readonly ReportedFinding[];
  /** Of the part that decided the verdict. */
  readonly measured?: Readonly<Record<string, number>>;
  /** Folders and files to look at, relative to the report. */
  readonly evidence?: readonly string[];
  /** Why the subject is known to differ here. The failure counts as *skipped*. */
  readonly waived?: string;
  /** The reason of a waiver that is not needed: the requirement passes. */
  readonly staleWaiver?: string;
  /** Present when several tests, topologies or rounds were combined. */
  readonly parts?: readonly ReportedPart[];
  /** Present when the same test ran more than once. Counted before any waiver. */
  readonly repeat?: RepeatCounts;
}

/** One test on one topology in one round. */
export interface ReportedPart {
  readonly title: string;
  readonly topology: string;
  /** From 1; present when the same test ran more than once. */
  readonly round?: number;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly reason: string;
  readonly findings: readonly ReportedFinding[];
  readonly measured?: Readonly<Record<string, number>>;
  readonly evidence?: readonly string[];
}

export interface ReportedFinding {
  /** Requirement ID. */
  readonly rule: string;
  /** What was broken, in one past-tense sentence without a full stop. */
  readonly claim: string;
  /** Moment on the lab clock, such as `+12.310 s`. */
  readonly at: string;
  readonly node?: string;
  readonly segment?: string;
  readonly expected: string;
  readonly seen: readonly string[];
  /** `segment.pcapng#frame number`, or a file and line, relative to the report. */
  readonly evidence: readonly string[];
}

/** How the rounds of one requirement ended. */
export interface RepeatCounts {
  readonly rounds: number;
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly skipped: number;
}
