import type { Endpoint } from './hex-endpoint.ts';
import { readDecimalEndpoint, type VirtualService } from './table.ts';

/** A line of `ipvsadm -L -n --stats --exact`. */
export interface Statistics extends Endpoint {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface ServiceStatistics extends Statistics {
  readonly protocol: VirtualService['protocol'];
  readonly destinations: readonly Statistics[];
}

export function readStatistics(text: string): readonly ServiceStatistics[] {
  const services: (ServiceStatistics & { readonly destinations: Statistics[] })[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [first = '', second = ''] = words;
    const numbers = words.slice(2).map(Number);
    if (numbers.length < 5 || numbers.some(Number.isNaN)) continue;
    const [connections = 0, packetsIn = 0, packetsOut = 0, bytesIn = 0, bytesOut = 0] = numbers;
    const endpoint = first === 'FWM' ? { address: Number(second), port: 0 } : readDecimalEndpoint(second);
    if (endpoint === undefined) continue;
    const counted = { ...endpoint, connections, packetsIn, packetsOut, bytesIn, bytesOut };
    if (first === '->') services.at(-1)?.destinations.push(counted);
    else {
      const protocol = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', FWM: 'fwmark' } as const;
      const name = protocol[first as keyof typeof protocol];
      if (name !== undefined) services.push({ ...counted, protocol: name, destinations: [] });
    }
  }
  return services;
}
