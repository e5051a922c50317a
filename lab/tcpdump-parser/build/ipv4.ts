import { put16, put32 } from '../network-order.ts';
import { internetChecksum } from '../packet/checksums.ts';
import { ETHERTYPE_IPV4 } from '../protocol-numbers.ts';
import type { LinkOptions } from './ethernet.ts';
import { buildEthernet } from './ethernet.ts';

/** What every packet over IPv4 takes. Addresses are 32-bit numbers. */
export interface Ipv4Options {
  /** Left out: the result is a bare IP packet, for a tunnel, a quote or a raw link. */
  readonly link?: LinkOptions;
  readonly source: number;
  readonly destination: number;
  /** Default 64. */
  readonly ttl?: number;
  readonly tos?: number;
  readonly id?: number;
  /** Default true, as Linux sends. */
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset?: number;
  /** Raw IPv4 options, padded here to a multiple of 4 bytes. */
  readonly ipOptions?: Uint8Array;
  /** Overrides, for broken packets. */
  readonly ipTotalLength?: number;
  readonly ipChecksum?: number;
  readonly padTo?: number;
}

/** An IPv4 packet around `payload`, in an Ethernet frame when there is a `link`. Offsets: `../dissect/ipv4.ts`. */
export function buildIpv4(
  options: Ipv4Options & { readonly protocol: number; readonly payload: Uint8Array },
): Uint8Array {
  const { payload, ipOptions = new Uint8Array(0), fragmentOffset = 0 } = options;
  const headerBytes = 20 + Math.ceil(ipOptions.length / 4) * 4;
  const packet = new Uint8Array(headerBytes + payload.length);
  const dontFragment = options.dontFragment ?? true;
  packet[0] = 0x40 | (headerBytes / 4);
  packet[1] = options.tos ?? 0;
  put16(packet, 2, options.ipTotalLength ?? packet.length);
  put16(packet, 4, options.id ?? 0);
  put16(packet, 6, (dontFragment ? 0x4000 : 0) | (options.moreFragments ? 0x2000 : 0) | (fragmentOffset / 8));
  packet[8] = options.ttl ?? 64;
  packet[9] = options.protocol;
  put32(packet, 12, options.source);
  put32(packet, 16, options.destination);
  packet.set(ipOptions, 20);
  put16(packet, 10, options.ipChecksum ?? internetChecksum(packet, 0, headerBytes));
  packet.set(payload, headerBytes);
  if (options.link === undefined) return packet;
  return buildEthernet({
    ...options.link,
    etherType: ETHERTYPE_IPV4,
    payload: packet,
    padTo: options.padTo ?? 0,
  });
}

/** What TCP and UDP add to their checksum. Source: RFC 9293, 3.1. */
export function pseudoHeaderSum(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  const halves = (address: number) => (address >>> 16) + (address & 0xffff);
  return halves(source) + halves(destination) + protocol + length;
}
