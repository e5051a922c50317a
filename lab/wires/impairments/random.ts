/** A source of numbers in [0, 1) that gives the same row again for the same seed. */
export interface Random {
  next(): number;
  /** A whole number in [0, limit). */
  below(limit: number): number;
}

/**
 * xoshiro128** by Blackman and Vigna (prng.di.unimi.it, public domain), its state filled from the seed by a
 * Weyl sequence with MurmurHash3's finaliser. The text gives each fault a row of its own, so that what one
 * fault draws does not shift another's.
 */
export function seededRandom(seed: number, text = ''): Random {
  let weyl = seed >>> 0;
  for (const character of text) weyl = Math.imul(weyl ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const fill = () => {
    weyl = (weyl + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(weyl ^ (weyl >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const draw = xoshiro128(fill(), fill(), fill(), fill());
  const next = () => draw() / 2 ** 32;
  return { next, below: (limit) => Math.floor(next() * limit) };
}

/** Unsigned 32-bit numbers; the state must not be all zero. */
export function xoshiro128(s0: number, s1: number, s2: number, s3: number): () => number {
  let [a, b, c, d] = [s0, s1, s2, s3];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
