import * as link from '../link-types.ts';
import * as nesting from '../nesting-limits.ts';
import * as number from '../protocol-numbers.ts';
import { dissectArp } from './arp.ts';
import type { DissectError } from './dissect-error.ts';
import { dissectError } from './dissect-error.ts';
import { dissectEthernet, dissectEthernetLength } from './ethernet.ts';
import { dissectIcmp } from './icmp.ts';
import { dissectIcmpv6 } from './icmpv6.ts';
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import { dissectIpv6Extension, isIpv6Extension } from './ipv6-extension.ts';
import type { Layer } from './layer.ts';
import { dissectLinuxSll } from './linux-sll.ts';
import { dissectLinuxSll2 } from './linux-sll2.ts';
import { dissectNull } from './null-loopback.ts';
import type { Dissection, Span } from './span.ts';
import { available, cutShort } from './span.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';
import { dissectVlan } from './vlan.ts';

/**
 * Takes a whole frame apart, for people and reports; `Packet` is for many frames. `bytes` is the frame as captured,
 * `originalLength` its length on the wire. A frame that is wrong or cut ends with a `malformed` layer, and every
 * header before it is kept. A link type that is not known yields one payload layer.
 */
export function dissect(
  bytes: Uint8Array,
  linkType: number,
  originalLength: number = bytes.length,
): readonly Layer[] {
  const end = bytes.length;
  const isCut = originalLength > end;
  const walk = new Walk(0);
  walk.link(linkType, {
    bytes,
    start: 0,
    end,
    limit: isCut ? 'snap-length' : 'frame',
    wireEnd: isCut ? originalLength : end,
    wireLimit: 'frame',
    extent: 'whole',
  });
  return walk.finish();
}

/** One way from the outermost header inwards. */
class Walk {
  readonly #layers: Layer[] = [];
  #error: DissectError | undefined;
  #bodyError: DissectError | undefined;
  #ipDepth: number;

  constructor(ipDepth: number) {
    this.#ipDepth = ipDepth;
  }

  link(linkType: number, span: Span): void {
    switch (linkType) {
      case link.LINKTYPE_ETHERNET: {
        const ethernet = this.#add(dissectEthernet(span));
        if (ethernet) this.#etherType(ethernet.value.etherType, ethernet.payload, span.start);
        return;
      }
      case link.LINKTYPE_RAW:
      case link.LINKTYPE_RAW_BSD:
      case link.LINKTYPE_RAW_OPENBSD:
        this.#ip(span);
        return;
      case link.LINKTYPE_IPV4:
        this.#ipv4(span);
        return;
      case link.LINKTYPE_IPV6:
        this.#ipv6(span);
        return;
      case link.LINKTYPE_LINUX_SLL: {
        const cooked = this.#add(dissectLinuxSll(span));
        if (cooked) this.#etherType(cooked.value.etherType, cooked.payload);
        return;
      }
      case link.LINKTYPE_LINUX_SLL2: {
        const cooked = this.#add(dissectLinuxSll2(span));
        if (cooked) this.#etherType(cooked.value.etherType, cooked.payload);
        return;
      }
      case link.LINKTYPE_NULL:
      case link.LINKTYPE_LOOP: {
        const loopback = this.#add(dissectNull(span));
        if (loopback?.value.ipVersion === 4) this.#ipv4(loopback.payload);
        else if (loopback?.value.ipVersion === 6) this.#ipv6(loopback.payload);
        else if (loopback) this.#payload(loopback.payload);
        return;
      }
      default:
        this.#payload(span);
    }
  }

  /** The packet inside an ICMP error. */
  quoted(span: Span): readonly Layer[] {
    const walk = new Walk(this.#ipDepth);
    walk.#ip({
      ...span,
      limit: 'quoted-packet',
      wireEnd: span.end,
      wireLimit: 'quoted-packet',
      extent: 'quoted',
    });
    return walk.finish();
  }

  finish(): readonly Layer[] {
    const error = this.#error ?? this.#bodyError;
    if (error !== undefined) this.#layers.push({ layer: 'malformed', error });
    return this.#layers;
  }

  /** `ethernet`: where an Ethernet header begins, when the type may be an 802.3 length. */
  #etherType(first: number, from: Span, ethernet?: number): void {
    let type = first;
    let span = from;
    for (let tags = 0; isVlan(type); tags++) {
      if (tags === nesting.VLAN_TAGS_MAX) {
        this.#error = dissectError('vlan', span.start, tags + 1, tags, 'nesting-limit');
        return;
      }
      const tag = this.#add(dissectVlan(span));
      if (!tag) return;
      type = tag.value.etherType;
      span = tag.payload;
    }
    if (type === number.ETHERTYPE_IPV4) this.#ipv4(span);
    else if (type === number.ETHERTYPE_IPV6) this.#ipv6(span);
    else if (type === number.ETHERTYPE_ARP) this.#add(dissectArp(span));
    else if (ethernet === undefined) this.#payload(span);
    else {
      const bounded = dissectEthernetLength(span, ethernet, type);
      if (bounded.ok) this.#payload(bounded.payload);
      else this.#error = bounded.error;
    }
  }

  #ip(span: Span): void {
    if (available(span) < 1) {
      this.#error = cutShort('ip', span, 1);
      return;
    }
    const version = span.bytes[span.start]! >>> 4;
    if (version === 4) this.#ipv4(span);
    else if (version === 6) this.#ipv6(span);
    else this.#error = dissectError('ip', span.start, 0, version, 'ip-version');
  }

  #ipv4(span: Span): void {
    if (!this.#enterIp(span)) return;
    const packet = this.#add(dissectIpv4(span));
    if (!packet) return;
    const { protocol, fragmentOffset, moreFragments } = packet.value;
    this.#aboveIp(protocol, packet.payload, fragmentOffset, moreFragments);
  }

  #ipv6(span: Span): void {
    if (!this.#enterIp(span)) return;
    const packet = this.#add(dissectIpv6(span));
    if (!packet) return;
    let protocol = packet.value.nextHeader;
    let rest = packet.payload;
    let fragmentOffset = 0;
    let moreFragments = false;
    for (let count = 0; isIpv6Extension(protocol) && fragmentOffset === 0; count++) {
      if (count === nesting.IPV6_EXTENSIONS_MAX) {
        this.#error = dissectError('ipv6-extension', rest.start, count + 1, count, 'nesting-limit');
        return;
      }
      const extension = this.#add(dissectIpv6Extension(rest, protocol));
      if (!extension) return;
      if (extension.value.layer === 'ipv6-fragment') ({ fragmentOffset, moreFragments } = extension.value);
      protocol = extension.value.nextHeader;
      rest = extension.payload;
    }
    this.#aboveIp(protocol, rest, fragmentOffset, moreFragments);
  }

  #enterIp(span: Span): boolean {
    if (this.#ipDepth === nesting.IP_DEPTH_MAX) {
      this.#error = dissectError('ip', span.start, this.#ipDepth + 1, this.#ipDepth, 'nesting-limit');
      return false;
    }
    this.#ipDepth++;
    return true;
  }

  #aboveIp(protocol: number, from: Span, fragmentOffset: number, moreFragments: boolean): void {
    if (fragmentOffset > 0) {
      this.#payload(from);
      return;
    }
    const span: Span =
      moreFragments && from.extent === 'whole' ? { ...from, extent: 'first-fragment' } : from;
    const quoted = (body: Span) => this.quoted(body);
    switch (protocol) {
      case number.PROTOCOL_TCP:
        this.#addLast(dissectTcp(span));
        return;
      case number.PROTOCOL_UDP:
        this.#addLast(dissectUdp(span));
        return;
      case number.PROTOCOL_ICMP:
        this.#addLast(dissectIcmp(span, quoted));
        return;
      case number.PROTOCOL_ICMPV6:
        this.#addLast(dissectIcmpv6(span, quoted));
        return;
      case number.PROTOCOL_IPIP:
      case number.PROTOCOL_IPV6:
        this.#ip(span);
        return;
      default:
        this.#payload(span);
    }
  }

  #addLast(dissection: Dissection<Layer>): void {
    const last = this.#add(dissection);
    if (last) this.#payload(last.payload);
  }

  #payload(span: Span): void {
    const wireLength = span.wireEnd - span.start;
    if (wireLength <= 0) return;
    this.#layers.push({ layer: 'payload', offset: span.start, length: available(span), wireLength });
  }

  /** Keeps the header, and what stopped its dissection. Undefined when it did stop. */
  #add<T extends Layer>(
    dissection: Dissection<T>,
  ): { readonly value: T; readonly payload: Span } | undefined {
    if (dissection.ok) {
      this.#layers.push(dissection.value);
      this.#bodyError ??= dissection.bodyError;
      return dissection;
    }
    if (dissection.soFar !== undefined) this.#layers.push(dissection.soFar);
    this.#error = dissection.error;
    return undefined;
  }
}

function isVlan(type: number): boolean {
  return (
    type === number.ETHERTYPE_VLAN || type === number.ETHERTYPE_QINQ || type === number.ETHERTYPE_QINQ_OLD
  );
}
