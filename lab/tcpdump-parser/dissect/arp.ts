import { formatIpv4 } from '../addresses/ipv4.ts';
import { formatMac, readMac } from '../addresses/mac.ts';
import { u16, u32 } from '../network-order.ts';
import { ETHERTYPE_IPV4 } from '../protocol-numbers.ts';
import { dissectError } from './dissect-error.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

const HARDWARE_TYPE = 0; // RFC 826, "Packet format", ar$hrd
const PROTOCOL_TYPE = 2; // RFC 826, ar$pro: an EtherType
const HARDWARE_LENGTH = 4; // RFC 826, ar$hln
const PROTOCOL_LENGTH = 5; // RFC 826, ar$pln
const OPERATION = 6; // RFC 826, ar$op
const FIXED_BYTES = 8;
const SENDER_MAC = 8; // RFC 826, ar$sha, with lengths of 6 and 4
const SENDER_IP = 14; // RFC 826, ar$spa
const TARGET_MAC = 18; // RFC 826, ar$tha
const TARGET_IP = 24; // RFC 826, ar$tpa

const HARDWARE_ETHERNET = 1; // RFC 826, "Definitions"
const REQUEST = 1;
const REPLY = 2;

export interface ArpLayer {
  readonly layer: 'arp';
  readonly offset: number;
  readonly length: number;
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}

/** ARP for other hardware than Ethernet, or another protocol than IPv4. */
export interface OtherArpLayer {
  readonly layer: 'arp-other';
  readonly offset: number;
  readonly length: number;
  readonly hardwareType: number;
  readonly protocolType: number;
  readonly operation: number;
}

export function dissectArp(span: Span): Dissection<ArpLayer | OtherArpLayer> {
  const fail = (error: ReturnType<typeof cutShort>) => ({ ok: false, error, soFar: undefined }) as const;
  if (available(span) < FIXED_BYTES) return fail(cutShort('arp', span, FIXED_BYTES));
  const { bytes, start: offset } = span;
  const hardwareLength = bytes[offset + HARDWARE_LENGTH]!;
  const protocolLength = bytes[offset + PROTOCOL_LENGTH]!;
  const length = FIXED_BYTES + 2 * hardwareLength + 2 * protocolLength;
  if (available(span) < length) return fail(cutShort('arp', span, length));
  const hardwareType = u16(bytes, offset + HARDWARE_TYPE);
  const protocolType = u16(bytes, offset + PROTOCOL_TYPE);
  const isEthernet = hardwareType === HARDWARE_ETHERNET;
  const isIpv4 = protocolType === ETHERTYPE_IPV4;
  if (isEthernet && hardwareLength !== 6) {
    return fail(dissectError('arp', offset, 6, hardwareLength, 'arp-address-lengths'));
  }
  if (isIpv4 && protocolLength !== 4) {
    return fail(dissectError('arp', offset, 4, protocolLength, 'arp-address-lengths'));
  }
  const operation = u16(bytes, offset + OPERATION);
  // Padding behind the addresses is no payload.
  const payload: Span = { ...after(span, length), end: offset + length, wireEnd: offset + length };
  if (!isEthernet || !isIpv4) {
    const value: OtherArpLayer = {
      layer: 'arp-other',
      offset,
      length,
      hardwareType,
      protocolType,
      operation,
    };
    return { ok: true, value, payload };
  }
  const value: ArpLayer = {
    layer: 'arp',
    offset,
    length,
    operation,
    senderMac: formatMac(readMac(bytes, offset + SENDER_MAC)),
    senderIp: formatIpv4(u32(bytes, offset + SENDER_IP)),
    targetMac: formatMac(readMac(bytes, offset + TARGET_MAC)),
    targetIp: formatIpv4(u32(bytes, offset + TARGET_IP)),
  };
  return { ok: true, value, payload };
}

export function summarizeArp(layer: ArpLayer | OtherArpLayer): string {
  if (layer.layer === 'arp-other') {
    const { hardwareType, protocolType, operation } = layer;
    return `ARP operation ${operation} for hardware type ${hardwareType}, protocol type ${protocolType}`;
  }
  const { operation, senderMac, senderIp, targetIp } = layer;
  const gratuitous = senderIp === targetIp ? ' (gratuitous)' : '';
  if (operation === REQUEST) return `who-has ${targetIp} tell ${senderIp}${gratuitous}`;
  if (operation === REPLY) return `${senderIp} is-at ${senderMac}${gratuitous}`;
  return `ARP operation ${operation} ${senderIp} (${senderMac}) to ${targetIp} (${layer.targetMac})`;
}
