import { formatIpv4 } from '../addresses/ipv4.ts';
import { u16, u32 } from '../network-order.ts';
import { dissectError } from './dissect-error.ts';
import type { Ipv4Option } from './ipv4-options.ts';
import { dissectIpv4Options } from './ipv4-options.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort, isSpan, narrow } from './span.ts';

const VERSION_AND_LENGTH = 0; // RFC 791, 3.1: version (4 bits), header length in words of 4 bytes (4)
const TYPE_OF_SERVICE = 1; // RFC 791, 3.1; DSCP and ECN since RFC 2474, 3 and RFC 3168, 5
const TOTAL_LENGTH = 2; // RFC 791, 3.1: header and data
const IDENTIFICATION = 4; // RFC 791, 3.1
const FLAGS_AND_OFFSET = 6; // RFC 791, 3.1: reserved, DF, MF (3 bits), offset in units of 8 bytes (13)
const TIME_TO_LIVE = 8; // RFC 791, 3.1
const PROTOCOL = 9; // RFC 791, 3.1
const HEADER_CHECKSUM = 10; // RFC 791, 3.1
const SOURCE = 12; // RFC 791, 3.1
const DESTINATION = 16; // RFC 791, 3.1
const HEADER_BYTES_MIN = 20;

export interface Ipv4Layer {
  readonly layer: 'ipv4';
  readonly offset: number;
  /** As the header says, options included. */
  readonly length: number;
  readonly tos: number;
  readonly totalLength: number;
  readonly id: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly checksum: number;
  readonly source: string;
  readonly destination: string;
  readonly options: readonly Ipv4Option[];
}

export function dissectIpv4(span: Span): Dissection<Ipv4Layer> {
  const { bytes, start: at } = span;
  const room = available(span);
  if (room < HEADER_BYTES_MIN)
    return { ok: false, error: cutShort('ipv4', span, HEADER_BYTES_MIN), soFar: undefined };
  const first = bytes[at + VERSION_AND_LENGTH]!;
  if (first >>> 4 !== 4) {
    return { ok: false, error: dissectError('ipv4', at, 4, first >>> 4, 'ip-version'), soFar: undefined };
  }
  const length = (first & 0x0f) * 4;
  const totalLength = u16(bytes, at + TOTAL_LENGTH);
  const flagsAndOffset = u16(bytes, at + FLAGS_AND_OFFSET);
  const fitsHeader = length >= HEADER_BYTES_MIN && length <= totalLength && length <= room;
  const read = dissectIpv4Options(
    bytes,
    at + HEADER_BYTES_MIN,
    fitsHeader ? at + length : at + HEADER_BYTES_MIN,
  );
  const value: Ipv4Layer = {
    layer: 'ipv4',
    offset: at,
    length,
    tos: bytes[at + TYPE_OF_SERVICE]!,
    totalLength,
    id: u16(bytes, at + IDENTIFICATION),
    dontFragment: (flagsAndOffset & 0x4000) !== 0,
    moreFragments: (flagsAndOffset & 0x2000) !== 0,
    fragmentOffset: (flagsAndOffset & 0x1fff) * 8,
    ttl: bytes[at + TIME_TO_LIVE]!,
    protocol: bytes[at + PROTOCOL]!,
    checksum: u16(bytes, at + HEADER_CHECKSUM),
    source: formatIpv4(u32(bytes, at + SOURCE)),
    destination: formatIpv4(u32(bytes, at + DESTINATION)),
    options: read.options,
  };
  if (length < HEADER_BYTES_MIN) {
    return {
      ok: false,
      error: dissectError('ipv4', at, HEADER_BYTES_MIN, length, 'ipv4-header-length'),
      soFar: value,
    };
  }
  if (length > totalLength) {
    return {
      ok: false,
      error: dissectError('ipv4', at, length, totalLength, 'ipv4-total-length'),
      soFar: value,
    };
  }
  if (length > room) return { ok: false, error: cutShort('ipv4', span, length), soFar: value };
  const packet = narrow(span, 'ipv4', at, totalLength, 'ipv4-total-length');
  if (!isSpan(packet)) return { ok: false, error: packet, soFar: value };
  return { ok: true, value, payload: after(packet, length), bodyError: read.error };
}

export function summarizeIpv4(layer: Ipv4Layer): string {
  return `${layer.source} > ${layer.destination}`;
}
