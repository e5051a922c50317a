import { put16, put32 } from '../network-order.ts';
import { internetChecksum } from '../packet/checksums.ts';
import { PROTOCOL_ICMP } from '../protocol-numbers.ts';
import type { Ipv4Options } from './ipv4.ts';
import { buildIpv4 } from './ipv4.ts';

export interface IcmpOptions extends Ipv4Options {
  readonly type: number;
  readonly code?: number;
  /** Bytes 4 to 7 as one number: identifier and sequence of an echo, MTU, gateway. */
  readonly rest?: number;
  /** Of an error: the start of the packet that it is about, a bare IP packet. */
  readonly payload?: Uint8Array;
  /** Overrides, for broken packets. */
  readonly checksum?: number;
}

/** Offsets: `../dissect/icmp.ts`. */
export function buildIcmp(options: IcmpOptions): Uint8Array {
  const { payload = new Uint8Array(0) } = options;
  const message = new Uint8Array(8 + payload.length);
  message[0] = options.type;
  message[1] = options.code ?? 0;
  put32(message, 4, options.rest ?? 0);
  message.set(payload, 8);
  put16(message, 2, options.checksum ?? internetChecksum(message, 0, message.length));
  return buildIpv4({ ...options, protocol: PROTOCOL_ICMP, payload: message });
}
