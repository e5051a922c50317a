import { FrameReader, prefixBytes, type TakeFrame } from './frame-reader.ts';
import type { FrameImpairment } from './impairments/frame-impairment.ts';
import type { MacEntry } from './mac-table.ts';
import type { LossReason, PortConfiguration, PortStats } from './protocol.ts';
import { SocketEnd, type SocketEndHandler } from './socket-end.ts';

/** Where frames with a certain pair of addresses go. */
export interface Route {
  readonly ports: readonly SegmentPort[];
  /** Those that can touch a frame on this way. */
  readonly impairments: readonly FrameImpairment[];
  /** Set when there is one destination and nothing is to be judged: the way of bulk traffic. */
  readonly direct: SegmentPort | undefined;
  /** Of the sender's address, to be kept young. */
  readonly source: MacEntry<SegmentPort> | undefined;
  /** The route holds while both versions do, and until this moment. */
  readonly tableVersion: number;
  readonly ownVersion: number;
  readonly untilNs: number;
}

/** One socket of a switch, with what it counts. */
export class SegmentPort {
  readonly index: number;
  readonly node: string;
  readonly nic: string;
  /** How records and messages name it: the node, with the NIC when the node has several here. */
  readonly label: string;
  readonly end: SocketEnd;
  readonly take: TakeFrame;
  reader = new FrameReader();
  isLinkUp = true;
  linkFault: string | undefined;

  /** The addresses of the last frame, as the three words that begin it, and where it went. */
  lastWord0 = 0;
  lastWord1 = 0;
  lastWord2 = 0;
  lastRoute: Route | undefined;

  /** What this turn sends here, and how much waits in the socket and in `outgoing` together. */
  outgoing: Buffer[] = [];
  waitingBytes = 0;
  isTouched = false;

  framesIn = 0;
  bytesIn = 0;
  framesOut = 0;
  bytesOut = 0;
  framingErrors = 0;
  readonly #lostTowards = new Map<LossReason, number>();
  readonly #lostFrom = new Map<LossReason, number>();

  constructor(
    index: number,
    label: string,
    configuration: PortConfiguration,
    take: (port: SegmentPort, bytes: Buffer, start: number, end: number) => void,
    handler: (port: SegmentPort) => SocketEndHandler,
  ) {
    this.index = index;
    this.node = configuration.node;
    this.nic = configuration.nic;
    this.label = label;
    this.take = (bytes, start, end) => take(this, bytes, start, end);
    this.end = new SocketEnd(configuration.socketPath, handler(this));
  }

  countLostTowards(reason: LossReason): void {
    this.#lostTowards.set(reason, (this.#lostTowards.get(reason) ?? 0) + 1);
  }

  countLostFrom(reason: LossReason): void {
    this.#lostFrom.set(reason, (this.#lostFrom.get(reason) ?? 0) + 1);
  }

  /** A slice with one or more frames, their lengths before them. */
  push(slice: Buffer, frames: number): void {
    this.outgoing.push(slice);
    this.framesOut += frames;
    this.bytesOut += slice.length - frames * prefixBytes;
  }

  send(): void {
    this.isTouched = false;
    const pieces = this.outgoing;
    if (pieces.length === 0) return;
    this.outgoing = [];
    this.end.send(pieces);
  }

  get stats(): PortStats {
    return {
      node: this.node,
      nic: this.nic,
      isConnected: this.end.isConnected,
      isLinkUp: this.isLinkUp,
      connections: this.end.connections,
      framesIn: this.framesIn,
      bytesIn: this.bytesIn,
      framesOut: this.framesOut,
      bytesOut: this.bytesOut,
      unsentBytes: this.end.unsentBytes,
      lostTowards: Object.fromEntries(this.#lostTowards),
      lostFrom: Object.fromEntries(this.#lostFrom),
      framingErrors: this.framingErrors,
    };
  }
}
