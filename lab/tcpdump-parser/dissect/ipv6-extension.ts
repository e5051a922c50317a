import { u16, u32 } from '../network-order.ts';
import * as number from '../protocol-numbers.ts';
import type { DissectError } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';
import { hex } from './option-list.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

const NEXT_HEADER = 0; // RFC 8200, 4.3 to 4.6; RFC 4302, 2.1
const LENGTH = 1; // RFC 8200, 4.3, 4.4, 4.6: in units of 8 bytes after the first 8; RFC 4302, 2.2: of 4, less 2
const OPTIONS = 2; // RFC 8200, 4.2: type, length, value
const ROUTING_TYPE = 2; // RFC 8200, 4.4
const SEGMENTS_LEFT = 3; // RFC 8200, 4.4
const FRAGMENT_OFFSET = 2; // RFC 8200, 4.5: offset in units of 8 bytes (13 bits), reserved (2), M (1)
const IDENTIFICATION = 4; // RFC 8200, 4.5
const SECURITY_PARAMETERS_INDEX = 4; // RFC 4302, 2.4
const SEQUENCE = 8; // RFC 4302, 2.5
const HEADER_BYTES_MIN = 8;

const PAD1 = 0; // RFC 8200, 4.2: a single byte without a length

export interface Ipv6Option {
  readonly type: number;
  readonly data: string;
}

interface Extension {
  readonly offset: number;
  readonly length: number;
  readonly nextHeader: number;
}

export type Ipv6ExtensionLayer =
  | (Extension & { readonly layer: 'ipv6-hop-by-hop'; readonly options: readonly Ipv6Option[] })
  | (Extension & { readonly layer: 'ipv6-destination-options'; readonly options: readonly Ipv6Option[] })
  | (Extension & {
      readonly layer: 'ipv6-routing';
      readonly routingType: number;
      readonly segmentsLeft: number;
    })
  | (Extension & {
      readonly layer: 'ipv6-fragment';
      /** In bytes. */
      readonly fragmentOffset: number;
      readonly moreFragments: boolean;
      readonly id: number;
    })
  | (Extension & {
      readonly layer: 'ipv6-authentication';
      readonly securityParametersIndex: number;
      /** Undefined when the header is too short to hold it. */
      readonly sequence: number | undefined;
    });

export function isIpv6Extension(protocol: number): boolean {
  return (
    protocol === number.PROTOCOL_HOP_BY_HOP ||
    protocol === number.PROTOCOL_ROUTING ||
    protocol === number.PROTOCOL_FRAGMENT ||
    protocol === number.PROTOCOL_AUTHENTICATION ||
    protocol === number.PROTOCOL_DESTINATION_OPTIONS
  );
}

/** `type`: the number that announced this header. */
export function dissectIpv6Extension(span: Span, type: number): Dissection<Ipv6ExtensionLayer> {
  const { bytes, start: offset } = span;
  if (available(span) < HEADER_BYTES_MIN) {
    return { ok: false, error: cutShort('ipv6-extension', span, HEADER_BYTES_MIN), soFar: undefined };
  }
  const length = headerLength(type, bytes[offset + LENGTH]!);
  if (length > available(span)) {
    return { ok: false, error: cutShort('ipv6-extension', span, length), soFar: undefined };
  }
  const payload = after(span, length);
  const common = { offset, length, nextHeader: bytes[offset + NEXT_HEADER]! };
  switch (type) {
    case number.PROTOCOL_ROUTING: {
      const routingType = bytes[offset + ROUTING_TYPE]!;
      const segmentsLeft = bytes[offset + SEGMENTS_LEFT]!;
      return { ok: true, value: { layer: 'ipv6-routing', ...common, routingType, segmentsLeft }, payload };
    }
    case number.PROTOCOL_FRAGMENT: {
      const field = u16(bytes, offset + FRAGMENT_OFFSET);
      const fragmentOffset = field & 0xfff8;
      const moreFragments = (field & 1) !== 0;
      const id = u32(bytes, offset + IDENTIFICATION);
      return {
        ok: true,
        value: { layer: 'ipv6-fragment', ...common, fragmentOffset, moreFragments, id },
        payload,
      };
    }
    case number.PROTOCOL_AUTHENTICATION: {
      const securityParametersIndex = u32(bytes, offset + SECURITY_PARAMETERS_INDEX);
      const sequence = length >= SEQUENCE + 4 ? u32(bytes, offset + SEQUENCE) : undefined;
      return {
        ok: true,
        value: { layer: 'ipv6-authentication', ...common, securityParametersIndex, sequence },
        payload,
      };
    }
    default: {
      const layer = type === number.PROTOCOL_HOP_BY_HOP ? 'ipv6-hop-by-hop' : 'ipv6-destination-options';
      const { options, error } = readOptions(bytes, offset + OPTIONS, offset + length);
      return { ok: true, value: { layer, ...common, options }, payload, bodyError: error };
    }
  }
}

function headerLength(type: number, field: number): number {
  if (type === number.PROTOCOL_FRAGMENT) return 8; // RFC 8200, 4.5: reserved, no length
  if (type === number.PROTOCOL_AUTHENTICATION) return (field + 2) * 4; // RFC 4302, 2.2
  return (field + 1) * 8;
}

function readOptions(bytes: Uint8Array, from: number, to: number) {
  const options: Ipv6Option[] = [];
  let at = from;
  let error: DissectError | undefined;
  while (at < to) {
    const type = bytes[at]!;
    if (type === PAD1) {
      at += 1;
      continue;
    }
    const needed = to - at < 2 ? 2 : 2 + bytes[at + 1]!;
    if (needed > to - at) {
      error = dissectError('ipv6-extension', at, needed, to - at, 'ipv6-option-length');
      break;
    }
    options.push({ type, data: hex(bytes, at + 2, at + needed) });
    at += needed;
  }
  return { options, error };
}

export function summarizeIpv6Extension(layer: Ipv6ExtensionLayer): string {
  switch (layer.layer) {
    case 'ipv6-hop-by-hop':
      return 'hop-by-hop';
    case 'ipv6-destination-options':
      return 'destination-options';
    case 'ipv6-routing':
      return `routing type ${layer.routingType} segments left ${layer.segmentsLeft}`;
    case 'ipv6-fragment':
      return `fragment id ${layer.id} offset ${layer.fragmentOffset}${layer.moreFragments ? ' more' : ' last'}`;
    case 'ipv6-authentication':
      return 'authentication';
    default:
      return layer satisfies never;
  }
}
