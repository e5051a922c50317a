/** EtherTypes. Source: the IEEE registry. */
export const ETHERTYPE_IPV4 = 0x0800; // RFC 894
export const ETHERTYPE_ARP = 0x0806; // RFC 826
export const ETHERTYPE_VLAN = 0x8100; // IEEE 802.1Q, 9.6: customer tag
export const ETHERTYPE_QINQ = 0x88a8; // IEEE 802.1Q, 9.6: service tag
export const ETHERTYPE_QINQ_OLD = 0x9100; // in use before 802.1ad
export const ETHERTYPE_IPV6 = 0x86dd; // RFC 2464, 3
/** Up to here the field is a length (IEEE 802.3, 3.2.6). */
export const ETHERNET_LENGTH_MAX = 1500;

/** IP protocol numbers. Source: the IANA registry. */
export const PROTOCOL_HOP_BY_HOP = 0; // RFC 8200, 4.3
export const PROTOCOL_ICMP = 1; // RFC 792
export const PROTOCOL_IPIP = 4; // RFC 2003, 3.1
export const PROTOCOL_TCP = 6; // RFC 9293, 3.1
export const PROTOCOL_UDP = 17; // RFC 768
export const PROTOCOL_IPV6 = 41; // RFC 4213, 3.5
export const PROTOCOL_ROUTING = 43; // RFC 8200, 4.4
export const PROTOCOL_FRAGMENT = 44; // RFC 8200, 4.5
export const PROTOCOL_AUTHENTICATION = 51; // RFC 4302, 2
export const PROTOCOL_ICMPV6 = 58; // RFC 4443, 1
export const PROTOCOL_DESTINATION_OPTIONS = 60; // RFC 8200, 4.6
