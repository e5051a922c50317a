import type { ArpLayer, OtherArpLayer } from './arp.ts';
import type { DissectError } from './dissect-error.ts';
import type { EthernetLayer } from './ethernet.ts';
import type { IcmpLayer } from './icmp.ts';
import type { Icmpv6Layer } from './icmpv6.ts';
import type { Ipv4Layer } from './ipv4.ts';
import type { Ipv6Layer } from './ipv6.ts';
import type { Ipv6ExtensionLayer } from './ipv6-extension.ts';
import type { LinuxSllLayer } from './linux-sll.ts';
import type { LinuxSll2Layer } from './linux-sll2.ts';
import type { NullLayer } from './null-loopback.ts';
import type { TcpLayer, TcpStartLayer } from './tcp.ts';
import type { UdpLayer } from './udp.ts';
import type { VlanLayer } from './vlan.ts';

/** Bytes that no dissector here takes apart. */
export interface PayloadLayer {
  readonly layer: 'payload';
  readonly offset: number;
  /** Bytes that are there. */
  readonly length: number;
  /** Bytes that were on the wire: more when the capture was cut. */
  readonly wireLength: number;
}

/** Always the last of its list. */
export interface MalformedLayer {
  readonly layer: 'malformed';
  readonly error: DissectError;
}

/**
 * One header of a frame as a plain object, with addresses as text. `offset` counts from the start of the frame;
 * `length` is what the header takes there.
 */
export type Layer =
  | EthernetLayer
  | LinuxSllLayer
  | LinuxSll2Layer
  | NullLayer
  | VlanLayer
  | ArpLayer
  | OtherArpLayer
  | Ipv4Layer
  | Ipv6Layer
  | Ipv6ExtensionLayer
  | IcmpLayer
  | Icmpv6Layer
  | TcpLayer
  | TcpStartLayer
  | UdpLayer
  | PayloadLayer
  | MalformedLayer;
