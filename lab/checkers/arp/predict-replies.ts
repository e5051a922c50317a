import type { Ipv4 } from '../../topology/address.ts';
import {
  deviceTowards,
  effective,
  type HeldAddress,
  type HostModel,
  holds,
  isOnNetworkOf,
} from './host-model.ts';

export interface ArpRequest {
  readonly segment: string;
  /** 0.0.0.0, the number 0, for a host that does not say who it is (RFC 5227 probes). */
  readonly senderIp: Ipv4;
  readonly targetIp: Ipv4;
}

/**
 * The devices that answer a request which comes in on every NIC of the host that is plugged into that segment.
 * Each device decides for itself. The rules are those of `arp_process` and `arp_ignore` in the kernel's
 * net/ipv4/arp.c: an address is answered for wherever it is configured, unless `arp_ignore` of the device that heard
 * the request says otherwise.
 */
export function predictArpReplies(host: HostModel, request: ArpRequest): readonly string[] {
  const { targetIp, senderIp } = request;
  if (!holds(host, targetIp) || host.filtered.includes(targetIp)) return [];
  // A sender that is the host itself is a martian: the route lookup fails.
  if (senderIp !== 0 && holds(host, senderIp)) return [];
  return host.nics
    .filter(({ segment }) => segment === request.segment)
    .map(({ device }) => device)
    .filter((device) => !isIgnored(host, device, senderIp, targetIp))
    .filter((device) => !isFiltered(host, device, senderIp));
}

function isIgnored(host: HostModel, device: string, senderIp: Ipv4, targetIp: Ipv4): boolean {
  const level = effective(host.arpIgnore, device);
  const onDevice = host.addresses.filter((held) => held.device === device);
  switch (level) {
    case 1:
      return !isConfirmed(onDevice, 0, targetIp, true);
    case 2:
      return !isConfirmed(onDevice, senderIp, targetIp, true);
    case 3:
      return !devicesOf(host).some((other) =>
        isConfirmed(
          host.addresses.filter((held) => held.device === other),
          0,
          targetIp,
          false,
        ),
      );
    case 8:
      return true;
    default:
      return false;
  }
}

/**
 * `confirm_addr_indev` in net/ipv4/devinet.c: the target is configured on the device, and the sender, when it has
 * an address, is in a network of that device that the target is in too.
 */
function isConfirmed(
  onDevice: readonly HeldAddress[],
  senderIp: Ipv4,
  targetIp: Ipv4,
  withHostScope: boolean,
): boolean {
  const isThere = onDevice.some(
    ({ address, scope }) => address === targetIp && (withHostScope || scope !== 'host'),
  );
  const isNeighbour = onDevice.some(
    (held) => isOnNetworkOf(held, targetIp) && (senderIp === 0 || isOnNetworkOf(held, senderIp)),
  );
  return isThere && isNeighbour;
}

function devicesOf(host: HostModel): readonly string[] {
  return [...new Set(host.addresses.map(({ device }) => device))];
}

/** `arp_filter`: only the device that leads back to the sender answers. A sender without an address is not looked at. */
function isFiltered(host: HostModel, device: string, senderIp: Ipv4): boolean {
  if (senderIp === 0 || effective(host.arpFilter, device) === 0) return false;
  return deviceTowards(host, senderIp) !== device;
}
