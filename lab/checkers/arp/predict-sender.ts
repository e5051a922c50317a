import type { Ipv4 } from '../../topology/address.ts';
import { effective, type HostModel, holds, isOnNetworkOf } from './host-model.ts';

export interface Resolution {
  /** The device that the packet leaves by, and so the request. */
  readonly device: string;
  /** Source address of the packet that waits for the answer. */
  readonly packetSource: Ipv4;
  readonly targetIp: Ipv4;
}

/**
 * The sender address of the ARP request that a host makes before it can send a packet: `arp_solicit` in
 * net/ipv4/arp.c. 0 announces any address of the host's that the packet comes from; 1 only one in a network that the
 * device has in common with the target; 2 always the device's own address for that target.
 */
export function predictArpSender(host: HostModel, resolution: Resolution): Ipv4 | undefined {
  const { device, packetSource, targetIp } = resolution;
  const own = preferredAddress(host, device, targetIp);
  if (!holds(host, packetSource)) return own;
  // The filter's outgoing half replaces the address.
  if (host.filtered.includes(packetSource)) return own;
  const level = effective(host.arpAnnounce, device);
  if (level >= 2) return own;
  if (level === 0) return packetSource;
  const isKnownToTarget = host.addresses.some(
    (held) => held.device === device && isOnNetworkOf(held, targetIp) && isOnNetworkOf(held, packetSource),
  );
  return isKnownToTarget ? packetSource : own;
}

/** `inet_select_addr`: the device's first address in the target's network, else its first. */
function preferredAddress(host: HostModel, device: string, targetIp: Ipv4): Ipv4 | undefined {
  const usable = host.addresses.filter((held) => held.device === device && held.scope !== 'host');
  return (usable.find((held) => isOnNetworkOf(held, targetIp)) ?? usable[0])?.address;
}
