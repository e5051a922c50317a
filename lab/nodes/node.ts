import type { AgentStream, StreamOptions } from './agent/agent-stream.ts';
import type {
  DatagramRequest,
  ExecAnswer,
  ServeRequest,
  VisitOutcome,
  VisitRequest,
} from './agent/protocol.ts';

/**
 * What a machine of the lab can do, whatever it is made of. A test that needs a capability which a node
 * lacks is skipped with that as the reason.
 */
export const capabilities = [
  'ipvs', // the kernel balances connections
  'drbd', // the kernel replicates disks
  'serial', // null-modem cables
  'power', // the plug can be pulled
  'freeze', // execution can be stopped and go on
  'clock', // the clock of one node can be stepped
  'hotplug', // NICs come and go
] as const;
export type Capability = (typeof capabilities)[number];

export interface NodeNic {
  /** As the node calls it, `eth0`. */
  readonly name: string;
  readonly mac: string;
  /** Address with prefix length. */
  readonly cidr: string;
  readonly mtu: number;
  /** The wire's end: a Unix socket that the segment listens on. */
  readonly socketPath: string;
}

/** How a node is set up before any subject is installed. Data: made from the topology by a pure function. */
export interface NodeSpec {
  readonly name: string;
  readonly memoryMb: number;
  readonly nics: readonly NodeNic[];
  readonly gateway?: string;
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly forwards: boolean;
  readonly hosts: string;
  /** Sockets of the cables in ttyS1 and ttyS2. */
  readonly serialSockets: readonly (string | undefined)[];
}

export interface RunOptions {
  /** Milliseconds; the program's whole process group is killed then. */
  readonly within?: number;
  readonly input?: string;
}

export type RunResult = ExecAnswer;

/**
 * One machine. Control is out of band: all of this works while every wire is cut. A method rejects with a
 * `LabError` when the machine is gone or does not answer; a program that fails is a result, not an error.
 */
export interface LabNode extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** False after a power cut, and when the machine ended by itself. */
  readonly hasPower: boolean;

  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a program whose input and output stay open while it runs, for as long as it runs. */
  stream(argv: readonly string[], options: StreamOptions): Promise<AgentStream>;
  put(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): Promise<void>;
  get(path: string): Promise<Buffer>;
  /** Everything in the file and what is added later, until the returned handle is disposed. */
  follow(path: string, onText: (text: string) => void): Promise<AsyncDisposable>;

  /** A real server's service, for the rest of the node's life. */
  serve(request: Omit<ServeRequest, 'op'>): Promise<void>;
  /** Connections from this node, one after another. */
  visit(request: Omit<VisitRequest, 'op'>): Promise<readonly VisitOutcome[]>;
  /** Closes connections that a visit held. */
  release(hold: string): Promise<number>;
  exchangeDatagrams(request: Omit<DatagramRequest, 'op'>): Promise<readonly VisitOutcome[]>;

  /** The plug is pulled: no shutdown, no last packet. */
  powerCut(): Promise<void>;
  /** Power on after a cut, as a machine that was just installed. */
  powerOn(): Promise<void>;
  /** Execution stops; the guest's own clocks stop with it. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Power cut and power on. */
  reset(): Promise<void>;
  stepClock(byMs: number): Promise<void>;
  /** The carrier that the NIC sees. It outlasts a power cut, as a pulled cable does; the wire's end is not touched. */
  setCarrier(nic: string, state: 'up' | 'down'): Promise<void>;
  /** Takes the NIC out of the machine; its addresses go with it. It stays out over a power cut. */
  unplug(nic: string): Promise<void>;
  /** Puts a NIC in, with its configured address, and brings it up. Another MAC makes it another card. */
  plug(nic: string, options?: { readonly mac?: string }): Promise<void>;
}
