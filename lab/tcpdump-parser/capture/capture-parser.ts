import * as byteOrder from './byte-order.ts';
import type { CaptureDecoder, CaptureHandler } from './capture-handler.ts';
import { MAGIC_MICROSECONDS, MAGIC_NANOSECONDS, PcapDecoder } from './pcap-decoder.ts';
import { SECTION_HEADER_BLOCK } from './pcapng-blocks.ts';
import { PcapngDecoder } from './pcapng-decoder.ts';

const MAGIC_BYTES = 4;

/** Magic numbers that look like a capture and are not read here. Source: libpcap's list in sf-pcap.c. */
const FOREIGN_MAGIC: ReadonlyMap<number, string> = new Map([
  [
    0xa1b2cd34,
    'Kuznetzov\'s modified pcap, whose record header has more fields; convert it with "editcap -F pcap"',
  ],
  [0xa1b234cd, 'a modified pcap, whose record header has more fields; convert it with "editcap -F pcap"'],
  [0xa12b3c4d, 'Navtel\'s modified pcap; convert it with "editcap -F pcap"'],
]);
const GZIP = 0x1f8b;
const ZSTANDARD = 0x28b52ffd;

/**
 * Reads a capture of either format from pieces cut anywhere. Memory stays at one record: a frame that lies whole
 * in a piece is handed on where it lies, and only a record cut by the end of a piece is copied together.
 */
export class CaptureParser {
  readonly #handler: CaptureHandler;
  #decoder: CaptureDecoder | undefined;
  #stopped = false;
  /** Position in the file of the first byte that no decoder has taken. */
  #fileOffset = 0;
  #spill = new Uint8Array(4096);
  #spillLength = 0;

  constructor(handler: CaptureHandler) {
    this.#handler = handler;
  }

  /** `bytes` may be reused as soon as this returns. What the handler throws passes through and ends the parser. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (this.#spillLength > 0 && at < bytes.length && !this.#stopped) {
      const needed = this.#decoder === undefined ? MAGIC_BYTES : this.#decoder.needed;
      const take = Math.min(Math.max(needed - this.#spillLength, 1), bytes.length - at);
      this.#keep(bytes, at, at + take);
      at += take;
      if (this.#spillLength < needed) return;
      const used = this.#consume(this.#spill, 0, this.#spillLength);
      // What a decoder needs is what it takes: all that was kept, or nothing until it knows that it needs more.
      if (used > 0) this.#spillLength = 0;
    }
    if (at === bytes.length || this.#stopped) return;
    at = this.#consume(bytes, at, bytes.length);
    if (!this.#stopped) this.#keep(bytes, at, bytes.length);
  }

  /** The file is complete. Reports what was cut off. */
  end(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#decoder !== undefined) this.#decoder.end(this.#fileOffset, this.#spillLength);
    else {
      const found = this.#spillLength === 0 ? 'the file is empty' : `the file has ${this.#spillLength} bytes`;
      this.#refuse(MAGIC_BYTES, this.#spillLength, 'file', `${found}: neither pcap nor pcapng`);
    }
  }

  #consume(buffer: Uint8Array, start: number, end: number): number {
    this.#decoder ??= this.#recognise(buffer, start, end);
    if (this.#decoder === undefined) return start;
    const used = this.#decoder.consume(buffer, start, end, this.#fileOffset);
    this.#fileOffset += used - start;
    this.#stopped = this.#decoder.stopped;
    return used;
  }

  #recognise(buffer: Uint8Array, start: number, end: number): CaptureDecoder | undefined {
    if (end - start < MAGIC_BYTES) return undefined;
    const little = byteOrder.read32(buffer, start, true);
    const big = byteOrder.read32(buffer, start, false);
    if (big === SECTION_HEADER_BLOCK) return new PcapngDecoder(this.#handler);
    for (const [magic, littleEndian] of [
      [little, true],
      [big, false],
    ] as const) {
      if (magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS) {
        return new PcapDecoder(this.#handler, littleEndian, magic === MAGIC_NANOSECONDS);
      }
    }
    this.#stopped = true;
    const foreign = FOREIGN_MAGIC.get(little) ?? FOREIGN_MAGIC.get(big);
    const compressed =
      big >>> 16 === GZIP || big === ZSTANDARD ? 'a compressed file; decompress it first' : undefined;
    const hex = big.toString(16).padStart(8, '0');
    const what = foreign ?? compressed ?? 'neither pcap nor pcapng';
    this.#refuse(MAGIC_MICROSECONDS, big, 'magic', `the file begins with ${hex}: ${what}`);
    return undefined;
  }

  #refuse(needed: number, available: number, limitedBy: 'file' | 'magic', text: string): void {
    this.#handler.problem({ layer: 'pcap', offset: 0, needed, available, limitedBy, text });
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#spillLength + to - from;
    if (length > this.#spill.length) {
      const larger = new Uint8Array(Math.max(length, this.#spill.length * 2));
      larger.set(this.#spill.subarray(0, this.#spillLength));
      this.#spill = larger;
    }
    this.#spill.set(bytes.subarray(from, to), this.#spillLength);
    this.#spillLength = length;
  }
}
