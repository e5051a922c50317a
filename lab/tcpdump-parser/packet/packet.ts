import { readMac } from '../addresses/mac.ts';
import type { DissectError, DissectErrorLayer, LengthLimit } from '../dissect/dissect-error.ts';
import { dissectError } from '../dissect/dissect-error.ts';
import * as link from '../link-types.ts';
import * as nesting from '../nesting-limits.ts';
import { u16, u32 } from '../network-order.ts';
import * as number from '../protocol-numbers.ts';
import * as bit from './layer-bits.ts';

/** Most packets carry none of these, so their fields are cleared only after one that did. */
const RARE = bit.ARP | bit.ICMP | bit.ICMPV6 | bit.IPV6;

/**
 * The headers of one frame as numbers. One object is meant to be reused for every frame of a capture: `decode`
 * sets every field anew and allocates nothing unless the frame is malformed. For IP inside IP, or inside an ICMP
 * error, give the payload to `decodeIp` or `decodeQuoted` of a second object.
 *
 * Every offset is an index into `buffer`. A header whose fixed part is there is kept even when one of its lengths is
 * wrong; `error` says so, nothing after it is decoded, and the payload is what the last sound header carries.
 * The offset tables, with their sources, are in `../dissect/`.
 */
export class Packet {
  buffer: Uint8Array = new Uint8Array(0);
  offset = 0;
  capturedLength = 0;
  /** Bit set, see `layer-bits.ts`. */
  layers = 0;
  /** Undefined for a sound frame. Its offset counts from the `offset` given. */
  error: DissectError | undefined = undefined;

  /** 48-bit number. With a Linux cooked header the source alone is known. */
  sourceMac = 0;
  destinationMac = 0;
  /** After any VLAN tags; an 802.3 length when at most 1500. */
  etherType = 0;
  /** Of the outer tag, -1 without one. */
  vlanId = -1;
  vlanDepth = 0;

  /** 0 when the frame carries no IP. */
  ipVersion = 0;
  ipOffset = -1;
  /** IPv6: with the extension headers. */
  ipHeaderLength = 0;
  /** As the header claims. IPv6: payload length plus 40. */
  ipTotalLength = 0;
  /** Unsigned 32-bit number; 0 for IPv6. */
  ipSource = 0;
  ipDestination = 0;
  ipv6SourceOffset = -1;
  ipv6DestinationOffset = -1;
  ttl = 0;
  /** Type of service or traffic class: DSCP and ECN. */
  tos = 0;
  /** IPv6: identification of the fragment header, else 0. */
  ipId = 0;
  dontFragment = false;
  moreFragments = false;
  /** In bytes. */
  fragmentOffset = 0;
  /** IPv6: after the extension headers. */
  protocol = 0;

  /** -1 when there is no IP, and in a fragment that is not the first. */
  l4Offset = -1;
  /** Bytes that are there, header and payload. */
  l4Length = 0;
  /** After the last sound header. */
  payloadOffset = 0;
  /** Bytes that are there, without Ethernet padding. */
  payloadLength = 0;
  /** Bytes that were on the wire: more than `payloadLength` when the capture was cut. */
  payloadWireLength = 0;
  sourcePort = 0;
  destinationPort = 0;

  /** Twelve bits, the reserved ones included. */
  tcpFlags = 0;
  tcpSequence = 0;
  tcpAcknowledgement = 0;
  tcpWindow = 0;
  /** 0 when a quote ends before that field: then ports and sequence alone are known. */
  tcpHeaderLength = 0;

  icmpType = 0;
  icmpCode = 0;
  /** Bytes 4 to 7: identifier and sequence, MTU, gateway, as the type says. */
  icmpRest = 0;

  arpOperation = 0;
  arpSenderMac = 0;
  arpSenderIp = 0;
  arpTargetMac = 0;
  arpTargetIp = 0;

  /** First byte past what is there. */
  #end = 0;
  /** What set `#end`. */
  #limit: LengthLimit = 'frame';
  /** First byte past what was on the wire. */
  #wireEnd = 0;
  #wireLimit: LengthLimit = 'frame';
  /** A length may point past `#wireEnd`: the rest is in another fragment, or was not quoted. */
  #isPart = false;
  #isQuoted = false;

  /** `originalLength` tells a frame that the capture cut from one whose lengths are wrong. */
  decode(
    buffer: Uint8Array,
    offset: number,
    capturedLength: number,
    linkType: number,
    originalLength: number = capturedLength,
  ): void {
    this.#reset(buffer, offset, capturedLength, originalLength);
    switch (linkType) {
      case link.LINKTYPE_ETHERNET:
        this.#ethernet(offset);
        return;
      case link.LINKTYPE_RAW:
      case link.LINKTYPE_RAW_BSD:
      case link.LINKTYPE_RAW_OPENBSD:
        this.#ip(offset);
        return;
      case link.LINKTYPE_IPV4:
        this.#ipv4(offset);
        return;
      case link.LINKTYPE_IPV6:
        this.#ipv6(offset);
        return;
      case link.LINKTYPE_LINUX_SLL:
        this.#linuxSll(offset);
        return;
      case link.LINKTYPE_LINUX_SLL2:
        this.#linuxSll2(offset);
        return;
      case link.LINKTYPE_NULL:
      case link.LINKTYPE_LOOP:
        this.#nullLoopback(offset);
        return;
    }
  }

  /** A bare IP packet: the payload of a tunnel. */
  decodeIp(buffer: Uint8Array, offset: number, length: number, originalLength: number = length): void {
    this.#reset(buffer, offset, length, originalLength);
    this.#ip(offset);
  }

  /** The start of an IP packet, as an ICMP error quotes it. That it is cut is no error. */
  decodeQuoted(buffer: Uint8Array, offset: number, length: number): void {
    this.#reset(buffer, offset, length, length);
    this.#limit = 'quoted-packet';
    this.#wireLimit = 'quoted-packet';
    this.#isPart = true;
    this.#isQuoted = true;
    this.#ip(offset);
  }

  #ethernet(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 14) {
      this.#cut('ethernet', at, 14);
      return;
    }
    this.layers = bit.ETHERNET;
    this.destinationMac = readMac(buffer, at);
    this.sourceMac = readMac(buffer, at + 6);
    this.#payload(at + 14);
    this.#etherType(u16(buffer, at + 12), at + 14);
  }

  #linuxSll(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 16) {
      this.#cut('linux-sll', at, 16);
      return;
    }
    if (u16(buffer, at + 4) === 6) this.sourceMac = readMac(buffer, at + 6);
    this.#payload(at + 16);
    this.#etherType(u16(buffer, at + 14), at + 16);
  }

  #linuxSll2(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 20) {
      this.#cut('linux-sll2', at, 20);
      return;
    }
    if (buffer[at + 11] === 6) this.sourceMac = readMac(buffer, at + 12);
    this.#payload(at + 20);
    this.#etherType(u16(buffer, at), at + 20);
  }

  #nullLoopback(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 4) {
      this.#cut('null', at, 4);
      return;
    }
    this.#payload(at + 4);
    // The family is small, so the byte order shows: the first two bytes or the last two are zero.
    const family = buffer[at]! | (buffer[at + 1]! << 8) || u16(buffer, at + 2);
    if (family === 2) this.#ipv4(at + 4);
    else if (family === 10 || family === 24 || family === 28 || family === 30) this.#ipv6(at + 4);
  }

  #etherType(first: number, from: number): void {
    let type = first;
    let at = from;
    while (
      type === number.ETHERTYPE_VLAN ||
      type === number.ETHERTYPE_QINQ ||
      type === number.ETHERTYPE_QINQ_OLD
    ) {
      this.etherType = type;
      if (this.vlanDepth === nesting.VLAN_TAGS_MAX) {
        this.#fail('vlan', at, nesting.VLAN_TAGS_MAX + 1, nesting.VLAN_TAGS_MAX, 'nesting-limit');
        return;
      }
      if (this.#end - at < 4) {
        this.#cut('vlan', at, 4);
        return;
      }
      const buffer = this.buffer;
      if (this.vlanDepth === 0) this.vlanId = ((buffer[at]! & 0x0f) << 8) | buffer[at + 1]!;
      this.vlanDepth++;
      this.layers |= bit.VLAN;
      type = u16(buffer, at + 2);
      at += 4;
      this.#payload(at);
    }
    this.etherType = type;
    if (type === number.ETHERTYPE_IPV4) this.#ipv4(at);
    else if (type === number.ETHERTYPE_ARP) this.#arp(at);
    else if (type === number.ETHERTYPE_IPV6) this.#ipv6(at);
    else if (type <= number.ETHERNET_LENGTH_MAX && this.layers & bit.ETHERNET) {
      if (this.#claim('ethernet', this.offset, at, type, 'ethernet-length')) this.#payload(at);
    }
  }

  #arp(at: number): void {
    const buffer = this.buffer;
    const available = this.#end - at;
    if (available < 8) {
      this.#cut('arp', at, 8);
      return;
    }
    const hardwareLength = buffer[at + 4]!;
    const protocolLength = buffer[at + 5]!;
    const needed = 8 + 2 * hardwareLength + 2 * protocolLength;
    if (available < needed) {
      this.#cut('arp', at, needed);
      return;
    }
    const isEthernet = buffer[at] === 0 && buffer[at + 1] === 1;
    const isIpv4 = buffer[at + 2] === 0x08 && buffer[at + 3] === 0x00;
    if (isEthernet && hardwareLength !== 6) {
      this.#fail('arp', at, 6, hardwareLength, 'arp-address-lengths');
      return;
    }
    if (isIpv4 && protocolLength !== 4) {
      this.#fail('arp', at, 4, protocolLength, 'arp-address-lengths');
      return;
    }
    if (!isEthernet || !isIpv4) return;
    this.layers = (this.layers | bit.ARP) & ~bit.TRUNCATED;
    this.arpOperation = u16(buffer, at + 6);
    this.arpSenderMac = readMac(buffer, at + 8);
    this.arpSenderIp = u32(buffer, at + 14);
    this.arpTargetMac = readMac(buffer, at + 18);
    this.arpTargetIp = u32(buffer, at + 24);
    this.payloadOffset = at + 28;
    this.payloadLength = 0;
    this.payloadWireLength = 0;
  }

  #ip(at: number): void {
    if (this.#end - at < 1) {
      this.#cut('ip', at, 1);
      return;
    }
    const version = this.buffer[at]! >>> 4;
    if (version === 4) this.#ipv4(at);
    else if (version === 6) this.#ipv6(at);
    else this.#fail('ip', at, 0, version, 'ip-version');
  }

  #ipv4(at: number): void {
    const buffer = this.buffer;
    const available = this.#end - at;
    if (available < 20) {
      this.#cut('ipv4', at, 20);
      return;
    }
    const first = buffer[at]!;
    if (first >>> 4 !== 4) {
      this.#fail('ipv4', at, 4, first >>> 4, 'ip-version');
      return;
    }
    const headerLength = (first & 0x0f) * 4;
    const totalLength = u16(buffer, at + 2);
    const fragment = u16(buffer, at + 6);
    const protocol = buffer[at + 9]!;
    this.layers |= bit.IPV4;
    this.ipVersion = 4;
    this.ipOffset = at;
    this.ipHeaderLength = headerLength;
    this.tos = buffer[at + 1]!;
    this.ipTotalLength = totalLength;
    this.ipId = u16(buffer, at + 4);
    this.dontFragment = (fragment & 0x4000) !== 0;
    this.moreFragments = (fragment & 0x2000) !== 0;
    this.fragmentOffset = (fragment & 0x1fff) * 8;
    this.ttl = buffer[at + 8]!;
    this.protocol = protocol;
    this.ipSource = u32(buffer, at + 12);
    this.ipDestination = u32(buffer, at + 16);
    if (headerLength < 20) {
      this.#fail('ipv4', at, 20, headerLength, 'ipv4-header-length');
      return;
    }
    if (headerLength > totalLength) {
      this.#fail('ipv4', at, headerLength, totalLength, 'ipv4-total-length');
      return;
    }
    if (headerLength > available) {
      this.#cut('ipv4', at, headerLength);
      return;
    }
    if (!this.#claim('ipv4', at, at, totalLength, 'ipv4-total-length')) return;
    this.#aboveIp(protocol, at + headerLength, fragment & 0x3fff);
  }

  #ipv6(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 40) {
      this.#cut('ipv6', at, 40);
      return;
    }
    const first = buffer[at]!;
    if (first >>> 4 !== 6) {
      this.#fail('ipv6', at, 6, first >>> 4, 'ip-version');
      return;
    }
    const payloadLength = u16(buffer, at + 4);
    this.layers |= bit.IPV6;
    this.ipVersion = 6;
    this.ipOffset = at;
    this.ipHeaderLength = 40;
    this.ipTotalLength = 40 + payloadLength;
    this.tos = ((first & 0x0f) << 4) | (buffer[at + 1]! >>> 4);
    this.protocol = buffer[at + 6]!;
    this.ttl = buffer[at + 7]!;
    this.ipv6SourceOffset = at + 8;
    this.ipv6DestinationOffset = at + 24;
    if (!this.#claim('ipv6', at, at, 40 + payloadLength, 'ipv6-payload-length')) return;
    this.#payload(at + 40);
    this.#ipv6Extensions(at + 40);
  }

  #ipv6Extensions(from: number): void {
    const buffer = this.buffer;
    let at = from;
    let fragment = 0;
    for (let count = 0; isExtension(this.protocol); count++) {
      if (count === nesting.IPV6_EXTENSIONS_MAX) {
        this.#fail('ipv6-extension', at, count + 1, count, 'nesting-limit');
        return;
      }
      const available = this.#end - at;
      if (available < 8) {
        this.#cut('ipv6-extension', at, 8);
        return;
      }
      const type = this.protocol;
      const length = extensionLength(type, buffer[at + 1]!);
      if (length > available) {
        this.#cut('ipv6-extension', at, length);
        return;
      }
      this.layers |= bit.IPV6_EXTENSION;
      if (type === number.PROTOCOL_ROUTING && buffer[at + 3]! > 0) this.layers |= bit.SOURCE_ROUTED;
      if (type === number.PROTOCOL_FRAGMENT) {
        const field = u16(buffer, at + 2);
        fragment = (field >>> 3) | ((field & 1) << 13);
        this.fragmentOffset = field & 0xfff8;
        this.moreFragments = (field & 1) !== 0;
        this.ipId = u32(buffer, at + 4);
      }
      this.protocol = buffer[at]!;
      at += length;
      this.ipHeaderLength = at - this.ipOffset;
      this.#payload(at);
      if (this.fragmentOffset > 0) break; // what follows belongs into the middle of the packet
    }
    this.#aboveIp(this.protocol, at, fragment);
  }

  /** `fragment`: offset in units of 8 bytes, and bit 13 for more fragments. */
  #aboveIp(protocol: number, at: number, fragment: number): void {
    this.#payload(at);
    if (fragment !== 0) {
      this.layers |= bit.FRAGMENT;
      if ((fragment & 0x1fff) !== 0) return;
      this.#isPart = true;
    }
    this.l4Offset = at;
    this.l4Length = this.#end - at;
    if (protocol === number.PROTOCOL_TCP) this.#tcp(at);
    else if (protocol === number.PROTOCOL_UDP) this.#udp(at);
    else if (protocol === number.PROTOCOL_ICMP) this.#icmp(at, 'icmp', bit.ICMP);
    else if (protocol === number.PROTOCOL_ICMPV6) this.#icmp(at, 'icmpv6', bit.ICMPV6);
    else if (protocol === number.PROTOCOL_IPIP || protocol === number.PROTOCOL_IPV6) this.layers |= bit.IPIP;
  }

  #tcp(at: number): void {
    const buffer = this.buffer;
    const available = this.#end - at;
    if (available < 20) {
      if (this.#isQuoted && available >= 8) this.#quotedTcp(at);
      else this.#cut('tcp', at, 20);
      return;
    }
    const headerLength = (buffer[at + 12]! >>> 4) * 4;
    this.layers |= bit.TCP;
    this.sourcePort = u16(buffer, at);
    this.destinationPort = u16(buffer, at + 2);
    this.tcpSequence = u32(buffer, at + 4);
    this.tcpAcknowledgement = u32(buffer, at + 8);
    this.tcpHeaderLength = headerLength;
    this.tcpFlags = ((buffer[at + 12]! & 0x0f) << 8) | buffer[at + 13]!;
    this.tcpWindow = u16(buffer, at + 14);
    if (headerLength < 20) this.#fail('tcp', at, 20, headerLength, 'tcp-data-offset');
    else if (headerLength <= available) this.#payload(at + headerLength);
    else if (this.#isQuoted) this.#nothingAfter();
    else this.#cut('tcp', at, headerLength);
  }

  /** RFC 792 asks for 8 bytes above IP: both ports and the sequence number. */
  #quotedTcp(at: number): void {
    const buffer = this.buffer;
    this.layers |= bit.TCP;
    this.sourcePort = u16(buffer, at);
    this.destinationPort = u16(buffer, at + 2);
    this.tcpSequence = u32(buffer, at + 4);
    this.#nothingAfter();
  }

  #udp(at: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 8) {
      this.#cut('udp', at, 8);
      return;
    }
    const length = u16(buffer, at + 4);
    this.layers |= bit.UDP;
    this.sourcePort = u16(buffer, at);
    this.destinationPort = u16(buffer, at + 2);
    if (length < 8) this.#fail('udp', at, 8, length, 'udp-length');
    else if (this.#claim('udp', at, at, length, 'udp-length')) {
      this.l4Length = this.#end - at;
      this.#payload(at + 8);
    }
  }

  #icmp(at: number, layer: 'icmp' | 'icmpv6', layerBit: number): void {
    const buffer = this.buffer;
    if (this.#end - at < 8) {
      this.#cut(layer, at, 8);
      return;
    }
    this.layers |= layerBit;
    this.icmpType = buffer[at]!;
    this.icmpCode = buffer[at + 1]!;
    this.icmpRest = u32(buffer, at + 4);
    this.#payload(at + 8);
  }

  /** Everything up to the end is what the header before `at` carries. */
  #payload(at: number): void {
    this.payloadOffset = at;
    this.payloadLength = this.#end - at;
    this.payloadWireLength = this.#wireEnd - at;
  }

  #nothingAfter(): void {
    this.layers |= bit.TRUNCATED;
    this.payloadOffset = this.#end;
    this.payloadLength = 0;
    this.payloadWireLength = 0;
  }

  /**
   * A header at `header` says that `length` bytes from `from` on are its own. Narrows what is left to them, so
   * that padding behind them is not payload. False, with an error, when they cannot all have been on the wire.
   */
  #claim(layer: DissectErrorLayer, header: number, from: number, length: number, name: LengthLimit): boolean {
    const claimed = from + length;
    if (claimed > this.#wireEnd) {
      if (!this.#isPart) {
        this.#fail(layer, header, length, this.#wireEnd - from, this.#wireLimit);
        return false;
      }
      if (this.#isQuoted) this.layers |= bit.TRUNCATED;
      return true;
    }
    this.#wireEnd = claimed;
    this.#wireLimit = name;
    if (claimed <= this.#end) {
      this.#end = claimed;
      this.#limit = name;
      this.layers &= ~bit.TRUNCATED; // only what lies behind the packet was cut
    } else this.layers |= bit.TRUNCATED;
    return true;
  }

  /** A header at `at` that does not fit into what is there. */
  #cut(layer: DissectErrorLayer, at: number, needed: number): void {
    this.#fail(layer, at, needed, this.#end - at, this.#limit);
  }

  #fail(
    layer: DissectErrorLayer,
    at: number,
    needed: number,
    available: number,
    limitedBy: LengthLimit,
  ): void {
    this.error = dissectError(layer, at - this.offset, needed, available, limitedBy);
  }

  #reset(buffer: Uint8Array, offset: number, capturedLength: number, originalLength: number): void {
    const end = Math.min(offset + capturedLength, buffer.length);
    const isCut = originalLength > capturedLength;
    const wireEnd = isCut ? offset + originalLength : end;
    if (this.layers & RARE) this.#resetRare();
    this.buffer = buffer;
    this.offset = offset;
    this.capturedLength = capturedLength;
    this.layers = isCut ? bit.TRUNCATED : 0;
    this.error = undefined;
    this.sourceMac = 0;
    this.destinationMac = 0;
    this.etherType = 0;
    this.vlanId = -1;
    this.vlanDepth = 0;
    this.ipVersion = 0;
    this.ipOffset = -1;
    this.ipHeaderLength = 0;
    this.ipTotalLength = 0;
    this.ipSource = 0;
    this.ipDestination = 0;
    this.ttl = 0;
    this.tos = 0;
    this.ipId = 0;
    this.dontFragment = false;
    this.moreFragments = false;
    this.fragmentOffset = 0;
    this.protocol = 0;
    this.l4Offset = -1;
    this.l4Length = 0;
    this.payloadOffset = offset;
    this.payloadLength = end - offset;
    this.payloadWireLength = wireEnd - offset;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.tcpFlags = 0;
    this.tcpSequence = 0;
    this.tcpAcknowledgement = 0;
    this.tcpWindow = 0;
    this.tcpHeaderLength = 0;
    this.#end = end;
    this.#limit = isCut ? 'snap-length' : 'frame';
    this.#wireEnd = wireEnd;
    this.#wireLimit = 'frame';
    this.#isPart = false;
    this.#isQuoted = false;
  }

  #resetRare(): void {
    this.ipv6SourceOffset = -1;
    this.ipv6DestinationOffset = -1;
    this.icmpType = 0;
    this.icmpCode = 0;
    this.icmpRest = 0;
    this.arpOperation = 0;
    this.arpSenderMac = 0;
    this.arpSenderIp = 0;
    this.arpTargetMac = 0;
    this.arpTargetIp = 0;
  }
}

function isExtension(protocol: number): boolean {
  return (
    protocol === number.PROTOCOL_HOP_BY_HOP ||
    protocol === number.PROTOCOL_ROUTING ||
    protocol === number.PROTOCOL_FRAGMENT ||
    protocol === number.PROTOCOL_AUTHENTICATION ||
    protocol === number.PROTOCOL_DESTINATION_OPTIONS
  );
}

function extensionLength(type: number, field: number): number {
  if (type === number.PROTOCOL_FRAGMENT) return 8; // RFC 8200, 4.5
  if (type === number.PROTOCOL_AUTHENTICATION) return (field + 2) * 4; // RFC 4302, 2.2
  return (field + 1) * 8; // RFC 8200, 4.3
}
