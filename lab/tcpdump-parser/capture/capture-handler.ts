import type { CaptureProblem } from './capture-problem.ts';
import type { CapturedFrame } from './captured-frame.ts';

/** The start of a file, or of a further section of a pcapng file. */
export interface SectionInfo {
  readonly format: 'pcap' | 'pcapng';
  readonly byteOrder: 'little-endian' | 'big-endian';
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  readonly application: string | undefined;
  readonly comment: string | undefined;
}

export interface InterfaceInfo {
  /** Position among all interfaces of the file, from 0. */
  readonly index: number;
  readonly linkType: number;
  /** Longest capture of one frame in bytes; 0 means no limit. */
  readonly snapLength: number;
  /** Ticks per second are this base to the power of `exponent`. */
  readonly timeResolution: { readonly base: 2 | 10; readonly exponent: number };
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly comment: string | undefined;
}

/** Names for addresses, as the writer of the capture knew them. */
export interface NameRecords {
  readonly ipv4: readonly { readonly address: number; readonly names: readonly string[] }[];
  readonly ipv6: readonly { readonly address: string; readonly names: readonly string[] }[];
  readonly ethernet: readonly { readonly address: number; readonly names: readonly string[] }[];
}

/** Counters since the start of the capture; undefined where the writer did not count. */
export interface InterfaceStatistics {
  readonly interfaceIndex: number;
  readonly received: number | undefined;
  /** Frames lost for want of resources: a frame that is absent then proves nothing. */
  readonly droppedByInterface: number | undefined;
  readonly droppedBySystem: number | undefined;
}

/**
 * What a `CaptureParser` calls, in the order of the file and before `push` or `end` returns. Bytes given to
 * `frame` are valid during that call only.
 */
export interface CaptureHandler {
  section?(info: SectionInfo): void;
  /** Comes before the first frame of that interface; also for classic pcap, which has exactly one. */
  interface?(info: InterfaceInfo): void;
  names?(records: NameRecords): void;
  statistics?(statistics: InterfaceStatistics): void;
  frame(frame: CapturedFrame): void;
  /** The parser goes on after a problem inside one block, and stops when it no longer knows where the next begins. */
  problem(problem: CaptureProblem): void;
}

/**
 * One format. `consume` takes whole records from `buffer` between `start` and `end`, and returns the position
 * of the first byte that it did not take; it wants `needed` bytes from there before it can go on.
 */
export interface CaptureDecoder {
  readonly needed: number;
  readonly stopped: boolean;
  consume(buffer: Uint8Array, start: number, end: number, fileOffset: number): number;
  /** The file has ended, with `available` bytes left that `consume` did not take. */
  end(fileOffset: number, available: number): void;
}
