/** Seconds, as `ipvsadm --set tcp tcpfin udp` sets them and `ipvsadm -L --timeout` shows them. */
export interface Timeouts {
  /** ESTABLISHED. */
  readonly tcp: number;
  /** FIN_WAIT; the kernel changes no other closing state by it. */
  readonly tcpFin: number;
  readonly udp: number;
}

/** Reads `Timeout (tcp tcpfin udp): 900 120 300`. */
export function readTimeouts(text: string): Timeouts | undefined {
  const match = /Timeout \(tcp tcpfin udp\):\s*([0-9]+)\s+([0-9]+)\s+([0-9]+)/.exec(text);
  if (match === null) return undefined;
  const [tcp = 0, tcpFin = 0, udp = 0] = match.slice(1).map(Number);
  return { tcp, tcpFin, udp };
}
