/** Lowercase hexadecimal digits of an option's value that has no better form. */
export function hex(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += bytes[at]!.toString(16).padStart(2, '0');
  return text;
}

export interface OptionPlace {
  readonly kind: number;
  /** Of the kind byte. */
  readonly offset: number;
  /** With the kind and length bytes. */
  readonly length: number;
}

export interface OptionWalk {
  readonly options: readonly OptionPlace[];
  /** The option whose length is impossible, with the bytes that are left for it. */
  readonly broken:
    | { readonly offset: number; readonly needed: number; readonly available: number }
    | undefined;
}

/**
 * TCP and IPv4 lay out options alike: kind 0 ends the list, kind 1 is one byte of padding, every other kind is
 * followed by its length, which counts both bytes. Source: RFC 9293, 3.1 and RFC 791, 3.1.
 */
export function walkOptions(bytes: Uint8Array, from: number, to: number): OptionWalk {
  const options: OptionPlace[] = [];
  let at = from;
  while (at < to && bytes[at] !== 0) {
    const kind = bytes[at]!;
    if (kind === 1) {
      at += 1;
      continue;
    }
    if (to - at < 2) return { options, broken: { offset: at, needed: 2, available: 1 } };
    const length = bytes[at + 1]!;
    if (length < 2) return { options, broken: { offset: at, needed: 2, available: length } };
    if (length > to - at) return { options, broken: { offset: at, needed: length, available: to - at } };
    options.push({ kind, offset: at, length });
    at += length;
  }
  return { options, broken: undefined };
}
