import { formatIpv4 } from '../addresses/ipv4.ts';
import { u16, u32 } from '../network-order.ts';
import type { Layer } from './layer.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

const TYPE = 0; // RFC 792, every message
const CODE = 1; // RFC 792, every message
const CHECKSUM = 2; // RFC 792, every message
const REST = 4; // RFC 792: the next three, or unused
const IDENTIFIER = 4; // RFC 792, "Echo or Echo Reply Message"
const SEQUENCE = 6; // RFC 792, "Echo or Echo Reply Message"
const GATEWAY = 4; // RFC 792, "Redirect Message"
const NEXT_HOP_MTU = 6; // RFC 1191, 4
const HEADER_BYTES = 8;

const ECHO_REPLY = 0;
const UNREACHABLE = 3;
const SOURCE_QUENCH = 4;
const REDIRECT = 5;
const ECHO = 8;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;
const errors = [UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM];
const FRAGMENTATION_NEEDED = 4; // code of UNREACHABLE

export interface IcmpLayer {
  readonly layer: 'icmp';
  readonly offset: number;
  readonly length: number;
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  /** Bytes 4 to 7, whatever they mean. */
  readonly rest: number;
  /** Of an echo, with `sequence`. */
  readonly identifier: number | undefined;
  readonly sequence: number | undefined;
  /** Of "fragmentation needed"; 0 from a router that does not say. */
  readonly mtu: number | undefined;
  /** Of a redirect. */
  readonly gateway: string | undefined;
  /** The packet that an error is about, as far as it is quoted. */
  readonly quoted: readonly Layer[] | undefined;
}

/** `dissectQuoted` takes apart the packet that an error message carries. */
export function dissectIcmp(
  span: Span,
  dissectQuoted: (span: Span) => readonly Layer[],
): Dissection<IcmpLayer> {
  const { bytes, start: at } = span;
  if (available(span) < HEADER_BYTES)
    return { ok: false, error: cutShort('icmp', span, HEADER_BYTES), soFar: undefined };
  const type = bytes[at + TYPE]!;
  const code = bytes[at + CODE]!;
  const isEcho = type === ECHO || type === ECHO_REPLY;
  const isError = errors.includes(type);
  const body = after(span, HEADER_BYTES);
  const value: IcmpLayer = {
    layer: 'icmp',
    offset: at,
    length: HEADER_BYTES,
    type,
    code,
    checksum: u16(bytes, at + CHECKSUM),
    rest: u32(bytes, at + REST),
    identifier: isEcho ? u16(bytes, at + IDENTIFIER) : undefined,
    sequence: isEcho ? u16(bytes, at + SEQUENCE) : undefined,
    mtu: type === UNREACHABLE && code === FRAGMENTATION_NEEDED ? u16(bytes, at + NEXT_HOP_MTU) : undefined,
    gateway: type === REDIRECT ? formatIpv4(u32(bytes, at + GATEWAY)) : undefined,
    quoted: isError ? dissectQuoted(body) : undefined,
  };
  return { ok: true, value, payload: isError ? { ...body, start: body.end, wireEnd: body.end } : body };
}

const unreachable: Readonly<Record<number, string>> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'communication prohibited',
};

/** Without the quoted packet, which has its own summary. */
export function summarizeIcmp(layer: IcmpLayer): string {
  const { type, code } = layer;
  const echo = `id ${layer.identifier} seq ${layer.sequence}`;
  switch (type) {
    case ECHO_REPLY:
      return `ICMP echo reply ${echo}`;
    case ECHO:
      return `ICMP echo request ${echo}`;
    case UNREACHABLE: {
      const text = `ICMP ${unreachable[code] ?? `unreachable code ${code}`}`;
      return layer.mtu === undefined ? text : `${text} mtu ${layer.mtu}`;
    }
    case SOURCE_QUENCH:
      return 'ICMP source quench';
    case REDIRECT:
      return `ICMP redirect to ${layer.gateway}`;
    case TIME_EXCEEDED:
      return code === 1 ? 'ICMP reassembly time exceeded' : 'ICMP time exceeded';
    case PARAMETER_PROBLEM:
      return 'ICMP parameter problem';
    default:
      return `ICMP type ${type} code ${code}`;
  }
}
