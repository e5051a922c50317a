import { parseIpv4 } from '../addresses/ipv4.ts';
import { formatIpv6 } from '../addresses/ipv6.ts';
import { parseMac } from '../addresses/mac.ts';
import type { DissectError } from '../dissect/dissect-error.ts';
import type { Layer } from '../dissect/layer.ts';
import * as bit from '../packet/layer-bits.ts';
import type { Packet } from '../packet/packet.ts';

/**
 * `Packet` and `dissect` are two pieces of code for the same bytes, so each checks the other. `Packet` stops at the
 * first IP packet, before a tunnel's inner one, and reads no options: that much of `layers` is compared. The text
 * says where they first differ.
 */
export function disagreement(packet: Packet, layers: readonly Layer[]): string | undefined {
  const pairs: [string, unknown, unknown][] = [];
  const same = (name: string, fast: unknown, full: unknown) => pairs.push([name, fast, full]);
  let seen = 0;
  let tags = 0;
  let isInner = false;
  for (const layer of layers) {
    switch (layer.layer) {
      case 'ethernet':
        seen |= bit.ETHERNET;
        same('sourceMac', packet.sourceMac, parseMac(layer.source));
        same('destinationMac', packet.destinationMac, parseMac(layer.destination));
        break;
      case 'linux-sll':
      case 'linux-sll2':
        same('sourceMac', packet.sourceMac, layer.source === undefined ? 0 : parseMac(layer.source));
        break;
      case 'vlan':
        seen |= bit.VLAN;
        if (tags === 0) same('vlanId', packet.vlanId, layer.id);
        tags++;
        break;
      case 'arp':
        seen |= bit.ARP;
        same('arpOperation', packet.arpOperation, layer.operation);
        same('arpSenderMac', packet.arpSenderMac, parseMac(layer.senderMac));
        same('arpSenderIp', packet.arpSenderIp, parseIpv4(layer.senderIp));
        same('arpTargetMac', packet.arpTargetMac, parseMac(layer.targetMac));
        same('arpTargetIp', packet.arpTargetIp, parseIpv4(layer.targetIp));
        break;
      case 'ipv4':
        isInner = isInner || (seen & (bit.IPV4 | bit.IPV6)) !== 0;
        if (isInner) break;
        seen |= bit.IPV4;
        if (layer.fragmentOffset > 0 || layer.moreFragments) seen |= bit.FRAGMENT;
        same('ipOffset', packet.ipOffset - packet.offset, layer.offset);
        same('ipHeaderLength', packet.ipHeaderLength, layer.length);
        same('ipTotalLength', packet.ipTotalLength, layer.totalLength);
        same('ipSource', packet.ipSource, parseIpv4(layer.source));
        same('ipDestination', packet.ipDestination, parseIpv4(layer.destination));
        same('ttl', packet.ttl, layer.ttl);
        same('tos', packet.tos, layer.tos);
        same('ipId', packet.ipId, layer.id);
        same('dontFragment', packet.dontFragment, layer.dontFragment);
        same('moreFragments', packet.moreFragments, layer.moreFragments);
        same('fragmentOffset', packet.fragmentOffset, layer.fragmentOffset);
        same('protocol', packet.protocol, layer.protocol);
        break;
      case 'ipv6':
        isInner = isInner || (seen & (bit.IPV4 | bit.IPV6)) !== 0;
        if (isInner) break;
        seen |= bit.IPV6;
        same('ipOffset', packet.ipOffset - packet.offset, layer.offset);
        same('ipTotalLength', packet.ipTotalLength, layer.payloadLength + 40);
        same('ipv6Source', formatIpv6(packet.buffer, packet.ipv6SourceOffset), layer.source);
        same('ipv6Destination', formatIpv6(packet.buffer, packet.ipv6DestinationOffset), layer.destination);
        same('ttl', packet.ttl, layer.hopLimit);
        same('tos', packet.tos, layer.trafficClass);
        break;
      case 'ipv6-hop-by-hop':
      case 'ipv6-destination-options':
      case 'ipv6-routing':
      case 'ipv6-authentication':
      case 'ipv6-fragment':
        if (!isInner) seen |= bit.IPV6_EXTENSION;
        break;
      case 'tcp':
      case 'tcp-start':
        if (isInner) break;
        seen |= bit.TCP;
        same('sourcePort', packet.sourcePort, layer.sourcePort);
        same('destinationPort', packet.destinationPort, layer.destinationPort);
        same('tcpSequence', packet.tcpSequence, layer.sequence);
        same('tcpHeaderLength', packet.tcpHeaderLength, layer.layer === 'tcp' ? layer.length : 0);
        if (layer.layer === 'tcp-start') break;
        same('tcpAcknowledgement', packet.tcpAcknowledgement, layer.acknowledgement);
        same('tcpFlags', packet.tcpFlags, layer.flags);
        same('tcpWindow', packet.tcpWindow, layer.window);
        break;
      case 'udp':
        if (isInner) break;
        seen |= bit.UDP;
        same('sourcePort', packet.sourcePort, layer.sourcePort);
        same('destinationPort', packet.destinationPort, layer.destinationPort);
        break;
      case 'icmp':
      case 'icmpv6':
        if (isInner) break;
        seen |= layer.layer === 'icmp' ? bit.ICMP : bit.ICMPV6;
        same('icmpType', packet.icmpType, layer.type);
        same('icmpCode', packet.icmpCode, layer.code);
        same('icmpRest', packet.icmpRest, layer.rest);
        break;
      case 'payload': {
        // What ARP for other hardware or a tunnel leaves to Packet as payload, dissect has taken apart.
        if (isInner || packet.layers & bit.IPIP) break;
        same('payloadOffset', packet.payloadOffset - packet.offset, layer.offset);
        same('payloadLength', packet.payloadLength, layer.length);
        same('payloadWireLength', packet.payloadWireLength, layer.wireLength);
        break;
      }
      case 'null':
      case 'arp-other':
        break;
      case 'malformed':
        if (!isInner && !(packet.layers & bit.IPIP))
          same('error', errorKey(packet.error), errorKey(hardError(layer.error, packet)));
        break;
      default:
        layer satisfies never;
    }
  }
  const compared =
    bit.ETHERNET | bit.VLAN | bit.ARP | bit.IPV4 | bit.IPV6 | bit.TCP | bit.UDP | bit.ICMP | bit.ICMPV6;
  same('layers', packet.layers & compared, seen & compared);
  same('vlanDepth', packet.vlanDepth, tags);
  if (!layers.some(({ layer }) => layer === 'malformed')) same('error', errorKey(packet.error), '');
  const different = pairs.find(([, fast, full]) => fast !== full);
  if (different === undefined) return undefined;
  const [name, fast, full] = different;
  return `${name}: Packet has ${String(fast)}, dissect has ${String(full)}`;
}

/** Options and messages of neighbour discovery are not read by `Packet`: what is wrong inside is no error there. */
function hardError(error: DissectError, packet: Packet): DissectError | undefined {
  if (error.limitedBy.endsWith('option-length')) return undefined;
  const isHeader = error.needed === 8 && error.offset === packet.l4Offset - packet.offset;
  return error.layer === 'icmpv6' && !isHeader ? undefined : error;
}

function errorKey(error: DissectError | undefined): string {
  return error === undefined ? '' : error.text;
}
