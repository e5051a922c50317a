/** Link-layer header types that are taken apart here. Source: the tcpdump group's LINKTYPE_ registry. */
export const LINKTYPE_NULL = 0; // BSD loopback: address family in the capturing host's byte order
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW_BSD = 12; // DLT_RAW, written by tools that skip the mapping to 101
export const LINKTYPE_RAW_OPENBSD = 14; // DLT_RAW of OpenBSD
export const LINKTYPE_RAW = 101; // a bare IPv4 or IPv6 packet
export const LINKTYPE_LOOP = 108; // OpenBSD loopback: address family in network byte order
export const LINKTYPE_LINUX_SLL = 113; // Linux "any" device, first form
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_LINUX_SLL2 = 276; // Linux "any" device, with the interface index
