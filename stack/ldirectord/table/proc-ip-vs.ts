/**
 * /proc/net/ip_vs: the kernel's table as text, without a fork. Numbers are hexadecimal, except weights,
 * connection counts and the persistence timeout (read on Linux 6.1):
 *
 *   TCP  C0000250:0050 wrr  persistent 75000 FFFFFF00     75000 ticks of 1/HZ s; netmask
 *     -> C6336402:0050      Route   1      0          0   weight, active, inactive connections
 *   TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr persistent 1250 40000000   prefix length 0x40
 *   UDP  C0000250:0035 sh ops
 *   FWM  00000007 rr                                      the family of a mark is not shown
 *
 * Scheduler flags and connection thresholds are not shown.
 */
import { canonicalAddress, type Family, familyOf, ipv4Text } from '../address.ts';
import { type Forwarding, virtualId } from '../config/model.ts';
import type { ObservedDestination, ObservedService, ObservedTable, ServiceName } from './table.ts';

const protocols: Readonly<Record<string, ServiceName['protocol']>> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  FWM: 'fwm',
};

/** A server on the director itself is marked local, whichever way of forwarding it was entered with. */
const forwardings: Readonly<Record<string, Forwarding>> = {
  Route: 'dr',
  Local: 'dr',
  Masq: 'nat',
  Tunnel: 'tun',
};

interface Block {
  readonly head: readonly string[];
  readonly destinations: ObservedDestination[];
}

/**
 * Reads the text. `ipv6Marks` are the marks to take for IPv6 services where the text does not tell: an
 * entry without servers and without persistence. Lines of unknown shape are left out.
 */
export function parseProcIpVs(text: string, ipv6Marks: ReadonlySet<number>): ObservedTable {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter((word) => word !== '');
    const first = words[0] ?? '';
    if (first === '->') {
      const destination = parseDestination(words);
      if (destination !== undefined) blocks.at(-1)?.destinations.push(destination);
    } else if (first in protocols) blocks.push({ head: words, destinations: [] });
  }
  const table = new Map<string, ObservedService>();
  for (const block of blocks) {
    const service = parseService(block, ipv6Marks);
    if (service === undefined) continue;
    const key = virtualId(service.name);
    const namesake = table.get(key);
    if (namesake !== undefined) {
      // Two entries of one mark are its two families. The newer comes first, and is more likely not ours.
      const family = service.name.family === 'ipv6' ? 'ipv4' : 'ipv6';
      const other = { ...namesake, name: { ...namesake.name, family } } as const;
      table.set(virtualId(other.name), other);
    }
    table.set(key, service);
  }
  return table;
}

function parseDestination(words: readonly string[]): ObservedDestination | undefined {
  const [, target = '', method = '', weight = ''] = words;
  const endpoint = parseEndpoint(target);
  const forwarding = forwardings[method];
  if (endpoint === undefined || forwarding === undefined || !/^-?\d+$/.test(weight)) return undefined;
  return { ...endpoint, forwarding, weight: Number(weight), thresholds: undefined };
}

function parseEndpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:([0-9A-F]{8})|\[([0-9A-Fa-f:]+)\]):([0-9A-F]{4})$/.exec(text);
  if (match === null) return undefined;
  const [, ipv4, ipv6 = '', port = ''] = match;
  const address = ipv4 === undefined ? canonicalAddress(ipv6, 'ipv6') : ipv4Text(Number.parseInt(ipv4, 16));
  return address === undefined ? undefined : { address, port: Number.parseInt(port, 16) };
}

function parseService(block: Block, ipv6Marks: ReadonlySet<number>): ObservedService | undefined {
  const [kind = '', target = '', scheduler = '', ...flags] = block.head;
  const protocol = protocols[kind];
  if (protocol === undefined || scheduler === '') return undefined;
  const persistent = flags.indexOf('persistent');
  const ticks = Number(flags[persistent + 1]);
  const mask = Number.parseInt(flags[persistent + 2] ?? '', 16);
  const isPersistent = persistent !== -1 && !Number.isNaN(ticks) && !Number.isNaN(mask);
  const name = parseName(protocol, target, () =>
    markFamily(block, isPersistent ? mask : undefined, ipv6Marks.has(Number.parseInt(target, 16))),
  );
  if (name === undefined) return undefined;
  const netmask = name.family === 'ipv4' ? ipv4Text(mask) : String(mask >>> 24);
  return {
    name,
    scheduler,
    persistence: isPersistent ? { seconds: undefined, ticks, netmask } : undefined,
    onePacket: flags.includes('ops'),
    schedulerFlags: undefined,
    destinations: block.destinations,
  };
}

function parseName(
  protocol: ServiceName['protocol'],
  target: string,
  familyOfMark: () => Family,
): ServiceName | undefined {
  if (protocol === 'fwm') {
    const mark = Number.parseInt(target, 16);
    return Number.isNaN(mark)
      ? undefined
      : { protocol, family: familyOfMark(), address: { kind: 'mark', mark } };
  }
  const endpoint = parseEndpoint(target);
  if (endpoint === undefined) return undefined;
  return { protocol, family: familyOf(endpoint.address), address: { kind: 'address', ...endpoint } };
}

/**
 * The servers tell the family; without any, a netmask of at most 128 in the highest byte and nothing below
 * is a prefix length. The IPv4 mask 128.0.0.0 looks the same, and nobody uses it.
 */
function markFamily(block: Block, mask: number | undefined, isConfiguredAsIpv6: boolean): Family {
  const [server] = block.destinations;
  if (server !== undefined) return familyOf(server.address);
  if (mask === undefined) return isConfiguredAsIpv6 ? 'ipv6' : 'ipv4';
  return mask % 0x1000000 === 0 && mask >>> 24 <= 128 ? 'ipv6' : 'ipv4';
}
