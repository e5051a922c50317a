import type { CheckSpec } from '../checks/check.ts';
import type { Command } from '../table/command.ts';
import type { Maintenance } from './check-plan.ts';

/** What the director asks for. Effects are begun in order; those that take time report back as inputs. */
export type Effect =
  | {
      readonly kind: 'start-check';
      readonly run: number;
      readonly spec: CheckSpec;
      readonly maintenance: Maintenance | undefined;
    }
  | { readonly kind: 'cancel-check'; readonly run: number }
  | { readonly kind: 'read-table' }
  /** In one go, or each by itself so that each failure has its own text. The table is read afterwards. */
  | { readonly kind: 'program-table'; readonly commands: readonly Command[]; readonly oneByOne: boolean }
  | { readonly kind: 'log'; readonly text: string }
  | {
      readonly kind: 'append-monitor';
      readonly path: string;
      readonly realId: string;
      readonly isUp: boolean;
      readonly message: string;
    }
  | {
      readonly kind: 'run-fallback-command';
      readonly command: string;
      readonly action: 'start' | 'stop';
      readonly virtual: string;
      readonly protocol: string;
    }
  | { readonly kind: 'look-at-config' }
  | { readonly kind: 'load-config' }
  | { readonly kind: 'run-callback'; readonly command: string; readonly configFile: string }
  | { readonly kind: 'run-instance'; readonly name: string; readonly action: 'start' | 'stop' | 'reload' }
  /** The first table is written, as far as the kernel allowed: the command `start` may return. */
  | { readonly kind: 'ready'; readonly failures: readonly string[] }
  /** `reasons` are for whoever waits for `start`. */
  | { readonly kind: 'exit'; readonly code: number; readonly reasons: readonly string[] };
