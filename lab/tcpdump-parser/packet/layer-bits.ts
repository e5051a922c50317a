/** Bits of `Packet.layers`: the headers whose fixed part was there. */
export const ETHERNET = 1 << 0;
export const VLAN = 1 << 1;
/** ARP for IPv4 over Ethernet; other kinds are left as payload. */
export const ARP = 1 << 2;
export const IPV4 = 1 << 3;
export const IPV6 = 1 << 4;
export const TCP = 1 << 5;
export const UDP = 1 << 6;
export const ICMP = 1 << 7;
export const ICMPV6 = 1 << 8;
/** The payload is an IP packet (protocol 4 or 41): give it to `decodeIp` of another `Packet`. */
export const IPIP = 1 << 9;
/** A fragment; with `fragmentOffset` above 0 there is no layer above IP. */
export const FRAGMENT = 1 << 10;
/** Less is there than the headers say, through no fault of theirs: a snap length or a quote. */
export const TRUNCATED = 1 << 11;
/** IPv6 extension headers stand between the IPv6 header and `l4Offset`. */
export const IPV6_EXTENSION = 1 << 12;
/** An IPv6 routing header with segments left: the destination is not the last one. */
export const SOURCE_ROUTED = 1 << 13;

/** Bits of `Packet.tcpFlags`. Source: RFC 9293, 3.1. */
export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40; // RFC 3168, 6.1
export const TCP_CWR = 0x80; // RFC 3168, 6.1
