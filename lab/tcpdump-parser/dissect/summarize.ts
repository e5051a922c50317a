import { PROTOCOL_IPIP, PROTOCOL_IPV6 } from '../protocol-numbers.ts';
import { summarizeArp } from './arp.ts';
import { summarizeEthernet } from './ethernet.ts';
import { summarizeIcmp } from './icmp.ts';
import { summarizeIcmpv6 } from './icmpv6.ts';
import type { Ipv4Layer } from './ipv4.ts';
import { summarizeIpv4 } from './ipv4.ts';
import type { Ipv6Layer } from './ipv6.ts';
import { summarizeIpv6 } from './ipv6.ts';
import { summarizeIpv6Extension } from './ipv6-extension.ts';
import type { Layer } from './layer.ts';
import { summarizeLinuxSll } from './linux-sll.ts';
import { summarizeLinuxSll2 } from './linux-sll2.ts';
import { summarizeNull } from './null-loopback.ts';
import { summarizeTcp } from './tcp.ts';
import { summarizeUdp } from './udp.ts';
import { summarizeVlan } from './vlan.ts';

type IpLayer = Ipv4Layer | Ipv6Layer;

/** One line about a frame, outermost header first, as tcpdump writes it. Link addresses show when nothing else does. */
export function summarize(layers: readonly Layer[]): string {
  const words: string[] = [];
  let linkWords = '';
  /** The innermost IP header that has not been written yet. */
  let ip: IpLayer | undefined;
  layers.forEach((layer, index) => {
    const next = layers[index + 1];
    const payloadLength = next?.layer === 'payload' ? next.wireLength : 0;
    switch (layer.layer) {
      case 'ethernet':
        linkWords = summarizeEthernet(layer);
        break;
      case 'linux-sll':
        linkWords = summarizeLinuxSll(layer);
        break;
      case 'linux-sll2':
        linkWords = summarizeLinuxSll2(layer);
        break;
      case 'null':
        linkWords = summarizeNull(layer);
        break;
      case 'vlan':
        words.push(summarizeVlan(layer));
        break;
      case 'arp':
      case 'arp-other':
        words.push(summarizeArp(layer));
        break;
      case 'ipv4':
      case 'ipv6':
        if (ip !== undefined) words.push(ends(ip), 'IPIP');
        ip = layer;
        break;
      case 'ipv6-hop-by-hop':
      case 'ipv6-destination-options':
      case 'ipv6-routing':
      case 'ipv6-authentication':
      case 'ipv6-fragment':
        break; // written behind the line, with the fragments of IPv4
      case 'tcp':
      case 'tcp-start':
        words.push(ends(ip, layer), summarizeTcp(layer, payloadLength));
        ip = undefined;
        break;
      case 'udp':
        words.push(ends(ip, layer), summarizeUdp(layer));
        ip = undefined;
        break;
      case 'icmp':
        words.push(ends(ip), summarizeIcmp(layer));
        if (layer.quoted !== undefined && layer.quoted.length > 0) words.push('for', summarize(layer.quoted));
        ip = undefined;
        break;
      case 'icmpv6':
        words.push(ends(ip), summarizeIcmpv6(layer));
        if (layer.quoted !== undefined && layer.quoted.length > 0) words.push('for', summarize(layer.quoted));
        ip = undefined;
        break;
      case 'payload':
        if (ip !== undefined) words.push(ends(ip), protocolName(lastProtocol(layers)));
        if (ip !== undefined || !hasTransport(layers)) words.push(`length ${layer.wireLength}`);
        ip = undefined;
        break;
      case 'malformed':
        if (ip !== undefined) words.push(ends(ip));
        ip = undefined;
        break;
      default:
        layer satisfies never;
    }
  });
  if (ip !== undefined) words.push(ends(ip), protocolName(lastProtocol(layers)));
  if (!layers.some(isNetworkLayer) && linkWords !== '') words.unshift(linkWords);
  words.push(...fragmentWords(layers));
  const last = layers.at(-1);
  if (last?.layer === 'malformed') words.push(`[malformed: ${last.error.text}]`);
  return words.join(' ');
}

function ends(
  ip: IpLayer | undefined,
  ports?: { readonly sourcePort: number; readonly destinationPort: number },
): string {
  if (ip === undefined) return ports === undefined ? '' : `${ports.sourcePort} > ${ports.destinationPort}`;
  if (ports === undefined) return ip.layer === 'ipv4' ? summarizeIpv4(ip) : summarizeIpv6(ip);
  const host = (address: string) => (ip.layer === 'ipv6' ? `[${address}]` : address);
  return `${host(ip.source)}:${ports.sourcePort} > ${host(ip.destination)}:${ports.destinationPort}`;
}

function isNetworkLayer(layer: Layer): boolean {
  return (
    layer.layer === 'ipv4' || layer.layer === 'ipv6' || layer.layer === 'arp' || layer.layer === 'arp-other'
  );
}

function hasTransport(layers: readonly Layer[]): boolean {
  return layers.some(
    ({ layer }) => layer === 'tcp' || layer === 'udp' || layer === 'icmp' || layer === 'icmpv6',
  );
}

/** What the innermost IP packet carries, by its last header. */
function lastProtocol(layers: readonly Layer[]): number {
  const header = layers.findLast((layer) => 'protocol' in layer || 'nextHeader' in layer);
  if (header === undefined) return -1;
  return 'protocol' in header ? header.protocol : 'nextHeader' in header ? header.nextHeader : -1;
}

const protocolNames: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
  59: 'no next header',
  89: 'OSPF',
  112: 'VRRP',
  132: 'SCTP',
  [PROTOCOL_IPIP]: 'IPIP',
  [PROTOCOL_IPV6]: 'IPIP',
};

function protocolName(protocol: number): string {
  return protocolNames[protocol] ?? `protocol ${protocol}`;
}

function fragmentWords(layers: readonly Layer[]): string[] {
  return layers.flatMap((layer) => {
    if (layer.layer === 'ipv6-fragment') return [`(${summarizeIpv6Extension(layer)})`];
    if (layer.layer !== 'ipv4' || (layer.fragmentOffset === 0 && !layer.moreFragments)) return [];
    return [
      `(fragment id ${layer.id} offset ${layer.fragmentOffset}${layer.moreFragments ? ' more' : ' last'})`,
    ];
  });
}
