import type { LabNode } from '../nodes/node.ts';
import type { LabPlan } from '../topology/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Wires } from '../wires/wires.ts';

/** What faults act on: the part of a running lab that they need. */
export interface FaultGround {
  readonly plan: LabPlan;
  readonly trace: { readonly clock: { now(): number }; add(event: TraceEvent): void };
  readonly wires: Pick<Wires, 'impair' | 'heal' | 'link'>;
  node(name: string): { readonly machine: Pick<LabNode, FaultyMachine> };
  /** Power on, with everything that was installed on the node. */
  bringBack(node: string): Promise<void>;
  /** Starts the installed subject on a director; does nothing elsewhere. */
  startSubject(node: string): Promise<void>;
}

type FaultyMachine =
  | 'hasPower'
  | 'run'
  | 'powerCut'
  | 'freeze'
  | 'thaw'
  | 'stepClock'
  | 'setCarrier'
  | 'unplug'
  | 'plug';

/** A fault at work. */
export interface Fault {
  /** `f1`, `f2`, …: in the trace, in the record of what it does to frames, and to heal it by. */
  readonly id: string;
  /** As in reports: `primary powered off`. */
  readonly description: string;
  /** Nanoseconds on the lab clock: nothing of the fault happened before. */
  readonly injectedAt: number;
  /** Resolves when nothing of the fault is left. Does nothing when it is healed already. */
  heal(): Promise<void>;
}

/**
 * A fault that makes sense in this lab and can be injected: what it is called and how it depends on other
 * faults, as data, and what it does.
 */
export interface PreparedFault {
  readonly description: string;
  /** Absent for a fault of wires alone. */
  readonly node?: NodePart;
  /** Two faults of one kind with the same claim would be one, and healing either would heal both. */
  readonly claim?: string;
  inject(ground: FaultGround, id: string): Promise<Injected>;
}

/** What a fault has to do with the power and the execution of a node. */
export interface NodePart {
  readonly name: string;
  /** `execution` implies power. */
  readonly needs: 'power' | 'execution';
  readonly takes?: 'power' | 'execution';
  /** The node comes back without it after its power was cut. */
  readonly endsWithPower: boolean;
}

export interface Injected {
  /** When it took effect, where that is known more exactly than by the moments around the call. Lab clock, ns. */
  readonly atNs?: number;
  /** The answer is when it was gone, where that is known more exactly. */
  heal(): Promise<number | undefined>;
}
