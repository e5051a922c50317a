import { u16 } from '../network-order.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

// Source: the tcpdump group's page on LINKTYPE_NULL; LINKTYPE_LOOP is the same in network byte order.
const FAMILY = 0; // AF_ value of the capturing system, in its byte order
const HEADER_BYTES = 4;

const AF_INET = 2;
const AF_INET6 = [10, 24, 28, 30]; // Linux; NetBSD and OpenBSD; FreeBSD; Darwin

export interface NullLayer {
  readonly layer: 'null';
  readonly offset: number;
  readonly length: number;
  readonly family: number;
  readonly ipVersion: 4 | 6 | undefined;
}

export function dissectNull(span: Span): Dissection<NullLayer> {
  if (available(span) < HEADER_BYTES)
    return { ok: false, error: cutShort('null', span, HEADER_BYTES), soFar: undefined };
  const { bytes, start } = span;
  // A family is a small number, so either its first or its last two bytes are zero: that tells the byte order.
  const first = bytes[start + FAMILY]! | (bytes[start + FAMILY + 1]! << 8);
  const family = first === 0 ? u16(bytes, start + FAMILY + 2) : first;
  const ipVersion = family === AF_INET ? 4 : AF_INET6.includes(family) ? 6 : undefined;
  const value: NullLayer = { layer: 'null', offset: start, length: HEADER_BYTES, family, ipVersion };
  return { ok: true, value, payload: after(span, HEADER_BYTES) };
}

export function summarizeNull(layer: NullLayer): string {
  return `address family ${layer.family}`;
}
