/** More VLAN tags than this are not followed: two are in use, and a frame could hold thousands. */
export const VLAN_TAGS_MAX = 8;
/** More IPv6 extension headers than this are not followed; RFC 8200, 4.1 expects seven at most. */
export const IPV6_EXTENSIONS_MAX = 16;
/** IP packets inside IP packets, tunnelled or quoted, are followed to this depth. */
export const IP_DEPTH_MAX = 8;
