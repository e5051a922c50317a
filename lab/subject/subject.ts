import type { RecordedNode } from '../recorded-node.ts';
import type { LabPlan, PlannedNode } from '../topology/plan.ts';

/**
 * What a vendor writes, and all that a vendor writes: how their stack gets onto a node, how the cluster's
 * intent is put in their words, how it starts and stops. The required core is small; what is optional is a
 * member of its own, so that "has it" and "does it" cannot disagree.
 */
export interface Subject {
  /** In reports and on the command line. */
  readonly name: string;
  readonly version: string;

  /** What a node of the cluster gets before anything starts. Pure, so that it can be reviewed as text. */
  setUp(intent: NodeIntent): NodeSetUp;

  /** Puts programs on a node: copies a package, runs its installer. Absent when the guest image has them. */
  install?(node: RecordedNode, intent: NodeIntent): Promise<void>;

  /** Starts the stack on a director. Ready is when the kernel's table is the intended one; the lab watches that. */
  start(node: RecordedNode, intent: NodeIntent): Promise<void>;

  /** Stops the stack on a director and resolves when it is gone. */
  stop(node: RecordedNode, intent: NodeIntent): Promise<void>;

  /** Tells the neighbours that a virtual address lives here now, by gratuitous ARP. */
  readonly announce?: (node: RecordedNode, address: string, device: string) => Promise<void>;

  /** Files on a director that belong to the evidence. */
  readonly logFiles: readonly string[];

  /** Requirement ID → why this subject differs. Reported as waived, and still run. */
  readonly knownDeviations?: Readonly<Record<string, string>>;
}

/** One node's part in the cluster that the topology describes. */
export interface NodeIntent {
  readonly plan: LabPlan;
  readonly node: PlannedNode;
  readonly timing: Timing;
}

/** How often real servers are checked, in seconds: the granularity of ldirectord.cf. */
export interface Timing {
  readonly checkInterval: number;
  readonly checkTimeout: number;
}

export const defaultTiming: Timing = { checkInterval: 2, checkTimeout: 3 };

export interface NodeSetUp {
  readonly addresses: readonly SetUpAddress[];
  /** Name to value, written in this order. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly files: readonly { readonly path: string; readonly text: string; readonly mode: number }[];
}

export interface SetUpAddress {
  readonly address: string;
  readonly prefixLength: number;
  readonly device: string;
}

export const nothingToSetUp: NodeSetUp = { addresses: [], sysctls: {}, routes: [], files: [] };
