import { read16, read32 } from './byte-order.ts';
import type { CaptureDecoder, CaptureHandler } from './capture-handler.ts';
import type { CaptureLimit } from './capture-problem.ts';
import { CapturedFrame } from './captured-frame.ts';

/*
 * Classic pcap. Source: draft-ietf-opsawg-pcap, sections 4 (file header) and 5 (packet record).
 *
 *   file header                            record header
 *    0  u32  magic number                   0  u32  seconds
 *    4  u16  major version, 2               4  u32  microseconds or nanoseconds
 *    6  u16  minor version, 4               8  u32  captured length
 *    8  u32  reserved (was time zone)      12  u32  original length
 *   12  u32  reserved (was accuracy)       16       the captured bytes, no padding
 *   16  u32  snap length
 *   20  u32  link type in bits 0 to 15, FCS length in bits 28 to 31 when bit 26 is set
 */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

export const MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const MAGIC_NANOSECONDS = 0xa1b23c4d;

/**
 * Longest frame that is believed, 256 KiB: the limit of libpcap and of Wireshark for Ethernet and IP. Classic
 * pcap has nothing to find the next record by, so a longer one means that the place in the file is lost.
 */
const FRAME_BYTES_MAX = 262_144;

export class PcapDecoder implements CaptureDecoder {
  needed = FILE_HEADER_BYTES;
  stopped = false;
  readonly #handler: CaptureHandler;
  readonly #frame = new CapturedFrame();
  readonly #littleEndian: boolean;
  readonly #fractionsPerSecond: number;
  readonly #nanosecondsPerFraction: number;
  #hasHeader = false;

  constructor(handler: CaptureHandler, littleEndian: boolean, nanoseconds: boolean) {
    this.#handler = handler;
    this.#littleEndian = littleEndian;
    this.#fractionsPerSecond = nanoseconds ? 1_000_000_000 : 1_000_000;
    this.#nanosecondsPerFraction = nanoseconds ? 1 : 1000;
  }

  consume(buffer: Uint8Array, start: number, end: number, fileOffset: number): number {
    let at = start;
    if (!this.#hasHeader) {
      if (end - at < FILE_HEADER_BYTES) return at;
      this.#readHeader(buffer, at, fileOffset);
      if (this.stopped) return at;
      at += FILE_HEADER_BYTES;
    }
    const handler = this.#handler;
    const frame = this.#frame;
    const littleEndian = this.#littleEndian;
    const fractionsPerSecond = this.#fractionsPerSecond;
    const nanosecondsPerFraction = this.#nanosecondsPerFraction;
    frame.buffer = buffer;
    while (end - at >= RECORD_HEADER_BYTES) {
      const capturedLength = read32(buffer, at + 8, littleEndian);
      if (capturedLength > FRAME_BYTES_MAX) {
        this.#stop(
          fileOffset + at - start,
          capturedLength,
          FRAME_BYTES_MAX,
          'frame-bytes-max',
          `record claims ${capturedLength} captured bytes, more than the ${FRAME_BYTES_MAX} that any frame has`,
        );
        return at;
      }
      const next = at + RECORD_HEADER_BYTES + capturedLength;
      if (next > end) {
        this.needed = RECORD_HEADER_BYTES + capturedLength;
        return at;
      }
      let seconds = read32(buffer, at, littleEndian);
      let fraction = read32(buffer, at + 4, littleEndian);
      if (fraction >= fractionsPerSecond) {
        seconds += Math.floor(fraction / fractionsPerSecond);
        fraction %= fractionsPerSecond;
      }
      frame.number++;
      frame.seconds = seconds;
      frame.nanoseconds = fraction * nanosecondsPerFraction;
      frame.offset = at + RECORD_HEADER_BYTES;
      frame.capturedLength = capturedLength;
      frame.originalLength = read32(buffer, at + 12, littleEndian);
      handler.frame(frame);
      at = next;
    }
    this.needed = RECORD_HEADER_BYTES;
    return at;
  }

  end(fileOffset: number, available: number): void {
    if (this.#hasHeader && available === 0) return;
    const part = this.#hasHeader
      ? `frame ${this.#frame.number + 1}: its ${available < RECORD_HEADER_BYTES ? 'record header' : 'record'}`
      : 'the file header';
    this.#stop(fileOffset, this.needed, available, 'file', `the file ends inside ${part}`);
  }

  #readHeader(buffer: Uint8Array, at: number, fileOffset: number): void {
    const littleEndian = this.#littleEndian;
    const major = read16(buffer, at + 4, littleEndian);
    const minor = read16(buffer, at + 6, littleEndian);
    if (major !== 2 || minor < 4) {
      // before 2.4 the two lengths could stand in the other order
      this.#stop(fileOffset + 4, 2, major, 'version', `version is ${major}.${minor}, 2.4 is read here`);
      return;
    }
    this.#hasHeader = true;
    const linkType = read32(buffer, at + 20, littleEndian) & 0xffff;
    this.#frame.linkType = linkType;
    this.#handler.section?.({
      format: 'pcap',
      byteOrder: littleEndian ? 'little-endian' : 'big-endian',
      hardware: undefined,
      os: undefined,
      application: undefined,
      comment: undefined,
    });
    this.#handler.interface?.({
      index: 0,
      linkType,
      snapLength: read32(buffer, at + 16, littleEndian),
      timeResolution: { base: 10, exponent: this.#nanosecondsPerFraction === 1 ? 9 : 6 },
      name: undefined,
      description: undefined,
      comment: undefined,
    });
  }

  #stop(offset: number, needed: number, available: number, limitedBy: CaptureLimit, text: string): void {
    this.stopped = true;
    this.#handler.problem({
      layer: 'pcap',
      offset,
      needed,
      available,
      limitedBy,
      text: `pcap at byte ${offset}: ${text}`,
    });
  }
}
