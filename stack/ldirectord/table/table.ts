import type { Family } from '../address.ts';
import type { Forwarding, VirtualAddress } from '../config/model.ts';

/** Which entry of the kernel's table is meant. */
export interface ServiceName {
  /** ldirectord writes no SCTP services, but others do and they must be told apart. */
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'fwm';
  readonly family: Family;
  readonly address: VirtualAddress;
}

/** How a service distributes connections. */
export interface ServiceSettings {
  readonly scheduler: string;
  /** Netmask: dotted quad for IPv4, prefix length for IPv6. */
  readonly persistence: { readonly seconds: number; readonly netmask: string } | undefined;
  readonly onePacket: boolean;
  /** Flags of the scheduler as `-b` takes them; empty for none. */
  readonly schedulerFlags: string;
}

/** Which server of a service is meant. The port is the one in the table (see forced-port.ts). */
export interface DestinationName {
  readonly address: string;
  readonly port: number;
}

export interface DestinationSettings {
  readonly forwarding: Forwarding;
  readonly weight: number;
  readonly thresholds: { readonly lower: number; readonly upper: number };
}

export interface ObservedDestination extends DestinationName {
  readonly forwarding: Forwarding;
  readonly weight: number;
  /** `undefined` while unknown: /proc/net/ip_vs does not show them. */
  readonly thresholds: DestinationSettings['thresholds'] | undefined;
}

export interface ObservedService {
  readonly name: ServiceName;
  readonly scheduler: string;
  /** Seconds are `undefined` while unknown: /proc/net/ip_vs counts in ticks of unknown length. */
  readonly persistence:
    | { readonly seconds: number | undefined; readonly ticks: number; readonly netmask: string }
    | undefined;
  readonly onePacket: boolean;
  /** `undefined` while unknown: /proc/net/ip_vs does not show them. */
  readonly schedulerFlags: string | undefined;
  /** Newest first, which is the order in which the kernel's schedulers walk them. */
  readonly destinations: readonly ObservedDestination[];
}

/** The kernel's table as far as it is known, by `virtualId`. */
export type ObservedTable = ReadonlyMap<string, ObservedService>;

/** How a destination should stand in the table. */
export interface WantedDestination extends DestinationName, DestinationSettings {
  readonly role: 'real' | 'fallback';
  /** `address:port` as configured, for the log. */
  readonly label: string;
  /**
   * `if-present` is a quiesced server whose entry somebody else removed: it is set to its weight where it
   * stands and not entered again.
   */
  readonly presence: 'present' | 'if-present' | 'absent';
}

export interface WantedService extends ServiceSettings {
  readonly name: ServiceName;
  /** File order. */
  readonly destinations: readonly WantedDestination[];
}

/** What the table should hold. Services that appear in neither list belong to others. */
export interface WantedTable {
  readonly services: readonly WantedService[];
  /** Services to delete, with what stands in as their fallback. */
  readonly removed: readonly { readonly name: ServiceName; readonly fallback: DestinationName | undefined }[];
}

/** Key of a destination within its service. */
export function destinationKey(name: DestinationName): string {
  return `${name.address} ${name.port}`;
}
