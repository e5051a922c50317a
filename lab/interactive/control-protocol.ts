import { LabError, type LabErrorCode } from '../errors.ts';
import type { TerminalSize } from '../nodes/agent/protocol.ts';
import type { LabStatus } from './lab-status.ts';

/*
 * What a command and the owner of a lab say to each other over the owner's socket, one JSON value a line. A
 * connection carries one request and its answer; `exec` opens a session, which goes on until the program ends.
 */

export type ControlRequest =
  | { readonly op: 'status' }
  | { readonly op: 'down' }
  | { readonly op: 'fault'; readonly words: readonly string[] }
  /** An id, `all`, or nothing for the only one that is active. */
  | { readonly op: 'heal'; readonly which?: string }
  | { readonly op: 'wire'; readonly name: string }
  | ExecSession;

export interface ExecSession {
  readonly op: 'exec';
  readonly node: string;
  readonly argv: readonly string[];
  readonly terminal?: TerminalSize & { readonly type: string };
}

export interface FaultInfo {
  readonly id: string;
  readonly description: string;
  /** Lab clock, milliseconds. */
  readonly injectedAtMs: number;
}

/** How to read a wire as it goes. */
export interface WireInfo {
  readonly tapPath: string;
  readonly kind: 'segment' | 'line';
  /** The wall clock at zero of the lab clock, nanoseconds since 1970, decimal. */
  readonly originEpochNs: string;
  /** Of a line: TX is from the first to the second. */
  readonly ends: readonly string[];
  /** Address to name. */
  readonly names: Readonly<Record<string, string>>;
}

export interface ControlAnswers {
  readonly status: LabStatus;
  readonly down: null;
  readonly fault: FaultInfo;
  readonly heal: readonly FaultInfo[];
  readonly wire: WireInfo;
  /** The program runs. */
  readonly exec: null;
}

export type ControlReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CarriedError };

/** In a session, to the owner. Input is in base64. */
export type SessionInput =
  | { readonly input: string }
  | { readonly inputEnds: true }
  | { readonly size: TerminalSize }
  | { readonly signal: NodeJS.Signals };

/** In a session, from the owner. */
export type SessionOutput =
  | { readonly output: string; readonly channel: 'stdout' | 'stderr' }
  /** The program has taken this many bytes of input. */
  | { readonly taken: number }
  | { readonly ended: { readonly exitCode: number | null; readonly signal: string | null } }
  | { readonly failed: CarriedError };

export interface CarriedError {
  readonly message: string;
  readonly code?: LabErrorCode;
  readonly node?: string;
  readonly evidence?: readonly string[];
  /** Of an error that came after another: the first one. */
  readonly suppressed?: CarriedError;
  readonly stack?: string;
}

export function carryError(error: unknown): CarriedError {
  if (error instanceof SuppressedError) {
    return { ...carryError(error.error), suppressed: carryError(error.suppressed) };
  }
  if (error instanceof LabError) {
    const { message, code, node, evidence } = error;
    return { message, code, evidence, ...(node === undefined ? {} : { node }) };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

export function receivedError({ suppressed, ...carried }: CarriedError): Error {
  const { message, code, node, evidence = [], stack } = carried;
  const error =
    code === undefined
      ? Object.assign(new Error(message), stack === undefined ? {} : { stack })
      : new LabError(code, message, { evidence, ...(node === undefined ? {} : { node }) });
  return suppressed === undefined ? error : new SuppressedError(error, receivedError(suppressed));
}
