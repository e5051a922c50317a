import type { Duration } from '../../time.ts';
import type { Family } from '../address.ts';
import type { CheckService } from '../config/model.ts';

/** What a negotiate check needs to know; each service uses its part. */
export interface NegotiateSpec {
  readonly kind: 'negotiate';
  readonly service: CheckService;
  readonly protocol: 'tcp' | 'udp' | 'fwm';
  readonly address: string;
  readonly port: number;
  /** Begins with a slash, or is a complete URL. */
  readonly request: string;
  /** A regular expression in Perl's spelling; empty accepts anything. */
  readonly receive: string;
  readonly httpMethod: 'GET' | 'HEAD';
  readonly virtualHost?: string;
  readonly login?: string;
  readonly password?: string;
  readonly database?: string;
  readonly secret?: string;
  readonly timeout: Duration;
}

export interface ConnectSpec {
  readonly kind: 'connect';
  readonly address: string;
  readonly port: number;
  readonly timeout: Duration;
}

export interface PingSpec {
  readonly kind: 'ping';
  readonly address: string;
  readonly family: Family;
  /** Any answer to any attempt is enough. */
  readonly attempts: number;
  /** Of each attempt. */
  readonly timeout: Duration;
}

export interface ExternalSpec {
  readonly kind: 'external';
  readonly command: string;
  /** Virtual address or mark, virtual port, real address, real port. */
  readonly args: readonly string[];
  readonly timeout: Duration;
}

/** One check of one real server, complete: two equal specs have equal outcomes. */
export type CheckSpec = NegotiateSpec | ConnectSpec | PingSpec | ExternalSpec;

/** What a check found. `message` is for the monitor file. */
export interface CheckOutcome {
  readonly verdict: 'up' | 'down' | 'maintenance';
  readonly message: string;
  /** A line for the log. */
  readonly notice?: string;
}

/** Programs that checks start. */
export interface CheckTools {
  /** Sends ICMP echo requests; takes the options of iputils. */
  readonly ping: string;
}

/**
 * Carries out a check. When `signal` aborts, the time is over: the check lets go of everything it holds;
 * its outcome is no longer looked at. A rejection counts as down, with the error's message.
 */
export type Check<Spec extends CheckSpec> = (
  spec: Spec,
  signal: AbortSignal,
  tools: CheckTools,
) => Promise<CheckOutcome>;

export const up = (message = 'Success'): CheckOutcome => ({ verdict: 'up', message });

export const down = (message: string): CheckOutcome => ({ verdict: 'down', message });

/** The longest a check may take before it counts as down. */
export function timeLimit(spec: CheckSpec): Duration {
  return spec.kind === 'ping' ? ((spec.timeout * spec.attempts) as Duration) : spec.timeout;
}
