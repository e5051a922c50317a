import type { Duration, Instant } from '../../time.ts';
import { type Config, type RealServer, type VirtualService, virtualId } from '../config/model.ts';
import type { Command } from '../table/command.ts';
import { forcedPort } from '../table/forced-port.ts';
import type { Knowledge } from '../table/knowledge.ts';
import { destinationKey, type WantedTable } from '../table/table.ts';
import type { CheckPlan } from './check-plan.ts';
import type { ServerHealth } from './server-health.ts';

export interface ServerState extends ServerHealth {
  /** Whether a quiesced server has had its entry: it is not entered again unless readdquiescent says so. */
  readonly wasEntered: boolean;
}

/** A check that serves one or more real servers. */
export interface CheckState {
  readonly plan: CheckPlan;
  /** Which servers its outcome is for. */
  readonly users: readonly { readonly virtual: VirtualService; readonly server: RealServer }[];
  /** Connects before the next negotiate. */
  readonly connectsLeft: number;
  /** When it starts next; `undefined` while it runs. */
  readonly dueAt: Instant | undefined;
  /** Number of the run under way. */
  readonly run: number | undefined;
}

/** What is being done with the kernel's table. At most one thing at a time. */
export type TableWork =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading' }
  | {
      readonly kind: 'programming';
      readonly commands: readonly Command[];
      readonly oneByOne: boolean;
    };

export interface State {
  readonly phase: 'starting' | 'running' | 'stopping' | 'stopped';
  /** Why the daemon stops. */
  readonly stopSignal: string | undefined;
  readonly config: Config;
  /** By `serverId`. */
  readonly servers: ReadonlyMap<string, ServerState>;
  /** By `checkKey`. */
  readonly checks: ReadonlyMap<string, CheckState>;
  readonly nextRun: number;
  /** What the fallback command of a virtual service was last told, by `virtualId`. */
  readonly toldFallback: ReadonlyMap<string, 'start' | 'stop'>;
  /** Services of an earlier configuration that must go. */
  readonly removed: WantedTable['removed'];
  readonly knowledge: Knowledge;
  readonly work: TableWork;
  /** When the changes gathered so far are written; `undefined` when there are none. */
  readonly programAt: Instant | undefined;
  /**
   * Command lines that failed on their own, with what was said. They were reported, and are tried once a
   * pass without words.
   */
  readonly failing: ReadonlyMap<string, string>;
  /** When the kernel's table is read again. */
  readonly passAt: Instant;
  /** When the configuration file is looked at again. */
  readonly lookAt: Instant;
  /** What the configuration file held when it was last put in force, ignored or refused. */
  readonly configText: string;
  /** Another text that was seen once: the file may still be being written. */
  readonly candidate: string | undefined;
}

/** Key of a real server. The entry in the table tells servers apart, so that other settings may change. */
export function serverId(virtual: VirtualService, server: RealServer): string {
  const port = forcedPort(virtual.address, server);
  return `${virtualId(virtual)} ${destinationKey({ address: server.address, port })}`;
}

/**
 * Time during which changes are gathered before they are written. Outcomes of checks that were started
 * together come a few milliseconds apart, and each writing costs a fork.
 */
export const gatherTime = 20 as Duration;

/** How often the configuration file is looked at; it counts as changed when two looks in a row agree. */
export const lookInterval = 1000 as Duration;
