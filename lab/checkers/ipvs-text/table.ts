import { formatIpv4, parseIpv4 } from 'tcpdump-parser';
import type { Forwarding } from '../../topology/define.ts';
import { type Endpoint, hex, readHexEndpoint, sameEndpoint } from './hex-endpoint.ts';

/** How a destination gets its packets. `local`: the director itself. `unknown` keeps a word that is not known. */
export type Method = Forwarding | 'local' | 'unknown';

export interface Destination extends Endpoint {
  readonly method: Method;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

export interface VirtualService extends Endpoint {
  /** `fwmark` services have the mark for an address and port 0. */
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'fwmark';
  readonly scheduler: string;
  readonly isPersistent: boolean;
  readonly isOnePacket: boolean;
  /** In the order of the text. */
  readonly destinations: readonly Destination[];
}

export interface IpvsTable {
  readonly services: readonly VirtualService[];
}

const methods: Readonly<Record<string, Method>> = {
  Route: 'dr',
  Masq: 'nat',
  Tunnel: 'tun',
  Local: 'local',
};

/** The text of /proc/net/ip_vs: hexadecimal, destinations in the director's own order, the newest first. */
export function readIpVs(text: string): IpvsTable {
  return readTable(text, readHexEndpoint, (word) => hex(word));
}

/** The text of `ipvsadm -L -n`: decimal, sorted by address unless asked otherwise. */
export function readListing(text: string): IpvsTable {
  return readTable(text, readDecimalEndpoint, Number);
}

export function readDecimalEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  const address = parseIpv4(text.slice(0, colon));
  const port = text.slice(colon + 1);
  if (colon < 0 || address === undefined || !/^[0-9]{1,5}$/.test(port)) return undefined;
  return { address, port: Number(port) };
}

type Reader = (text: string) => Endpoint | undefined;

interface Draft extends Omit<VirtualService, 'destinations'> {
  readonly destinations: Destination[];
}

function readTable(text: string, readEndpoint: Reader, readMark: (word: string) => number): IpvsTable {
  const services: Draft[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [first = '', second = ''] = words;
    if (first === '->') {
      const destination = readDestination(words, readEndpoint);
      if (destination !== undefined) services.at(-1)?.destinations.push(destination);
      continue;
    }
    const protocol = protocolNamed(first);
    if (protocol === undefined) continue;
    const endpoint = protocol === 'fwmark' ? { address: readMark(second), port: 0 } : readEndpoint(second);
    if (endpoint === undefined) continue;
    services.push({
      protocol,
      ...endpoint,
      scheduler: words[2] ?? '',
      isPersistent: words.includes('persistent'),
      isOnePacket: words.includes('ops'),
      destinations: [],
    });
  }
  return { services };
}

function readDestination(words: readonly string[], readEndpoint: Reader): Destination | undefined {
  const endpoint = readEndpoint(words[1] ?? '');
  const [weight, active, inactive] = words.slice(3, 6).map(Number);
  if (endpoint === undefined || inactive === undefined || Number.isNaN(inactive)) return undefined;
  return {
    ...endpoint,
    method: methods[words[2] ?? ''] ?? 'unknown',
    weight: weight ?? 0,
    active: active ?? 0,
    inactive,
  };
}

function protocolNamed(word: string): VirtualService['protocol'] | undefined {
  switch (word) {
    case 'TCP':
      return 'tcp';
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
    case 'FWM':
      return 'fwmark';
    default:
      return undefined;
  }
}

export function findService(
  table: IpvsTable,
  protocol: VirtualService['protocol'],
  endpoint: Endpoint,
): VirtualService | undefined {
  return table.services.find((service) => service.protocol === protocol && sameEndpoint(service, endpoint));
}

/** `203.0.113.80:80` */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

/**
 * What decides where connections go, without the counters: two tables with the same text here treat a new connection
 * alike.
 */
export function structureOf({ services }: IpvsTable): string {
  return services
    .map(({ protocol, scheduler, isPersistent, destinations, ...endpoint }) =>
      [
        `${protocol} ${formatEndpoint(endpoint)} ${scheduler}${isPersistent ? ' persistent' : ''}`,
        ...destinations.map(({ method, weight, ...place }) => `${formatEndpoint(place)} ${method} ${weight}`),
      ].join('\n'),
    )
    .join('\n\n');
}
