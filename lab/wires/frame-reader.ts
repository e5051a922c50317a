/** Bytes of the big-endian length that QEMU's `-netdev stream` puts before each frame. */
export const prefixBytes = 4;

/** Largest frame QEMU sends: NET_BUFSIZE, 4 KiB and 64 KiB. A larger length is not a frame's. */
const frameBytesMax = 4096 + 65_536;

/**
 * A frame with its length before it: the prefix is at `start`, the frame from `start + 4` up to `end`. The
 * bytes are never written to again, so slices of them may be kept.
 */
export type TakeFrame = (bytes: Buffer, start: number, end: number) => void;

/**
 * Finds the frames in a byte stream. Frames that lie whole in a chunk are handed out in place, so that
 * neighbours can be forwarded as one slice; only a frame cut by the chunk's edge is put together in a copy.
 */
export class FrameReader {
  #held: Buffer | undefined;
  #filled = 0;
  #heldIsPrefix = false;

  /** False when a length made no sense; then the stream cannot be read any further. */
  read(chunk: Buffer, take: TakeFrame): boolean {
    let at = 0;
    const size = chunk.length;
    while (at < size) {
      if (this.#held !== undefined) {
        const copied = Math.min(this.#held.length - this.#filled, size - at);
        chunk.copy(this.#held, this.#filled, at, at + copied);
        this.#filled += copied;
        at += copied;
        if (!this.#advanceHeld(take)) return false;
        continue;
      }
      const length = at + prefixBytes <= size ? readLength(chunk, at) : undefined;
      if (length === undefined) {
        this.#hold(prefixBytes, true);
        continue;
      }
      if (length > frameBytesMax) return false;
      const end = at + prefixBytes + length;
      if (end > size) {
        this.#hold(prefixBytes + length, false);
        continue;
      }
      take(chunk, at, end);
      at = end;
    }
    return true;
  }

  #hold(bytes: number, isPrefix: boolean): void {
    this.#held = Buffer.allocUnsafeSlow(bytes);
    this.#filled = 0;
    this.#heldIsPrefix = isPrefix;
  }

  #advanceHeld(take: TakeFrame): boolean {
    const held = this.#held;
    if (held === undefined || this.#filled < held.length) return true;
    if (!this.#heldIsPrefix) {
      this.#held = undefined;
      take(held, 0, held.length);
      return true;
    }
    const length = readLength(held, 0);
    if (length > frameBytesMax) return false;
    this.#hold(prefixBytes + length, false);
    held.copy(this.#held as Buffer, 0);
    this.#filled = prefixBytes;
    return length > 0 || this.#advanceHeld(take);
  }
}

/** The same bytes as QEMU would send them. */
export function withPrefix(frame: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + frame.length);
  framed.writeUInt32BE(frame.length, 0);
  framed.set(frame, prefixBytes);
  return framed;
}

function readLength(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at);
}
