/** The part of a frame that could not be taken apart. */
export type DissectErrorLayer =
  | 'ethernet'
  | 'vlan'
  | 'linux-sll'
  | 'linux-sll2'
  | 'null'
  | 'arp'
  | 'ip'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6-extension'
  | 'icmp'
  | 'icmpv6'
  | 'tcp'
  | 'udp';

/** What set the number of bytes that were available. */
export type LengthLimit =
  | 'frame' // the frame ended, on the wire as in the capture
  | 'snap-length' // the capture was cut: the frame went on
  | 'quoted-packet' // an ICMP error quotes the start of a packet only
  | 'ethernet-length' // IEEE 802.3 length in place of an EtherType
  | 'ipv4-header-length'
  | 'ipv4-total-length'
  | 'ipv4-option-length'
  | 'ipv6-payload-length'
  | 'ipv6-option-length'
  | 'udp-length'
  | 'tcp-data-offset'
  | 'tcp-option-length'
  | 'arp-address-lengths'
  | 'icmpv6-option-length'
  | 'ip-version' // needed and available are version numbers
  | 'nesting-limit'; // needed and available are counts of headers

/** How far a frame could be read and what stopped it. A value, never thrown. */
export interface DissectError {
  readonly layer: DissectErrorLayer;
  /** Of the header that is wrong or cut, from the start of the frame. */
  readonly offset: number;
  readonly needed: number;
  readonly available: number;
  readonly limitedBy: LengthLimit;
  readonly text: string;
}

const reasons: Readonly<Record<LengthLimit, string>> = {
  frame: 'the frame ends',
  'snap-length': 'the capture was cut by its snap length',
  'quoted-packet': 'the quoted part ends',
  'ethernet-length': 'the 802.3 length says so',
  'ipv4-header-length': 'the IPv4 header length says so',
  'ipv4-total-length': 'the IPv4 total length says so',
  'ipv4-option-length': 'an IPv4 option says so',
  'ipv6-payload-length': 'the IPv6 payload length says so',
  'ipv6-option-length': 'an IPv6 option says so',
  'udp-length': 'the UDP length says so',
  'tcp-data-offset': 'the TCP data offset says so',
  'tcp-option-length': 'a TCP option says so',
  'arp-address-lengths': 'the ARP address lengths say so',
  'icmpv6-option-length': 'an ICMPv6 option says so',
  'ip-version': 'the version field',
  'nesting-limit': 'the limit of this dissector',
};

export function dissectError(
  layer: DissectErrorLayer,
  offset: number,
  needed: number,
  available: number,
  limitedBy: LengthLimit,
): DissectError {
  const where = `${layer} at byte ${offset}`;
  let text: string;
  if (limitedBy === 'ip-version')
    text = `${where}: version is ${available}, ${needed === 0 ? '4 or 6' : needed} belongs here`;
  else if (limitedBy === 'nesting-limit')
    text = `${where}: header ${needed} of its kind, at most ${available} are followed`;
  else text = `${where}: ${needed} bytes needed, ${available} available: ${reasons[limitedBy]}`;
  return { layer, offset, needed, available, limitedBy, text };
}
