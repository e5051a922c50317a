/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = number;

/** A network, or an address in one: `address` keeps its host bits until `networkOf` clears them. */
export interface Prefix {
  readonly address: Ipv4;
  readonly prefixLength: number;
}

const octet = '(0|[1-9][0-9]{0,2})';
const dotted = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);

/**
 * Reads dotted decimal with four numbers and no leading zeros: inet_aton(3) would take `010` as octal 8, so
 * such an address means different things to different programs.
 */
export function parseAddress(text: string): Ipv4 | undefined {
  const match = dotted.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1).map(Number);
  if (octets.some((value) => value > 255)) return undefined;
  return octets.reduce((sum, value) => sum * 256 + value, 0);
}

/** Reads `address/prefix length`. Host bits are kept. */
export function parsePrefix(text: string): Prefix | undefined {
  const [addressText, lengthText, ...rest] = text.split('/');
  if (addressText === undefined || lengthText === undefined || rest.length > 0) return undefined;
  const address = parseAddress(addressText);
  if (address === undefined || !/^(0|[1-9][0-9]?)$/.test(lengthText)) return undefined;
  const prefixLength = Number(lengthText);
  return prefixLength > 32 ? undefined : { address, prefixLength };
}

export function formatAddress(address: Ipv4): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

export function formatPrefix({ address, prefixLength }: Prefix): string {
  return `${formatAddress(address)}/${prefixLength}`;
}

function maskOf(prefixLength: number): number {
  // A shift by 32 is a shift by 0.
  return prefixLength === 0 ? 0 : (0xffff_ffff << (32 - prefixLength)) >>> 0;
}

/** The network that an address with a prefix length lies in: host bits cleared. */
export function networkOf({ address, prefixLength }: Prefix): Prefix {
  return { address: (address & maskOf(prefixLength)) >>> 0, prefixLength };
}

export function broadcastOf({ address, prefixLength }: Prefix): Ipv4 {
  return (address | ~maskOf(prefixLength)) >>> 0;
}

export function contains(network: Prefix, address: Ipv4): boolean {
  return networkOf({ address, prefixLength: network.prefixLength }).address === networkOf(network).address;
}

export function overlap(one: Prefix, other: Prefix): boolean {
  return contains(one, other.address) || contains(other, one.address);
}

/**
 * The class of addresses that no host on a segment may have, if the network touches one: RFC 1122 section
 * 3.2.1.3 and RFC 5771.
 */
export function specialUse(network: Prefix): string | undefined {
  return specialUses.find(({ block }) => overlap(block, network))?.name;
}

const specialUses = [
  { block: { address: 0x0000_0000, prefixLength: 8 }, name: '"this network" (0.0.0.0/8)' },
  { block: { address: 0x7f00_0000, prefixLength: 8 }, name: 'loopback (127.0.0.0/8)' },
  { block: { address: 0xe000_0000, prefixLength: 4 }, name: 'multicast (224.0.0.0/4)' },
  { block: { address: 0xf000_0000, prefixLength: 4 }, name: 'reserved (240.0.0.0/4)' },
] as const;
