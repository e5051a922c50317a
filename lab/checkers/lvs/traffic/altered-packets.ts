import { type Packet, PROTOCOL_TCP } from 'tcpdump-parser';
import type { JudgedFrame, JudgingContext } from '../../rule.ts';
import { capturedIpLength, type PacketRing } from './packet-ring.ts';

/** A packet that left a director as no packet came in, and the packet that it most likely was. */
export interface AlteredPacket {
  readonly at: number;
  readonly director: number;
  readonly segment: string;
  /** Where it left: evidence, and the node that it was sent to (-1 for none known). */
  readonly leftIn: string;
  readonly sentTo: number;
  readonly arrivedIn: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

interface Suspect extends AlteredPacket {
  readonly serial: number;
}

/**
 * A capture need not show frames in the order in which they were on the wire, least of all one merged from
 * several. So a packet that seems altered is held back this long: the packet that it truly was may still come, or
 * the one that it was taken for may still leave as it was.
 */
const graceNs = 1e9;
/** Packets before it in the ring that are looked at; a director sends on what came within microseconds. */
const lookBack = 64;
const heldMax = 256;
/** Altered packets told of. A director that alters everything need not be proved to do so a million times. */
const toldMax = 1000;

export class AlteredPackets {
  readonly #ring: PacketRing;
  readonly #fileName: (file: number) => string;
  readonly #schedule: JudgingContext['schedule'];
  readonly #tell: (altered: AlteredPacket) => void;
  readonly #held: Suspect[] = [];
  /** Nothing is held back. A field, since every packet asks. */
  isEmpty = true;
  #told = 0;

  constructor(
    ring: PacketRing,
    fileName: (file: number) => string,
    schedule: JudgingContext['schedule'],
    tell: (altered: AlteredPacket) => void,
  ) {
    this.#ring = ring;
    this.#fileName = fileName;
    this.#schedule = schedule;
    this.#tell = tell;
  }

  /** A packet came out of a director that did not go in like this. `newest`: the newest packet of its flow, or -1. */
  consider(frame: JudgedFrame, newest: number): void {
    if (this.#told >= toldMax) return;
    const packet = frame.packet;
    const from = packet.ipOffset;
    const after = packet.buffer.slice(from, from + capturedIpLength(packet));
    const serial = this.#likeliest(after, newest);
    if (serial < 0) return;
    const slot = this.#ring.slotOf(serial);
    if (this.#held.length === heldMax) this.#settle(this.#held[0]!);
    const suspect: Suspect = {
      serial,
      at: frame.at,
      director: frame.fromIndex,
      segment: frame.segment,
      leftIn: `${frame.file}#${frame.number}`,
      sentTo: frame.toIndex,
      arrivedIn: `${this.#fileName(this.#ring.file[slot]!)}#${this.#ring.number[slot]}`,
      before: this.#ring.bytesOf(serial),
      after,
    };
    this.#held.push(suspect);
    this.isEmpty = false;
    this.#schedule(frame.at + graceNs, () => this.#settle(suspect));
  }

  /** A packet came to a director: perhaps late, and one of those that are held back is it. True when so. */
  clears(packet: Packet): boolean {
    const length = capturedIpLength(packet);
    const bytes = packet.buffer.subarray(packet.ipOffset, packet.ipOffset + length);
    const index = this.#held.findIndex(({ after }) => isSamePacket(after, bytes));
    if (index < 0) return false;
    this.#held.splice(index, 1);
    this.isEmpty = this.#held.length === 0;
    return true;
  }

  #settle(suspect: Suspect): void {
    const place = this.#held.indexOf(suspect);
    if (place < 0) return;
    this.#held.splice(place, 1);
    this.isEmpty = this.#held.length === 0;
    this.#release(suspect);
  }

  #release(suspect: Suspect): void {
    const ring = this.#ring;
    // Meanwhile the other packet left as it was, so this one was not it.
    if (ring.holds(suspect.serial) && ring.uses[ring.slotOf(suspect.serial)]! > 0) return;
    this.#told += 1;
    this.#tell(suspect);
  }

  #likeliest(after: Uint8Array, newest: number): number {
    const ring = this.#ring;
    let best = -1;
    let bestLikeness = notAlike;
    const weigh = (serial: number) => {
      const slot = ring.slotOf(serial);
      if (ring.uses[slot]! > 0 || this.#held.some((suspect) => suspect.serial === serial)) return;
      const likeness = likenessOf(ring.bytesOf(serial), after);
      if (likeness > bestLikeness) {
        best = serial;
        bestLikeness = likeness;
      }
    };
    let serial = newest;
    for (let steps = 0; steps < lookBack && ring.holds(serial); steps++) {
      weigh(serial);
      serial = ring.before[ring.slotOf(serial)]!;
    }
    if (best >= 0) return best;
    for (let back = ring.newest; back > ring.newest - lookBack && ring.holds(back); back--) weigh(back);
    return best;
  }
}

const notAlike = 0;

/**
 * How many of eight things two packets have in common: 8, 7, or 6 when the two that differ are an address and its port,
 * as after address translation; else `notAlike`. Two packets of one connection differ in more: a
 * retransmitted one in its ID and its timestamps.
 */
function likenessOf(one: Uint8Array, other: Uint8Array): number {
  if (one[9] !== other[9] || one.length < 28 || other.length < 28) return notAlike;
  const oneAbove = (one[0]! & 0x0f) * 4;
  const otherAbove = (other[0]! & 0x0f) * 4;
  const isTcp = one[9] === PROTOCOL_TCP;
  const above = (at: number, count: number) => isEqual(one, oneAbove + at, other, otherAbove + at, count);
  const source = [isEqual(one, 12, other, 12, 4), above(0, 2)];
  const destination = [isEqual(one, 16, other, 16, 4), above(2, 2)];
  const rest = [
    isEqual(one, 4, other, 4, 2), // IP ID
    isTcp ? above(4, 4) : one.length === other.length, // sequence number
    isTcp ? above(8, 6) : above(4, 2), // acknowledgement and flags, UDP length
    one.length === other.length && isTailEqual(one, other),
  ];
  const same = (signs: readonly boolean[]) => signs.filter(Boolean).length;
  const likeness = same(source) + same(destination) + same(rest);
  if (likeness >= 7) return likeness;
  return same(rest) === 4 && (same(source) === 2 || same(destination) === 2) ? likeness : notAlike;
}

function isEqual(one: Uint8Array, at: number, other: Uint8Array, otherAt: number, count: number): boolean {
  for (let index = 0; index < count; index++) if (one[at + index] !== other[otherAt + index]) return false;
  return true;
}

/** Everything behind the fields of TCP or UDP that a rewritten address would change. */
function isTailEqual(one: Uint8Array, other: Uint8Array): boolean {
  const from = (one[0]! & 0x0f) * 4 + (one[9] === PROTOCOL_TCP ? 18 : 8);
  return isEqual(one, from, other, from, one.length - from);
}

function isSamePacket(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index] && index !== 8 && index !== 10 && index !== 11) return false;
  }
  return true;
}
