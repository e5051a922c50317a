import { write16, write32 } from './byte-order.ts';
import { MAGIC_MICROSECONDS, MAGIC_NANOSECONDS } from './pcap-decoder.ts';

export interface PcapRecord {
  /** Whole seconds since 1970, 0 to 2^32 - 1. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly frame: Uint8Array;
  /** Length on the wire. Default: that of `frame`. */
  readonly originalLength?: number;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** Writes classic pcap, little-endian, version 2.4. Layout: `pcap-decoder.ts`. */
export class PcapEncoder {
  readonly #nanosecondsPerFraction: number;

  /** Microseconds are what every reader knows; nanoseconds have a magic number of their own. */
  constructor(resolution: 'microseconds' | 'nanoseconds') {
    this.#nanosecondsPerFraction = resolution === 'nanoseconds' ? 1 : 1000;
  }

  fileHeader(options: { readonly linkType: number; readonly snapLength: number }): Uint8Array {
    const header = new Uint8Array(FILE_HEADER_BYTES);
    write32(header, 0, this.#nanosecondsPerFraction === 1 ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
    write16(header, 4, 2);
    write16(header, 6, 4);
    write32(header, 16, options.snapLength);
    write32(header, 20, options.linkType);
    return header;
  }

  recordSize(capturedLength: number): number {
    return RECORD_HEADER_BYTES + capturedLength;
  }

  /** Returns the bytes written. A `RangeError` when `target` is too small. Allocates nothing. */
  writeRecord(target: Uint8Array, at: number, record: PcapRecord): number {
    const { frame } = record;
    const size = RECORD_HEADER_BYTES + frame.length;
    if (at + size > target.length)
      throw new RangeError(`record takes ${size} bytes, ${target.length - at} are left`);
    write32(target, at, record.seconds);
    write32(target, at + 4, Math.floor(record.nanoseconds / this.#nanosecondsPerFraction));
    write32(target, at + 8, frame.length);
    write32(target, at + 12, record.originalLength ?? frame.length);
    target.set(frame, at + RECORD_HEADER_BYTES);
    return size;
  }
}
