import type { Forwarding, VirtualAddress } from '../config/model.ts';

/**
 * The port of a server's entry in the kernel's table. Direct routing and tunnelling leave the packet's
 * port alone, so ipvsadm enters the port of the virtual service whatever it was given; for a firewall mark,
 * which has no port, it enters what it was given. NAT can change the port. A server without a port
 * gets the virtual service's. (Measured with ipvsadm 1.31 on Linux 6.1.)
 */
export function forcedPort(
  virtual: VirtualAddress,
  server: { readonly port: number; readonly forwarding: Forwarding },
): number {
  if (virtual.kind === 'mark') return server.port;
  return server.forwarding === 'nat' && server.port !== 0 ? server.port : virtual.port;
}
