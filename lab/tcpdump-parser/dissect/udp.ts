import { u16 } from '../network-order.ts';
import { dissectError } from './dissect-error.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort, isSpan, narrow } from './span.ts';

const SOURCE_PORT = 0; // RFC 768, "Format"
const DESTINATION_PORT = 2; // RFC 768, "Format"
const LENGTH = 4; // RFC 768, "Fields": header and data
const CHECKSUM = 6; // RFC 768, "Fields": 0 means none was made
const HEADER_BYTES = 8;

export interface UdpLayer {
  readonly layer: 'udp';
  readonly offset: number;
  readonly length: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As the header says, its own 8 bytes included. */
  readonly datagramLength: number;
  readonly checksum: number;
}

export function dissectUdp(span: Span): Dissection<UdpLayer> {
  const { bytes, start: at } = span;
  if (available(span) < HEADER_BYTES)
    return { ok: false, error: cutShort('udp', span, HEADER_BYTES), soFar: undefined };
  const datagramLength = u16(bytes, at + LENGTH);
  const value: UdpLayer = {
    layer: 'udp',
    offset: at,
    length: HEADER_BYTES,
    sourcePort: u16(bytes, at + SOURCE_PORT),
    destinationPort: u16(bytes, at + DESTINATION_PORT),
    datagramLength,
    checksum: u16(bytes, at + CHECKSUM),
  };
  if (datagramLength < HEADER_BYTES) {
    return {
      ok: false,
      error: dissectError('udp', at, HEADER_BYTES, datagramLength, 'udp-length'),
      soFar: value,
    };
  }
  const datagram = narrow(span, 'udp', at, datagramLength, 'udp-length');
  if (!isSpan(datagram)) return { ok: false, error: datagram, soFar: value };
  return { ok: true, value, payload: after(datagram, HEADER_BYTES) };
}

export function summarizeUdp(layer: UdpLayer): string {
  if (layer.datagramLength < HEADER_BYTES) return 'UDP';
  return `UDP length ${layer.datagramLength - HEADER_BYTES}`;
}
