import { createHash } from 'node:crypto';

/**
 * What goes into the guest image. Pure data: two equal recipes give the same image ID, and the ID is the
 * name of the image in the cache.
 *
 * Debian's own versions float under the same recipe; what was really installed is in the image's manifest.
 */
export interface ImageRecipe {
  /** Raised when the way of building changes in a manner that the fields below do not show. */
  readonly format: number;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Modules the initramfs loads, in this order, to reach its root file system. */
  readonly bootModules: readonly string[];
  readonly nodeVersion: string;
}

/** Debian packages of every guest, by what they are there for. */
const guestPackages = {
  kernel: ['linux-image-cloud-amd64', 'kmod', 'busybox-static'],
  network: [
    'iproute2',
    'iputils-ping',
    'iputils-arping',
    'ethtool',
    'tcpdump',
    'net-tools',
    'procps',
    'psmisc',
  ],
  balancing: ['ipvsadm', 'ldirectord', 'arptables', 'nftables'],
  cluster: ['heartbeat'],
  storage: ['drbd-utils', 'e2fsprogs', 'xfsprogs'],
} as const;

export function guestRecipe(nodeVersion: string): ImageRecipe {
  return {
    format: 1,
    suite: 'bookworm',
    packages: Object.values(guestPackages).flat(),
    // Each needs the ones before it; virtio_net waits for failover and net_failover.
    bootModules: [
      'virtio_ring',
      'virtio',
      'virtio_pci_modern_dev',
      'virtio_pci_legacy_dev',
      'virtio_pci',
      'virtio_blk',
      'virtio_console',
      'libcrc32c',
      'erofs',
      'overlay',
      'failover',
      'net_failover',
      'virtio_net',
    ],
    nodeVersion,
  };
}

/** The image's name in the cache: the first 16 hexadecimal digits of the recipe's SHA-256. */
export function imageId(recipe: ImageRecipe): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}
