import type { Packet } from 'tcpdump-parser';

/** Words of 4 bytes: 2 MiB, about 15,000 packets of 130 bytes, or 1,400 full ones: what a director may hold. */
const ringWords = 1 << 19;
const wordMask = ringWords - 1;
const recordSlots = 1 << 14;
const slotMask = recordSlots - 1;
/** TTL and header checksum, the bytes that a director changes, are bytes 0, 2 and 3 of the third word. */
const ttlWord = 2;
const ttlWordMask = 0x0000_ff00;

/**
 * Copies of the newest packets, to be compared with what comes out of a director. A packet is known by its serial
 * number, counted up for ever; what is too old has been written over. Bytes are kept as words read
 * little-endian, four at a time.
 */
export class PacketRing {
  readonly #words = new Int32Array(ringWords);
  /** Word at which it begins, counted for ever, modulo 2^32. */
  readonly #start = new Int32Array(recordSlots);
  readonly #bytes = new Int32Array(recordSlots);
  /** Of the slot. */
  readonly #serial = new Int32Array(recordSlots).fill(-2);
  readonly flow = new Int32Array(recordSlots);
  /** Serial of the packet before it in the same flow, -1 for none. */
  readonly before = new Int32Array(recordSlots);
  readonly number = new Int32Array(recordSlots);
  readonly file = new Uint8Array(recordSlots);
  readonly ttl = new Uint8Array(recordSlots);
  readonly id = new Uint16Array(recordSlots);
  readonly at = new Float64Array(recordSlots);
  /** How often it was seen coming out again. */
  readonly uses = new Uint8Array(recordSlots);
  #next = 0;
  /** Words ever written, modulo 2^32. */
  #written = 0;
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  #viewed: Uint8Array = new Uint8Array(0);

  /** Serial of the newest packet, -1 before the first. */
  get newest(): number {
    return this.#next - 1;
  }

  slotOf(serial: number): number {
    return serial & slotMask;
  }

  /** Whether the packet is still there. */
  holds(serial: number): boolean {
    const slot = serial & slotMask;
    return serial >= 0 && this.#serial[slot] === serial && this.#written - this.#start[slot]! <= ringWords;
  }

  /** Keeps the IP packet of a decoded frame, or what the capture has of it, and returns its serial number. */
  add(packet: Packet, flow: number, before: number, at: number, number: number, file: number): number {
    const view = this.#viewOn(packet.buffer);
    const length = capturedIpLength(packet);
    const whole = length >>> 2;
    const start = this.#written;
    const words = this.#words;
    let target = start & wordMask;
    let from = packet.ipOffset;
    const last = from + whole * 4;
    while (from < last) {
      const end = Math.min(ringWords, target + ((last - from) >>> 2));
      for (; target < end; target++, from += 4) words[target] = view.getInt32(from, true);
      target &= wordMask;
    }
    words[target] = tailWord(packet.buffer, from, length & 3);
    this.#written = (start + whole + 1) | 0;
    const serial = this.#next++;
    const slot = serial & slotMask;
    this.#start[slot] = start;
    this.#bytes[slot] = length;
    this.#serial[slot] = serial;
    this.flow[slot] = flow;
    this.before[slot] = before;
    this.number[slot] = number;
    this.file[slot] = file;
    this.ttl[slot] = packet.ttl;
    this.id[slot] = packet.ipId;
    this.at[slot] = at;
    this.uses[slot] = 0;
    return serial;
  }

  /**
   * Whether two packets are the same but for TTL and header checksum. Where a capture cut one of them, as far as both
   * are there.
   */
  isSame(serial: number, packet: Packet): boolean {
    const slot = serial & slotMask;
    const view = this.#viewOn(packet.buffer);
    const kept = this.#bytes[slot]!;
    const given = capturedIpLength(packet);
    const words = this.#words;
    let at = this.#start[slot]! & wordMask;
    const from = packet.ipOffset;
    // The first word holds the total length.
    if (words[at] !== view.getInt32(from, true)) return false;
    const length = Math.min(kept, given);
    const whole = length >>> 2;
    for (let word = 1; word < whole; word++) {
      at = (at + 1) & wordMask;
      const difference = words[at]! ^ view.getInt32(from + word * 4, true);
      if (difference !== 0 && (word !== ttlWord || (difference & ttlWordMask) !== 0)) return false;
    }
    const rest = length & 3;
    if (rest === 0) return true;
    at = (at + 1) & wordMask;
    const mask = (1 << (rest * 8)) - 1;
    return ((words[at]! ^ tailWord(packet.buffer, from + whole * 4, rest)) & mask) === 0;
  }

  /** The header checksum of a packet that is still there. */
  checksumOf(serial: number): number {
    const word = this.#words[(this.#start[serial & slotMask]! + ttlWord) & wordMask]!;
    return ((word >>> 8) & 0xff00) | (word >>> 24);
  }

  /** The bytes of a packet that is still there, as a copy. */
  bytesOf(serial: number): Uint8Array {
    const slot = serial & slotMask;
    const length = this.#bytes[slot]!;
    const bytes = new Uint8Array(length);
    const start = this.#start[slot]!;
    for (let index = 0; index < length; index++) {
      const word = this.#words[(start + (index >>> 2)) & wordMask]!;
      bytes[index] = word >>> ((index & 3) * 8);
    }
    return bytes;
  }

  #viewOn(buffer: Uint8Array): DataView {
    if (this.#viewed !== buffer) {
      this.#viewed = buffer;
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    return this.#view;
  }
}

/** What the capture has of the outermost IP packet, without the padding behind it. */
export function capturedIpLength(packet: Packet): number {
  const there = packet.offset + packet.capturedLength - packet.ipOffset;
  return Math.min(packet.ipTotalLength, there);
}

function tailWord(bytes: Uint8Array, from: number, count: number): number {
  let word = 0;
  for (let index = 0; index < count; index++) word |= bytes[from + index]! << (index * 8);
  return word;
}
