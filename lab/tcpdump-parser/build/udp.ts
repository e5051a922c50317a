import { put16 } from '../network-order.ts';
import { internetChecksum } from '../packet/checksums.ts';
import { PROTOCOL_UDP } from '../protocol-numbers.ts';
import type { Ipv4Options } from './ipv4.ts';
import { buildIpv4, pseudoHeaderSum } from './ipv4.ts';

export interface UdpOptions extends Ipv4Options {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload?: Uint8Array;
  /** Overrides, for broken packets; a checksum of 0 means that none was made. */
  readonly udpLength?: number;
  readonly checksum?: number;
}

/** Offsets: `../dissect/udp.ts`. */
export function buildUdp(options: UdpOptions): Uint8Array {
  const { source, destination, payload = new Uint8Array(0) } = options;
  const datagram = new Uint8Array(8 + payload.length);
  put16(datagram, 0, options.sourcePort);
  put16(datagram, 2, options.destinationPort);
  put16(datagram, 4, options.udpLength ?? datagram.length);
  datagram.set(payload, 8);
  const pseudoHeader = pseudoHeaderSum(source, destination, PROTOCOL_UDP, datagram.length);
  // RFC 768, "Fields": a computed 0 is sent as all ones.
  const computed = internetChecksum(datagram, 0, datagram.length, pseudoHeader) || 0xffff;
  put16(datagram, 6, options.checksum ?? computed);
  return buildIpv4({ ...options, protocol: PROTOCOL_UDP, payload: datagram });
}
