// What a topology may ask for, and what it gets when it does not ask.

/** PCI slots that the lab sets aside for hot-plugged NICs. */
export const nicsMax = 8;

/** A PC has four UARTs; the first is the console, and Heartbeat rings use one or two. */
export const serialLinesMax = 2;

/** The MAC address scheme numbers nodes with one byte. */
export const nodesMax = 256;

/** Names of nodes, segments, lines and services: as long as Linux lets an interface name be (IFNAMSIZ − 1). */
export const nameLengthMax = 15;

/** Names of topologies, which are file names too. */
export const topologyNameLengthMax = 40;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Bytes. The lower bound is what every IPv4 host must take (RFC 791 section 3.2), the upper a common jumbo frame. */
export const mtuRange: Range = { min: 576, max: 9000 };
export const defaultMtu = 1500;

/** MiB. */
export const memoryRange: Range = { min: 128, max: 8192 };
/** MiB; a Debian guest with the HA packages runs in it and keeps about 50 MiB of private pages. */
export const defaultMemoryMb = 256;

export const portRange: Range = { min: 1, max: 65_535 };

/** As documented in ipvsadm(8), `--weight`. */
export const weightRange: Range = { min: 0, max: 65_535 };
/** ipvsadm's own. */
export const defaultWeight = 1;

/** Prefix lengths of segments: below 31 there is a network address, a broadcast address, and room for two nodes. */
export const segmentPrefixRange: Range = { min: 8, max: 30 };

/** Bits per second: from the slowest that Heartbeat's `baud` takes to the fastest of a PC's UART. */
export const baudRates = [9600, 19_200, 38_400, 57_600, 115_200] as const;
