import { formatIpv6 } from '../addresses/ipv6.ts';
import { formatMac, readMac } from '../addresses/mac.ts';
import { u16, u32 } from '../network-order.ts';
import type { DissectError } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';
import type { Layer } from './layer.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

const TYPE = 0; // RFC 4443, 2.1: below 128 an error
const CODE = 1; // RFC 4443, 2.1
const CHECKSUM = 2; // RFC 4443, 2.1
const REST = 4; // RFC 4443, 3 and 4: the next three, or unused
const MTU = 4; // RFC 4443, 3.2
const IDENTIFIER = 4; // RFC 4443, 4.1
const SEQUENCE = 6; // RFC 4443, 4.1
const TARGET = 8; // RFC 4861, 4.3, 4.4, 4.5
const OPTION_TYPE = 0; // RFC 4861, 4.6
const OPTION_LENGTH = 1; // RFC 4861, 4.6: in units of 8 bytes, the two first included
const OPTION_VALUE = 2; // RFC 4861, 4.6
const HEADER_BYTES = 8;

const PACKET_TOO_BIG = 2;
const PARAMETER_PROBLEM = 4;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const REDIRECT = 137;

/** Where the options of a neighbour discovery message begin. Source: RFC 4861, 4.1 to 4.5. */
const optionsAt: ReadonlyMap<number, number> = new Map([
  [133, 8], // router solicitation
  [134, 16], // router advertisement
  [NEIGHBOUR_SOLICITATION, 24],
  [NEIGHBOUR_ADVERTISEMENT, 24],
  [REDIRECT, 40],
]);
const targeted = [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT];

const SOURCE_LINK_ADDRESS = 1; // RFC 4861, 4.6.1
const TARGET_LINK_ADDRESS = 2; // RFC 4861, 4.6.1

export interface Icmpv6Layer {
  readonly layer: 'icmpv6';
  readonly offset: number;
  /** Neighbour discovery messages: all of it. */
  readonly length: number;
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  /** Bytes 4 to 7, whatever they mean. */
  readonly rest: number;
  /** Of an echo, with `sequence`. */
  readonly identifier: number | undefined;
  readonly sequence: number | undefined;
  /** Of "packet too big". */
  readonly mtu: number | undefined;
  /** Of neighbour solicitations, advertisements and redirects. */
  readonly target: string | undefined;
  readonly sourceLinkAddress: string | undefined;
  readonly targetLinkAddress: string | undefined;
  /** The packet that an error is about, as far as it is quoted. */
  readonly quoted: readonly Layer[] | undefined;
}

/** `dissectQuoted` takes apart the packet that an error message carries. */
export function dissectIcmpv6(
  span: Span,
  dissectQuoted: (span: Span) => readonly Layer[],
): Dissection<Icmpv6Layer> {
  const { bytes, start: at } = span;
  const room = available(span);
  if (room < HEADER_BYTES)
    return { ok: false, error: cutShort('icmpv6', span, HEADER_BYTES), soFar: undefined };
  const type = bytes[at + TYPE]!;
  const isEcho = type === ECHO_REQUEST || type === ECHO_REPLY;
  const isError = type >= 1 && type <= PARAMETER_PROBLEM;
  const body = after(span, HEADER_BYTES);
  const discovery = optionsAt.get(type);
  const options = discovery === undefined ? noOptions : readOptions(span, discovery);
  const hasTarget = targeted.includes(type) && room >= TARGET + 16;
  const value: Icmpv6Layer = {
    layer: 'icmpv6',
    offset: at,
    length: discovery === undefined ? HEADER_BYTES : room,
    type,
    code: bytes[at + CODE]!,
    checksum: u16(bytes, at + CHECKSUM),
    rest: u32(bytes, at + REST),
    identifier: isEcho ? u16(bytes, at + IDENTIFIER) : undefined,
    sequence: isEcho ? u16(bytes, at + SEQUENCE) : undefined,
    mtu: type === PACKET_TOO_BIG ? u32(bytes, at + MTU) : undefined,
    target: hasTarget ? formatIpv6(bytes, at + TARGET) : undefined,
    sourceLinkAddress: options.addresses.get(SOURCE_LINK_ADDRESS),
    targetLinkAddress: options.addresses.get(TARGET_LINK_ADDRESS),
    quoted: isError ? dissectQuoted(body) : undefined,
  };
  const isRead = isError || discovery !== undefined;
  const payload = isRead ? { ...body, start: body.end, wireEnd: body.end } : body;
  return { ok: true, value, payload, bodyError: options.error };
}

interface Options {
  readonly addresses: ReadonlyMap<number, string>;
  readonly error: DissectError | undefined;
}

const noOptions: Options = { addresses: new Map(), error: undefined };

function readOptions(span: Span, from: number): Options {
  const { bytes, start, end } = span;
  const addresses = new Map<number, string>();
  if (end - start < from) return { addresses, error: cutShort('icmpv6', span, from) };
  let at = start + from;
  while (at < end) {
    const left = end - at;
    if (left < 8) return { addresses, error: dissectError('icmpv6', at, 8, left, span.limit) };
    const length = bytes[at + OPTION_LENGTH]! * 8;
    // A length of 0 would never end; RFC 4861, 4.6 has such a packet discarded.
    if (length === 0) return { addresses, error: dissectError('icmpv6', at, 8, 0, 'icmpv6-option-length') };
    if (length > left) return { addresses, error: dissectError('icmpv6', at, length, left, span.limit) };
    const type = bytes[at + OPTION_TYPE]!;
    const isAddress = type === SOURCE_LINK_ADDRESS || type === TARGET_LINK_ADDRESS;
    if (isAddress && length === 8) addresses.set(type, formatMac(readMac(bytes, at + OPTION_VALUE)));
    at += length;
  }
  return { addresses, error: undefined };
}

const names: Readonly<Record<number, string>> = {
  1: 'unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbour solicitation',
  136: 'neighbour advertisement',
  137: 'redirect',
  143: 'multicast listener report v2',
};

/** Without the quoted packet, which has its own summary. */
export function summarizeIcmpv6(layer: Icmpv6Layer): string {
  const name = names[layer.type] ?? `type ${layer.type} code ${layer.code}`;
  const parts = [`ICMPv6 ${name}`];
  if (layer.identifier !== undefined) parts.push(`id ${layer.identifier} seq ${layer.sequence}`);
  if (layer.mtu !== undefined) parts.push(`mtu ${layer.mtu}`);
  if (layer.target !== undefined) parts.push(`for ${layer.target}`);
  if (layer.targetLinkAddress !== undefined) parts.push(`at ${layer.targetLinkAddress}`);
  return parts.join(' ');
}
