import { writeMac } from '../addresses/mac.ts';
import { put16, put32 } from '../network-order.ts';
import { ETHERTYPE_ARP } from '../protocol-numbers.ts';
import type { LinkOptions } from './ethernet.ts';
import { buildEthernet } from './ethernet.ts';

export interface ArpOptions {
  /** Default: from the sender; a request to everyone, a reply to the target. */
  readonly link?: LinkOptions;
  /** 1 request, 2 reply. */
  readonly operation: number;
  readonly senderMac: number;
  readonly senderIp: number;
  /** Default 0, as in a request. */
  readonly targetMac?: number;
  readonly targetIp: number;
  readonly padTo?: number;
}

const BROADCAST = 0xffffffffffff;

/** An Ethernet frame with an ARP message for IPv4. Offsets: `../dissect/arp.ts`. */
export function buildArp(options: ArpOptions): Uint8Array {
  const { operation, senderMac, targetMac = 0 } = options;
  const payload = new Uint8Array(28);
  put16(payload, 0, 1);
  put16(payload, 2, 0x0800);
  payload[4] = 6;
  payload[5] = 4;
  put16(payload, 6, operation);
  writeMac(payload, 8, senderMac);
  put32(payload, 14, options.senderIp);
  writeMac(payload, 18, targetMac);
  put32(payload, 24, options.targetIp);
  const destinationMac = operation === 1 || targetMac === 0 ? BROADCAST : targetMac;
  const link = options.link ?? { sourceMac: senderMac, destinationMac };
  return buildEthernet({ ...link, etherType: ETHERTYPE_ARP, payload, padTo: options.padTo ?? 0 });
}
