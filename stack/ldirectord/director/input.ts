import type { CheckOutcome } from '../checks/check.ts';
import type { Config } from '../config/model.ts';
import type { ObservedTable } from '../table/table.ts';

/** What became of the commands of one `program-table` effect. */
export type ProgramResult =
  | { readonly kind: 'batch'; readonly ok: boolean; readonly text: string }
  | {
      readonly kind: 'one-by-one';
      readonly results: readonly { readonly ok: boolean; readonly text: string }[];
    };

/** What the director is told. */
export type Input =
  /** Time has passed. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'check-result'; readonly run: number; readonly outcome: CheckOutcome }
  | { readonly kind: 'table-read'; readonly table: ObservedTable }
  /** `table` was read after the commands ran. */
  | { readonly kind: 'table-programmed'; readonly table: ObservedTable; readonly result: ProgramResult }
  /** Answer to `look-at-config`. */
  | { readonly kind: 'config-seen'; readonly text: string }
  /** Answers to `load-config`. `notes` are lines for the log. */
  | {
      readonly kind: 'config-loaded';
      readonly config: Config;
      readonly text: string;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'config-refused'; readonly text: string | undefined; readonly notes: readonly string[] }
  | { readonly kind: 'reload-signal' }
  /** `name` without SIG. */
  | { readonly kind: 'stop-signal'; readonly name: string };
