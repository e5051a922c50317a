import type { Packet } from 'tcpdump-parser';
import type { LabPlan } from '../topology/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { NodeDirectory } from './node-directory.ts';

/**
 * A rule judges one claim, named by its requirement ID, from a trace alone. It is a fold: frames and events
 * arrive in order of time, once, and nothing of a frame may be kept but numbers and copies, so that a capture
 * of any size is judged in flat memory. A rule knows nothing of QEMU, Vitest or the stack.
 */
export interface Rule {
  /** Requirement ID, such as `LVS-DR-02`. */
  readonly id: string;
  /**
   * What the trace must hold for a *pass*. `frames`: the wires. `events`: what a live lab adds (tables,
   * settings, commands). A trace without them cannot show the claim, and the verdict is *skipped*.
   */
  readonly needs: readonly Need[];
  /** Frames that the rule wants to see; the engine hands it no others. */
  readonly interest: readonly Interest[];
  open(context: JudgingContext): RuleRun;
}

export type Need = 'frames' | 'events';
/** Kinds do not overlap: a fragment of a UDP datagram is a `fragment`. Frames that are malformed are of no kind. */
export type Interest = (typeof interests)[number];
export const interests = ['arp', 'tcp', 'udp', 'icmp', 'other-ip', 'fragment'] as const;

export interface RuleRun {
  frame?(frame: JudgedFrame): void;
  /** In order of `at`: what ended later than it began is told when it begins. */
  event?(event: TraceEvent): void;
  /** Called once, after the last frame and event. */
  finish(): Judgement;
}

/** What every rule may know beside the trace: the plan of the lab, or what a user declared of a field capture. */
export interface RuleContext {
  readonly plan: LabPlan;
  /** False when frames are missing from the record: then "absent" proves nothing. */
  readonly isComplete: boolean;
  /** The trace begins with the lab (or the service) and not somewhere in the middle of its life. */
  readonly beginsAtStart: boolean;
}

/** What the engine adds to it when it opens a rule. */
export interface JudgingContext extends RuleContext {
  readonly nodes: NodeDirectory;
  /** An event was among what has been judged so far. */
  readonly hasEvents: boolean;
  /** Why frames are missing from the record, when they are. */
  readonly gaps: readonly string[];
  /** When the first frame was seen; plus infinity before. */
  readonly firstFrameAt: number;
  /** The newest moment of the trace so far, in nanoseconds on the lab clock. */
  readonly now: number;
  /**
   * Calls back once the trace has come to that moment: before the first frame or event that is not earlier, or at the
   * end of the trace.
   */
  schedule(at: number, callback: () => void): void;
  /** The view of that kind; made on the first demand, then shared by all rules. */
  view<V extends object>(kind: ViewKind<V>): V;
}

/**
 * What several rules need to know and only one has to work out: connections, tables, who holds which address.
 * A view is a fold like a rule and comes to no verdict. It sees every frame and event before the rules do, and
 * after the views that it asked for itself. What is only asked and listens to nothing is a view as well.
 */
export interface View {
  frame?(frame: JudgedFrame): void;
  event?(event: TraceEvent): void;
  /** After the last frame and event, before the rules finish; tells listeners what was still in suspense. */
  finish?(): void;
}

export interface ViewKind<V extends object> {
  readonly name: string;
  readonly interest: readonly Interest[];
  open(context: JudgingContext): V;
}

/**
 * A frame on a segment, as it entered the wire. One object is reused: copy what is to be kept.
 * `packet` is decoded and sound: malformed frames reach no rule.
 */
export interface JudgedFrame {
  /** Nanoseconds on the lab clock; in a capture from elsewhere, since its first frame. */
  at: number;
  segment: string;
  /** From 1, in the segment's own file. */
  number: number;
  packet: Packet;
  /** Node that the source MAC belongs to, `undefined` for a stranger. */
  from: string | undefined;
  /** Node that the destination MAC belongs to; `undefined` for a stranger, broadcast and multicast. */
  to: string | undefined;
  /** The same two as indices of `context.nodes`, -1 for undefined. */
  fromIndex: number;
  toIndex: number;
  /** Name of the capture file, for evidence: `lan.pcapng`. */
  file: string;
  /** Labels of ports that it never reached, as the record's comment says; `all` when it went nowhere. */
  lostTowards: readonly string[] | 'all';
  /** The lab made this frame: a corrupted or duplicated copy, as it was delivered. Its sender is not to blame. */
  isCopy: boolean;
}

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'skipped';

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence with numbers: what was judged, or why nothing could be. */
  readonly reason: string;
  /** Empty unless the verdict is *fail*. At most `findingsMax` are kept; the reason counts all. */
  readonly findings: readonly Finding[];
  readonly measured?: Readonly<Record<string, number>>;
}

export const findingsMax = 20;

/** One breach of a rule: enough to find it in the evidence and to see what should have been. */
export interface Finding {
  /** The rule's ID. */
  readonly rule: string;
  /** What was broken, in one past-tense sentence without a full stop. */
  readonly claim: string;
  /** Nanoseconds on the lab clock. */
  readonly at: number;
  /** The guilty node, when one can be named. */
  readonly node?: string;
  readonly segment?: string;
  readonly expected: string;
  readonly seen: readonly string[];
  /** `segment.pcapng#frame number`, or a file and line. */
  readonly evidence: readonly string[];
}
