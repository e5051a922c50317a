import type { Random } from './random.ts';

/** Numbers on which length checks turn. */
const bytesOfInterest = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0f, 0x11, 0x29, 0x2b, 0x2c, 0x33, 0x3a, 0x3c, 0x45, 0x46, 0x4f, 0x60, 0x7f,
  0x80, 0xff,
];
const wordsOfInterest = [
  0, 1, 3, 4, 7, 8, 11, 12, 13, 16, 20, 28, 32, 40, 0x7fff, 0x8100, 0x88a8, 0x0800, 0x0806, 0x86dd, 0xffff,
];
const longsOfInterest = [
  0, 1, 8, 12, 16, 28, 32, 262_144, 262_145, 0x0100_0000, 0x0100_0004, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc,
  0xffff_ffff,
];

/** A changed copy: one to four small injuries of the kinds that files and wires do to bytes. */
export function mutate(original: Uint8Array, other: Uint8Array, random: Random, longest: number): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let count = 1 + random.below(4); count > 0; count--) bytes = injure(bytes, other, random);
  return bytes.length > longest ? bytes.slice(0, longest) : bytes;
}

function injure(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return other.slice(0, random.below(other.length + 1));
  const at = random.below(bytes.length);
  const to = at + random.below(Math.min(bytes.length - at, 64) + 1);
  switch (random.below(10)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.pick(bytesOfInterest);
      return bytes;
    case 2:
      bytes[at] = random.below(256);
      return bytes;
    case 3:
      return writeNumber(
        bytes,
        at,
        2,
        random.below(3) === 0 ? bytes.length - at : random.pick(wordsOfInterest),
        random,
      );
    case 4:
      return writeNumber(
        bytes,
        at,
        4,
        random.below(3) === 0 ? bytes.length - at : random.pick(longsOfInterest),
        random,
      );
    case 5:
      bytes[at] = bytes[at]! + random.pick([-4, -1, 1, 4]); // a length that is nearly right
      return bytes;
    case 6:
      return bytes.slice(0, at);
    case 7: // take a piece out
      return join(bytes.subarray(0, at), bytes.subarray(to));
    case 8: // say a piece twice
      return join(bytes.subarray(0, to), bytes.subarray(at));
    default: {
      const from = random.below(other.length + 1);
      return join(bytes.subarray(0, at), other.subarray(from, from + random.below(other.length - from + 1)));
    }
  }
}

function writeNumber(bytes: Uint8Array, at: number, size: number, value: number, random: Random): Uint8Array {
  const littleEndian = random.below(2) === 0;
  for (let index = 0; index < size && at + index < bytes.length; index++) {
    const shift = 8 * (littleEndian ? index : size - 1 - index);
    bytes[at + index] = Math.floor(value / 2 ** shift);
  }
  return bytes;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
