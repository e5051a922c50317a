import { contains, type Ipv4, networkOf } from '../../topology/address.ts';

/** A host as its kernel's ARP code sees it. Addresses are unsigned 32-bit numbers. */
export interface HostModel {
  readonly addresses: readonly HeldAddress[];
  /** On the segment in question, or all of them; `mac` tells who answered. */
  readonly nics: readonly HostNic[];
  /** `arp_ignore` and the like by device: `all`, `eth0`, `lo`. What is missing is 0, the kernel's default. */
  readonly arpIgnore: Readonly<Record<string, number>>;
  readonly arpAnnounce: Readonly<Record<string, number>>;
  readonly arpFilter: Readonly<Record<string, number>>;
  /** Addresses that a packet filter keeps out of ARP, both ways. */
  readonly filtered: readonly Ipv4[];
  /** Networks that it has a route to, beside those on its NICs; longest prefix first. */
  readonly routes: readonly { readonly to: Network; readonly device: string }[];
}

export interface HeldAddress {
  readonly address: Ipv4;
  readonly prefixLength: number;
  readonly device: string;
  readonly scope: 'global' | 'link' | 'host';
}

export interface HostNic {
  readonly device: string;
  readonly segment: string;
  readonly mac: string;
}

export interface Network {
  readonly address: Ipv4;
  readonly prefixLength: number;
}

/** The value that counts on a device: the greater of its own and that of `all` (IN_DEV_MAXCONF in inetdevice.h). */
export function effective(values: Readonly<Record<string, number>>, device: string): number {
  return Math.max(values['all'] ?? 0, values[device] ?? 0);
}

export function holds(host: HostModel, address: Ipv4): boolean {
  return host.addresses.some((held) => held.address === address);
}

/** Whether an address lies in the network that another one is configured with. */
export function isOnNetworkOf({ address, prefixLength }: HeldAddress, other: Ipv4): boolean {
  return contains(networkOf({ address, prefixLength }), other);
}

/** The device that the host would send to an address by, undefined without a route. */
export function deviceTowards(host: HostModel, address: Ipv4): string | undefined {
  const onLink = host.addresses
    .filter((held) => held.device.startsWith('eth') && held.prefixLength < 32 && isOnNetworkOf(held, address))
    .toSorted((a, b) => b.prefixLength - a.prefixLength)[0];
  if (onLink !== undefined) return onLink.device;
  return host.routes.find(({ to }) => contains(networkOf(to), address))?.device;
}
