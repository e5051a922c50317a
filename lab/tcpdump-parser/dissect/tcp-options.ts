import { u16, u32 } from '../network-order.ts';
import type { DissectError } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';
import type { OptionPlace } from './option-list.ts';
import { hex, walkOptions } from './option-list.ts';

const MAXIMUM_SEGMENT_SIZE = 2; // RFC 9293, 3.7.1: length 4
const WINDOW_SCALE = 3; // RFC 7323, 2.2: length 3
const SACK_PERMITTED = 4; // RFC 2018, 2: length 2
const SACK = 5; // RFC 2018, 3: length 2 + 8 for each block
const TIMESTAMPS = 8; // RFC 7323, 3.2: length 10

export type TcpOption =
  | { readonly kind: 'mss'; readonly value: number }
  | { readonly kind: 'window-scale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: string };

export interface TcpOptionsRead {
  readonly options: readonly TcpOption[];
  readonly error: DissectError | undefined;
}

/** A known option with a length that is not its own is kept as unknown. */
export function dissectTcpOptions(bytes: Uint8Array, from: number, to: number): TcpOptionsRead {
  const walk = walkOptions(bytes, from, to);
  const { broken } = walk;
  return {
    options: walk.options.map((place) => readOption(bytes, place)),
    error: broken && dissectError('tcp', broken.offset, broken.needed, broken.available, 'tcp-option-length'),
  };
}

function readOption(bytes: Uint8Array, { kind: type, offset, length }: OptionPlace): TcpOption {
  const at = offset + 2;
  const end = offset + length;
  if (type === MAXIMUM_SEGMENT_SIZE && length === 4) return { kind: 'mss', value: u16(bytes, at) };
  if (type === WINDOW_SCALE && length === 3) return { kind: 'window-scale', shift: bytes[at]! };
  if (type === SACK_PERMITTED && length === 2) return { kind: 'sack-permitted' };
  if (type === SACK && length >= 10 && (length - 2) % 8 === 0) {
    const blocks: { left: number; right: number }[] = [];
    for (let block = at; block < end; block += 8)
      blocks.push({ left: u32(bytes, block), right: u32(bytes, block + 4) });
    return { kind: 'sack', blocks };
  }
  if (type === TIMESTAMPS && length === 10) {
    return { kind: 'timestamps', value: u32(bytes, at), echo: u32(bytes, at + 4) };
  }
  return { kind: 'unknown', type, data: hex(bytes, at, end) };
}
