/*
 * pcapng, draft-ietf-opsawg-pcapng-05, section 3.1: every block begins with its type and its total length, both in
 * the byte order that the section's header tells.
 */
const SECTION_HEADER = 0x0a0d0d0a; // 4.1; the same in either byte order
const ENHANCED_PACKET = 6; // 4.3
const BYTE_ORDER_MAGIC = 0x1a2b3c4d; // 4.1, at offset 8
const HEADER_BYTES = 12;

/**
 * Cuts a capture that comes in pieces at its blocks, so that what is passed on can be read whenever it ends, and
 * ends after so many frames where a number is given.
 */
export class WholeBlocks {
  frames = 0;
  readonly #framesMax: number;
  #rest: Buffer = Buffer.alloc(0);
  #isLittleEndian = true;

  constructor(framesMax = Number.POSITIVE_INFINITY) {
    this.#framesMax = framesMax;
  }

  get isFull(): boolean {
    return this.frames >= this.#framesMax;
  }

  /** The whole blocks that have come by now and were not given before. */
  push(piece: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#rest, piece]);
    let end = 0;
    while (bytes.length - end >= HEADER_BYTES && !this.isFull) {
      const type = this.#u32(bytes, end);
      if (type === SECTION_HEADER) this.#isLittleEndian = bytes.readUInt32LE(end + 8) === BYTE_ORDER_MAGIC;
      const length = this.#u32(bytes, end + 4);
      if (bytes.length - end < length) break;
      end += length;
      if (type === ENHANCED_PACKET) this.frames += 1;
    }
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  #u32(bytes: Buffer, offset: number): number {
    return this.#isLittleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
  }
}
