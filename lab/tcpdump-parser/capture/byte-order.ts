/** Unsigned reads in the byte order that a capture file declares. */
export function read16(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}

export function read32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Exact up to 2^53; a counter or an offset above that is rounded. */
export function read64(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const first = read32(bytes, at, littleEndian);
  const second = read32(bytes, at + 4, littleEndian);
  return littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

export function readSigned64(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const first = read32(bytes, at, littleEndian);
  const second = read32(bytes, at + 4, littleEndian);
  return littleEndian ? (second | 0) * 0x1_0000_0000 + first : (first | 0) * 0x1_0000_0000 + second;
}

/** Writes are always little-endian: every reader takes both, and so does the machine this runs on. */
export function write16(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
}

export function write32(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
  target[at + 2] = value >>> 16;
  target[at + 3] = value >>> 24;
}
