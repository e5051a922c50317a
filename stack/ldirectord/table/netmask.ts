import type { Family } from '../address.ts';

/** The netmask the kernel uses when none is given: each client by itself. */
export function defaultNetmask(family: Family): string {
  return family === 'ipv4' ? '255.255.255.255' : '128';
}
