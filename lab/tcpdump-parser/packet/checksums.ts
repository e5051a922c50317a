import { PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../protocol-numbers.ts';
import * as bit from './layer-bits.ts';
import type { Packet } from './packet.ts';

/** `absent`: no such header, or a UDP sender that made none. `unknown`: not all of the bytes are there. */
export type ChecksumState = 'good' | 'bad' | 'absent' | 'unknown';

export interface Checksums {
  readonly ipv4: ChecksumState;
  /** ICMP and ICMPv6. */
  readonly icmp: ChecksumState;
  readonly tcp: ChecksumState;
  readonly udp: ChecksumState;
}

/**
 * The Internet checksum of RFC 1071: the complement of the one's complement sum of 16-bit words, an odd last byte
 * padded with zero. Over bytes that hold a right checksum it is 0. `initial` is a sum to start from, such as a
 * pseudo-header's; bytes past the end of `bytes` are not counted.
 */
export function internetChecksum(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  return ~fold(sumWords(bytes, offset, length) + initial) & 0xffff;
}

/** Of the outermost IP packet of `packet`, which still has to hold its buffer. */
export function verifyChecksums(packet: Packet): Checksums {
  return {
    ipv4: packet.layers & bit.IPV4 ? verifyIpv4(packet) : 'absent',
    icmp:
      packet.layers & bit.ICMP
        ? verifyWhole(packet, 0)
        : packet.layers & bit.ICMPV6
          ? verifyAbove(packet, PROTOCOL_ICMPV6)
          : 'absent',
    tcp: packet.layers & bit.TCP ? verifyAbove(packet, PROTOCOL_TCP) : 'absent',
    udp: packet.layers & bit.UDP ? verifyUdp(packet) : 'absent',
  };
}

function verifyIpv4({ buffer, offset, capturedLength, ipOffset, ipHeaderLength }: Packet): ChecksumState {
  if (ipHeaderLength < 20 || ipOffset + ipHeaderLength > offset + capturedLength) return 'unknown';
  return internetChecksum(buffer, ipOffset, ipHeaderLength) === 0 ? 'good' : 'bad';
}

function verifyUdp(packet: Packet): ChecksumState {
  const at = packet.l4Offset + 6;
  if (packet.buffer[at] !== 0 || packet.buffer[at + 1] !== 0) return verifyAbove(packet, PROTOCOL_UDP);
  return packet.ipVersion === 4 ? 'absent' : 'bad'; // RFC 768, "Fields"; RFC 8200, 8.1
}

function verifyAbove(packet: Packet, protocol: number): ChecksumState {
  if (isSourceRouted(packet)) return 'unknown'; // the pseudo-header has the last destination, not this one
  return verifyWhole(packet, pseudoHeaderSum(packet, protocol));
}

function verifyWhole(packet: Packet, pseudoHeader: number): ChecksumState {
  const incomplete = packet.layers & (bit.FRAGMENT | bit.TRUNCATED) || packet.error !== undefined;
  if (incomplete) return 'unknown';
  return internetChecksum(packet.buffer, packet.l4Offset, packet.l4Length, pseudoHeader) === 0
    ? 'good'
    : 'bad';
}

/** RFC 9293, 3.1 and RFC 8200, 8.1: both addresses, the protocol and the length of what is above IP. */
function pseudoHeaderSum(packet: Packet, protocol: number): number {
  const addresses =
    packet.ipVersion === 4
      ? sumWords(packet.buffer, packet.ipOffset + 12, 8)
      : sumWords(packet.buffer, packet.ipv6SourceOffset, 32);
  return addresses + protocol + packet.l4Length;
}

function isSourceRouted(packet: Packet): boolean {
  if (packet.ipVersion === 6) return (packet.layers & bit.SOURCE_ROUTED) !== 0;
  const { buffer, ipOffset, ipHeaderLength } = packet;
  const end = ipOffset + ipHeaderLength;
  let at = ipOffset + 20;
  while (at + 3 <= end) {
    const type = buffer[at]!;
    const length = type === 1 ? 1 : buffer[at + 1]!;
    if (type === 0 || length === 0) return false;
    // RFC 791, 3.1: loose and strict source route; past its end, the pointer says that the route is used up.
    if ((type === 131 || type === 137) && buffer[at + 2]! <= length) return true;
    at += length;
  }
  return false;
}

function sumWords(bytes: Uint8Array, offset: number, length: number): number {
  const end = Math.min(offset + length, bytes.length);
  let sum = 0;
  let at = offset;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) sum += bytes[at]! << 8;
  return sum;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}
