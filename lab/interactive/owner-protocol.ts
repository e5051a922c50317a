import type { Accelerator } from '../nodes/qemu/command-line.ts';
import type { LabPlan } from '../topology/plan.ts';
import type { CarriedError } from './control-protocol.ts';
import type { LabStatus } from './lab-status.ts';

/** The first line on the owner's standard input, which stays open until the lab is ready: its end is the order to end. */
export interface OwnerOrder {
  /** Default: the topology's, with a number when that is taken. */
  readonly name?: string;
  readonly plan: LabPlan;
  /** File of the subject; null for machines alone. */
  readonly subject: string | null;
  readonly accelerator?: Accelerator;
  readonly seed: number;
}

/** What the owner says on its standard output, one a line, until the lab is ready. */
export type OwnerNews =
  | { readonly progress: string }
  | { readonly ready: LabStatus }
  | { readonly failed: CarriedError };
