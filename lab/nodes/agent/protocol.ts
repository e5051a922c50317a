/**
 * What the lab and the agent inside a guest say to each other: one JSON value a line, over a virtio-serial
 * port that works while every network wire is cut. Requests carry an ID and are answered in any order;
 * notices come unasked.
 */
export interface AgentMessage {
  readonly id: number;
  readonly request: AgentRequest;
}

export type AgentRequest =
  | { readonly op: 'ping' }
  | ExecRequest
  | {
      readonly op: 'write';
      readonly path: string;
      readonly base64: string;
      readonly mode?: number;
      readonly append?: boolean;
    }
  /** Several small files, written at once: path to content. */
  | { readonly op: 'write-all'; readonly base64: Readonly<Record<string, string>> }
  | { readonly op: 'read'; readonly path: string }
  | { readonly op: 'follow'; readonly path: string }
  | { readonly op: 'unfollow'; readonly path: string }
  | ServeRequest
  | VisitRequest
  | { readonly op: 'release'; readonly hold: string }
  | DatagramRequest
  | StreamRequest
  /** Answered when the program has taken the bytes. */
  | {
      readonly op: 'stream-input';
      readonly stream: string;
      readonly base64: string;
      readonly isLast: boolean;
    }
  | { readonly op: 'stream-taken'; readonly stream: string; readonly bytes: number }
  | { readonly op: 'stream-size'; readonly stream: string; readonly size: TerminalSize }
  | { readonly op: 'stream-signal'; readonly stream: string; readonly signal: NodeJS.Signals }
  | { readonly op: 'stream-hang-up'; readonly stream: string }
  | { readonly op: 'warm-up' }
  | { readonly op: 'await-nics'; readonly macs: readonly string[]; readonly timeoutMs: number };

export interface ExecRequest {
  readonly op: 'exec';
  readonly argv: readonly string[];
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string;
  readonly timeoutMs: number;
}

/** Answer like a web server (text with a name in it) or echo datagrams, until the guest ends. */
export interface ServeRequest {
  readonly op: 'serve';
  readonly protocol: 'http' | 'udp';
  readonly port: number;
  readonly address?: string;
  /** The body of `GET /`, and what precedes an echoed datagram. */
  readonly text: string;
}

/**
 * Connections made one after another from this guest, each with one HTTP request. The first that stays without
 * an answer ends the row.
 *
 * A held connection stays open after its answer, under `hold`, until released.
 */
export interface VisitRequest {
  readonly op: 'visit';
  readonly address: string;
  readonly port: number;
  readonly count: number;
  readonly timeoutMs: number;
  readonly path?: string;
  /** Sent as the body of a POST when above 0. */
  readonly bodyBytes?: number;
  readonly hold?: string;
  /** First local port; the following connections use the following ports. */
  readonly localPort?: number;
}

export interface DatagramRequest {
  readonly op: 'datagram';
  readonly address: string;
  readonly port: number;
  readonly bytes: number;
  readonly count: number;
  readonly timeoutMs: number;
}

/**
 * A program whose input and output go on while it runs. Answered when it runs; then come notices with what it
 * writes, and one that it has ended. What has been passed on is to be told (`stream-taken`), or it has to wait.
 */
export interface StreamRequest {
  readonly op: 'stream';
  /** Chosen by the lab, new for each stream. */
  readonly stream: string;
  readonly argv: readonly string[];
  /** Runs in a terminal of its own, where both outputs are one. */
  readonly terminal?: TerminalSize & { readonly type: string };
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export type StreamNotice =
  | {
      readonly notice: 'stream';
      readonly stream: string;
      readonly channel: 'stdout' | 'stderr';
      readonly base64: string;
    }
  | {
      readonly notice: 'stream-end';
      readonly stream: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
    };

export interface ExecAnswer {
  /** Null when a signal ended the program. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The limit passed and the program's whole process group was killed. */
  readonly timedOut: boolean;
}

export interface VisitOutcome {
  readonly localPort: number;
  /** `answered`, or the system's error code such as ECONNREFUSED, or `timeout`. */
  readonly outcome: string;
  /** The answer's body, up to its first line break. */
  readonly text: string;
  readonly milliseconds: number;
}

export type AgentReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string }
  | { readonly notice: 'follow'; readonly path: string; readonly text: string }
  | StreamNotice;
