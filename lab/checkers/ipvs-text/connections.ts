import { type Endpoint, hex } from './hex-endpoint.ts';

/** A line of /proc/net/ip_vs_conn. */
export interface ConnectionEntry {
  readonly protocol: string;
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly state: string;
  /** Whole seconds until the entry goes, rounded down. */
  readonly expires: number;
}

/** The text of /proc/net/ip_vs_conn. Entries of IPv6 are left out. */
export function readConnections(text: string): readonly ConnectionEntry[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [protocol = '', fromIp = '', fromPort = '', toIp = '', toPort = '', destIp = '', destPort = ''] =
      words;
    const [state = '', expires = ''] = words.slice(7);
    const isIpv4 = [fromIp, toIp, destIp].every((word) => /^[0-9A-F]{8}$/i.test(word));
    if (!isIpv4 || !/^[0-9]+$/.test(expires)) return [];
    return [
      {
        protocol,
        client: { address: hex(fromIp), port: hex(fromPort) },
        virtual: { address: hex(toIp), port: hex(toPort) },
        destination: { address: hex(destIp), port: hex(destPort) },
        state,
        expires: Number(expires),
      },
    ];
  });
}
