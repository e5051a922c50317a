import { formatMac, readMac } from '../addresses/mac.ts';
import { u16 } from '../network-order.ts';
import { ETHERNET_LENGTH_MAX } from '../protocol-numbers.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort, isSpan, narrow } from './span.ts';

const DESTINATION = 0; // IEEE 802.3, 3.2.4
const SOURCE = 6; // IEEE 802.3, 3.2.5
const TYPE = 12; // IEEE 802.3, 3.2.6: a type from 1536 on, a length up to 1500
const HEADER_BYTES = 14;

export interface EthernetLayer {
  readonly layer: 'ethernet';
  readonly offset: number;
  readonly length: number;
  readonly destination: string;
  readonly source: string;
  readonly etherType: number;
}

export function dissectEthernet(span: Span): Dissection<EthernetLayer> {
  if (available(span) < HEADER_BYTES) {
    return { ok: false, error: cutShort('ethernet', span, HEADER_BYTES), soFar: undefined };
  }
  const { bytes, start } = span;
  const value: EthernetLayer = {
    layer: 'ethernet',
    offset: start,
    length: HEADER_BYTES,
    destination: formatMac(readMac(bytes, start + DESTINATION)),
    source: formatMac(readMac(bytes, start + SOURCE)),
    etherType: u16(bytes, start + TYPE),
  };
  return { ok: true, value, payload: after(span, HEADER_BYTES) };
}

/** With a length in place of the type, what lies behind that length is padding. `header`: where Ethernet begins. */
export function dissectEthernetLength(span: Span, header: number, etherType: number): Dissection<undefined> {
  if (etherType > ETHERNET_LENGTH_MAX) return { ok: true, value: undefined, payload: span };
  const payload = narrow(span, 'ethernet', header, etherType, 'ethernet-length');
  if (!isSpan(payload)) return { ok: false, error: payload, soFar: undefined };
  return { ok: true, value: undefined, payload };
}

export function summarizeEthernet(layer: EthernetLayer): string {
  return `${layer.source} > ${layer.destination} ethertype 0x${layer.etherType.toString(16).padStart(4, '0')}`;
}
