import { u16, u32 } from '../network-order.ts';
import { dissectError } from './dissect-error.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';
import type { TcpOption } from './tcp-options.ts';
import { dissectTcpOptions } from './tcp-options.ts';

const SOURCE_PORT = 0; // RFC 9293, 3.1
const DESTINATION_PORT = 2; // RFC 9293, 3.1
const SEQUENCE = 4; // RFC 9293, 3.1
const ACKNOWLEDGEMENT = 8; // RFC 9293, 3.1
const OFFSET_AND_FLAGS = 12; // RFC 9293, 3.1: data offset in words of 4 bytes (4 bits), reserved (4), flags (8)
const WINDOW = 14; // RFC 9293, 3.1
const CHECKSUM = 16; // RFC 9293, 3.1
const URGENT_POINTER = 18; // RFC 9293, 3.1
const HEADER_BYTES_MIN = 20;
const START_BYTES = 8; // RFC 792, "Destination Unreachable": the least that an ICMP error quotes

export interface TcpLayer {
  readonly layer: 'tcp';
  readonly offset: number;
  /** As the data offset says, options included. */
  readonly length: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Twelve bits, the reserved ones included. */
  readonly flags: number;
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
}

/** The first bytes of a TCP header, where an ICMP error quotes no more. */
export interface TcpStartLayer {
  readonly layer: 'tcp-start';
  readonly offset: number;
  readonly length: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
}

export function dissectTcp(span: Span): Dissection<TcpLayer | TcpStartLayer> {
  const { bytes, start: at } = span;
  const room = available(span);
  const isQuoted = span.extent === 'quoted';
  if (room < HEADER_BYTES_MIN) {
    if (isQuoted && room >= START_BYTES) return dissectTcpStart(span);
    return { ok: false, error: cutShort('tcp', span, HEADER_BYTES_MIN), soFar: undefined };
  }
  const offsetAndFlags = u16(bytes, at + OFFSET_AND_FLAGS);
  const length = (offsetAndFlags >>> 12) * 4;
  const isWhole = length >= HEADER_BYTES_MIN && length <= room;
  const read = dissectTcpOptions(bytes, at + HEADER_BYTES_MIN, isWhole ? at + length : at + HEADER_BYTES_MIN);
  const value: TcpLayer = {
    layer: 'tcp',
    offset: at,
    length,
    sourcePort: u16(bytes, at + SOURCE_PORT),
    destinationPort: u16(bytes, at + DESTINATION_PORT),
    sequence: u32(bytes, at + SEQUENCE),
    acknowledgement: u32(bytes, at + ACKNOWLEDGEMENT),
    flags: offsetAndFlags & 0x0fff,
    window: u16(bytes, at + WINDOW),
    checksum: u16(bytes, at + CHECKSUM),
    urgentPointer: u16(bytes, at + URGENT_POINTER),
    options: read.options,
  };
  if (length < HEADER_BYTES_MIN) {
    return {
      ok: false,
      error: dissectError('tcp', at, HEADER_BYTES_MIN, length, 'tcp-data-offset'),
      soFar: value,
    };
  }
  if (!isWhole && isQuoted) return { ok: true, value, payload: nothingAfter(span) };
  if (!isWhole) return { ok: false, error: cutShort('tcp', span, length), soFar: value };
  return { ok: true, value, payload: after(span, length), bodyError: read.error };
}

function dissectTcpStart(span: Span): Dissection<TcpStartLayer> {
  const { bytes, start: at } = span;
  const value: TcpStartLayer = {
    layer: 'tcp-start',
    offset: at,
    length: available(span),
    sourcePort: u16(bytes, at + SOURCE_PORT),
    destinationPort: u16(bytes, at + DESTINATION_PORT),
    sequence: u32(bytes, at + SEQUENCE),
  };
  return { ok: true, value, payload: nothingAfter(span) };
}

function nothingAfter(span: Span): Span {
  return { ...span, start: span.end, wireEnd: span.end };
}

const flagNames: readonly (readonly [number, string])[] = [
  [0x002, 'SYN'],
  [0x001, 'FIN'],
  [0x004, 'RST'],
  [0x008, 'PSH'],
  [0x010, 'ACK'],
  [0x020, 'URG'],
  [0x040, 'ECE'],
  [0x080, 'CWR'],
];

/** `payloadLength`: bytes on the wire behind the header. */
export function summarizeTcp(layer: TcpLayer | TcpStartLayer, payloadLength: number): string {
  if (layer.layer === 'tcp-start') return `TCP seq ${layer.sequence}`;
  const names = flagNames.filter(([flag]) => (layer.flags & flag) !== 0).map(([, name]) => name);
  const parts = ['TCP', names.length === 0 ? 'none' : names.join(','), `seq ${layer.sequence}`];
  if (layer.flags & 0x010) parts.push(`ack ${layer.acknowledgement}`);
  parts.push(`win ${layer.window}`);
  if (payloadLength > 0) parts.push(`length ${payloadLength}`);
  return parts.join(' ');
}
