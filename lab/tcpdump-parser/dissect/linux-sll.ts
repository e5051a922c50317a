import { formatMac, readMac } from '../addresses/mac.ts';
import { u16 } from '../network-order.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

// Source: the tcpdump group's page on LINKTYPE_LINUX_SLL.
const PACKET_TYPE = 0; // 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us
const HARDWARE_TYPE = 2; // ARPHRD_ value of the device
const ADDRESS_LENGTH = 4; // at most 8 bytes are kept
const ADDRESS = 6; // of the sender
const PROTOCOL = 14; // EtherType
const HEADER_BYTES = 16;

export interface LinuxSllLayer {
  readonly layer: 'linux-sll';
  readonly offset: number;
  readonly length: number;
  readonly packetType: number;
  readonly hardwareType: number;
  /** Undefined when the device has no addresses of six bytes. */
  readonly source: string | undefined;
  readonly etherType: number;
}

export function dissectLinuxSll(span: Span): Dissection<LinuxSllLayer> {
  if (available(span) < HEADER_BYTES) {
    return { ok: false, error: cutShort('linux-sll', span, HEADER_BYTES), soFar: undefined };
  }
  const { bytes, start } = span;
  const hasMac = u16(bytes, start + ADDRESS_LENGTH) === 6;
  const value: LinuxSllLayer = {
    layer: 'linux-sll',
    offset: start,
    length: HEADER_BYTES,
    packetType: u16(bytes, start + PACKET_TYPE),
    hardwareType: u16(bytes, start + HARDWARE_TYPE),
    source: hasMac ? formatMac(readMac(bytes, start + ADDRESS)) : undefined,
    etherType: u16(bytes, start + PROTOCOL),
  };
  return { ok: true, value, payload: after(span, HEADER_BYTES) };
}

export function summarizeLinuxSll(layer: LinuxSllLayer): string {
  return `${layer.source ?? 'no address'} > ? ethertype 0x${layer.etherType.toString(16).padStart(4, '0')}`;
}
