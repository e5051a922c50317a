import { formatIpv6 } from '../addresses/ipv6.ts';
import { u16, u32 } from '../network-order.ts';
import { dissectError } from './dissect-error.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort, isSpan, narrow } from './span.ts';

const VERSION_CLASS_LABEL = 0; // RFC 8200, 3: version (4 bits), traffic class (8), flow label (20)
const PAYLOAD_LENGTH = 4; // RFC 8200, 3: everything after these 40 bytes
const NEXT_HEADER = 6; // RFC 8200, 3
const HOP_LIMIT = 7; // RFC 8200, 3
const SOURCE = 8; // RFC 8200, 3
const DESTINATION = 24; // RFC 8200, 3
const HEADER_BYTES = 40;

export interface Ipv6Layer {
  readonly layer: 'ipv6';
  readonly offset: number;
  readonly length: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: string;
  readonly destination: string;
}

export function dissectIpv6(span: Span): Dissection<Ipv6Layer> {
  const { bytes, start: at } = span;
  if (available(span) < HEADER_BYTES)
    return { ok: false, error: cutShort('ipv6', span, HEADER_BYTES), soFar: undefined };
  const first = u32(bytes, at + VERSION_CLASS_LABEL);
  if (first >>> 28 !== 6) {
    return { ok: false, error: dissectError('ipv6', at, 6, first >>> 28, 'ip-version'), soFar: undefined };
  }
  const payloadLength = u16(bytes, at + PAYLOAD_LENGTH);
  const value: Ipv6Layer = {
    layer: 'ipv6',
    offset: at,
    length: HEADER_BYTES,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    payloadLength,
    nextHeader: bytes[at + NEXT_HEADER]!,
    hopLimit: bytes[at + HOP_LIMIT]!,
    source: formatIpv6(bytes, at + SOURCE),
    destination: formatIpv6(bytes, at + DESTINATION),
  };
  const packet = narrow(span, 'ipv6', at, HEADER_BYTES + payloadLength, 'ipv6-payload-length');
  if (!isSpan(packet)) return { ok: false, error: packet, soFar: value };
  return { ok: true, value, payload: after(packet, HEADER_BYTES) };
}

export function summarizeIpv6(layer: Ipv6Layer): string {
  return `${layer.source} > ${layer.destination}`;
}
