import { formatIpv4 } from '../addresses/ipv4.ts';
import { u32 } from '../network-order.ts';
import type { DissectError } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';
import type { OptionPlace } from './option-list.ts';
import { hex, walkOptions } from './option-list.ts';

const RECORD_ROUTE = 7; // RFC 791, 3.1
const LOOSE_SOURCE_ROUTE = 131; // RFC 791, 3.1
const STRICT_SOURCE_ROUTE = 137; // RFC 791, 3.1
const ROUTER_ALERT = 148; // RFC 2113, 2.1

export type Ipv4Option =
  | {
      readonly kind: 'record-route' | 'loose-source-route' | 'strict-source-route';
      /** Where the next address goes, from 1 at the option's first byte. */
      readonly pointer: number;
      readonly addresses: readonly string[];
    }
  | { readonly kind: 'router-alert'; readonly value: number }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: string };

export interface Ipv4OptionsRead {
  readonly options: readonly Ipv4Option[];
  readonly error: DissectError | undefined;
}

export function dissectIpv4Options(bytes: Uint8Array, from: number, to: number): Ipv4OptionsRead {
  const walk = walkOptions(bytes, from, to);
  const { broken } = walk;
  return {
    options: walk.options.map((place) => readOption(bytes, place)),
    error:
      broken && dissectError('ipv4', broken.offset, broken.needed, broken.available, 'ipv4-option-length'),
  };
}

const routes: ReadonlyMap<number, 'record-route' | 'loose-source-route' | 'strict-source-route'> = new Map([
  [RECORD_ROUTE, 'record-route'],
  [LOOSE_SOURCE_ROUTE, 'loose-source-route'],
  [STRICT_SOURCE_ROUTE, 'strict-source-route'],
]);

function readOption(bytes: Uint8Array, { kind: type, offset, length }: OptionPlace): Ipv4Option {
  const end = offset + length;
  const route = routes.get(type);
  if (route !== undefined && length >= 3) {
    const addresses: string[] = [];
    for (let at = offset + 3; at + 4 <= end; at += 4) addresses.push(formatIpv4(u32(bytes, at)));
    return { kind: route, pointer: bytes[offset + 2]!, addresses };
  }
  if (type === ROUTER_ALERT && length === 4) {
    return { kind: 'router-alert', value: (bytes[offset + 2]! << 8) | bytes[offset + 3]! };
  }
  return { kind: 'unknown', type, data: hex(bytes, offset + 2, end) };
}
