import type { Impairment } from './impairments/spec.ts';

/**
 * What the owner and the wires' process say to each other: one JSON value a line on stdin and stdout. The
 * first line in is the configuration, the first line out is `Ready`; then each request has one answer.
 */

export interface PortConfiguration {
  readonly node: string;
  readonly nic: string;
  /** As configured in the node: the record knows the node by it. */
  readonly mac: string;
  /** Unix socket made and listened on by the wires; QEMU connects with `-netdev stream,server=off`. */
  readonly socketPath: string;
}

export interface SegmentConfiguration {
  readonly name: string;
  readonly description?: string;
  /** Largest payload of a frame in bytes. Default 1500. */
  readonly mtu?: number;
  readonly ports: readonly PortConfiguration[];
}

export interface CableEndConfiguration {
  readonly node: string;
  /** As the node calls it, such as `ttyS1`. */
  readonly device: string;
  readonly socketPath: string;
}

export interface CableConfiguration {
  readonly name: string;
  readonly description?: string;
  /** Paces the line at ten bits a byte. Without it bytes pass at once. */
  readonly baud?: number;
  readonly ends: readonly [CableEndConfiguration, CableEndConfiguration];
}

/** Names for addresses in the record. The nodes' names for their own Ethernet addresses are added. */
export interface RecordNames {
  readonly ipv4: readonly { readonly address: string; readonly name: string }[];
  readonly mac: readonly { readonly address: string; readonly name: string }[];
}

export interface Limits {
  /** Unsent bytes that may wait for one port. Default 8 MiB: 170 ms at the 374 Mbit/s a guest pair reached. */
  readonly portQueueBytes: number;
  /** Unsent bytes that may wait for one end of a cable. Default 64 KiB. */
  readonly cableQueueBytes: number;
  /** Bytes of delayed frames in flight over all wires. Default 64 MiB. */
  readonly delayedBytes: number;
  /** Recorded bytes of one wire that may wait for the disk. Default 64 MiB. */
  readonly recordQueueBytes: number;
  /** Unsent bytes after which a tap's reader is disconnected. Default 16 MiB. */
  readonly tapQueueBytes: number;
}

export interface WiresConfiguration {
  readonly segments: readonly SegmentConfiguration[];
  readonly cables: readonly CableConfiguration[];
  /** Receives `<wire>.pcapng`, `fates.jsonl`, `stalls.jsonl` and `marks.jsonl`; exists already. */
  readonly recordDirectory: string;
  /** Receives `<wire>.tap`; exists already. Default: the record directory. */
  readonly tapDirectory?: string;
  /** CLOCK_MONOTONIC in nanoseconds, decimal, at which the lab clock is 0. */
  readonly originMonotonicNs: string;
  /** The wall clock at that moment, nanoseconds since 1970, decimal. */
  readonly originEpochNs: string;
  /** Seeds every random draw of every impairment. */
  readonly seed: number;
  /** Comment of every section header in the record. */
  readonly comment?: string;
  readonly names?: RecordNames;
  readonly limits?: Partial<Limits>;
}

export type Ready =
  | { readonly ready: true; readonly pid: number }
  | { readonly ready: false; readonly errors: readonly Refusal[] };

export type RefusalCode =
  | 'bad-configuration'
  | 'bad-request'
  | 'unknown-wire'
  | 'unknown-node'
  | 'unknown-nic'
  | 'unknown-fault'
  | 'fault-in-use'
  | 'not-possible'
  | 'system';

export interface Refusal {
  readonly code: RefusalCode;
  readonly text: string;
}

export interface LinkChange {
  readonly node: string;
  readonly nic: string;
  readonly state: 'up' | 'down';
  /** Named in the record for what is lost while the link is down. */
  readonly fault?: string;
}

export type Operation =
  | { readonly op: 'impair'; readonly impairment: Impairment }
  | { readonly op: 'heal'; readonly fault: string }
  | { readonly op: 'link'; readonly link: LinkChange }
  | { readonly op: 'flush' }
  | { readonly op: 'stats' }
  | { readonly op: 'mark'; readonly text: string }
  | { readonly op: 'stop' };

export type Request = Operation & { readonly id: number };

/** When the request took effect, in nanoseconds on the lab clock. */
export interface Moment {
  readonly atNs: number;
}

/** How far a wire's file reaches. */
export interface WirePosition {
  /** Frames in the file; the last one has this number. */
  readonly frames: number;
  readonly fileBytes: number;
  /** False when frames are missing from the record: then "absent" proves nothing. */
  readonly isComplete: boolean;
  readonly lostFromRecord: number;
}

export interface RecordPosition extends Moment {
  readonly wires: Readonly<Record<string, WirePosition>>;
}

/** The number of the last frame of each wire when the mark was set; 0 before the first. */
export interface Mark extends Moment {
  readonly frames: Readonly<Record<string, number>>;
}

export type LossReason =
  | 'cut'
  | 'block'
  | 'loss'
  | 'drop'
  | 'rate'
  | 'link-down'
  | 'mtu'
  | 'runt'
  | 'queue-full'
  | 'delay-queue-full'
  | 'not-connected';

export interface PortStats {
  readonly node: string;
  /** The NIC on a segment, the device on a cable. */
  readonly nic: string;
  readonly isConnected: boolean;
  readonly isLinkUp: boolean;
  readonly connections: number;
  /** Frames and bytes that came from the node. On a cable `frames` counts the pieces they came in. */
  readonly framesIn: number;
  readonly bytesIn: number;
  /** Frames and bytes handed to the node's socket. */
  readonly framesOut: number;
  readonly bytesOut: number;
  readonly unsentBytes: number;
  /** Frames that did not go out to this port. On a cable bytes. */
  readonly lostTowards: Readonly<Partial<Record<LossReason, number>>>;
  /** Frames from this port that went nowhere at all: too short, too large. */
  readonly lostFrom: Readonly<Partial<Record<LossReason, number>>>;
  /** Connections ended because the length before a frame made no sense. */
  readonly framingErrors: number;
}

export interface WireStats extends WirePosition {
  readonly kind: 'segment' | 'cable';
  readonly ports: readonly PortStats[];
  readonly learnedMacs: number;
  readonly macMoves: number;
  readonly taps: {
    readonly connected: number;
    readonly disconnectedSlow: number;
    readonly framesUnsent: number;
  };
  /** Why the record ended early: the disk's own words. */
  readonly recordError?: string;
}

export interface ImpairmentStats {
  readonly fault: string;
  readonly wire: string;
  /** Frames that went the impaired way and matched; on a cable bytes. */
  readonly matched: number;
  /** Those that something was done to. */
  readonly affected: number;
}

/** The lab's own trouble. What is a maximum or a sum counts since the last `stats`. */
export interface StallStats {
  readonly eventLoopDelayMs: { readonly mean: number; readonly p99: number; readonly max: number };
  readonly turnGapMaxMs: number;
  readonly stallsOver20Ms: number;
  /** Delayed frames: how late after their due moment, at most. */
  readonly deliveryLatenessMaxMs: number;
  /** How long this process waited for a processor while it could have run; /proc/self/schedstat. */
  readonly runQueueWaitMs?: number;
  /** Some task of the host waited for a processor this long; /proc/pressure/cpu. */
  readonly hostPressureMs?: number;
  /** Taken by the hypervisor, all processors together; /proc/stat. */
  readonly stealMs?: number;
}

export interface WiresStats extends Moment {
  readonly wires: Readonly<Record<string, WireStats>>;
  readonly impairments: readonly ImpairmentStats[];
  readonly stalls: StallStats;
  readonly delayedFrames: number;
  readonly lostFromFates: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly niceness: number;
}

export type AnswerOf = {
  readonly impair: Moment;
  readonly heal: Moment;
  readonly link: Moment;
  readonly flush: RecordPosition;
  readonly stats: WiresStats;
  readonly mark: Mark;
  readonly stop: RecordPosition;
};

export type Response =
  | ({ readonly id: number; readonly ok: true } & Moment)
  | { readonly id: number; readonly ok: false; readonly error: Refusal };

/** A line of `fates.jsonl`: what befell a frame, or the bytes of a cable, on the way to one node. */
export interface Fate {
  /** When the frame came in; for what is decided on delivery, that moment. Lab clock. */
  readonly atNs: number;
  readonly wire: string;
  /** Its number in the wire's file, from 1; null when the record lost it. */
  readonly frame: number | null;
  readonly from: string;
  /** Null when no destination was chosen yet. */
  readonly to: string | null;
  readonly fate: 'lost' | 'delayed' | 'held' | 'duplicated' | 'corrupted' | 'copy';
  readonly reason?: LossReason;
  readonly fault?: string;
  /** What the impairments added before delivery. */
  readonly delayNs?: number;
  /** The frame a copy was made of. */
  readonly of?: number | null;
  /** On a cable: which bytes of the recorded piece, from 0. */
  readonly bytes?: { readonly from: number; readonly count: number };
}

/** A line of `stalls.jsonl`: the wires did nothing from `beginNs` on. */
export interface Stall {
  readonly beginNs: number;
  readonly lengthNs: number;
}
