import { formatMac, readMac } from '../addresses/mac.ts';
import { u16, u32 } from '../network-order.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

// Source: the tcpdump group's page on LINKTYPE_LINUX_SLL2.
const PROTOCOL = 0; // EtherType
const INTERFACE_INDEX = 4; // on the capturing host, from 1
const HARDWARE_TYPE = 8; // ARPHRD_ value of the device
const PACKET_TYPE = 10; // as in linux-sll.ts, in one byte
const ADDRESS_LENGTH = 11; // at most 8 bytes are kept
const ADDRESS = 12; // of the sender
const HEADER_BYTES = 20;

export interface LinuxSll2Layer {
  readonly layer: 'linux-sll2';
  readonly offset: number;
  readonly length: number;
  readonly packetType: number;
  readonly hardwareType: number;
  readonly interfaceIndex: number;
  /** Undefined when the device has no addresses of six bytes. */
  readonly source: string | undefined;
  readonly etherType: number;
}

export function dissectLinuxSll2(span: Span): Dissection<LinuxSll2Layer> {
  if (available(span) < HEADER_BYTES) {
    return { ok: false, error: cutShort('linux-sll2', span, HEADER_BYTES), soFar: undefined };
  }
  const { bytes, start } = span;
  const hasMac = bytes[start + ADDRESS_LENGTH] === 6;
  const value: LinuxSll2Layer = {
    layer: 'linux-sll2',
    offset: start,
    length: HEADER_BYTES,
    packetType: bytes[start + PACKET_TYPE]!,
    hardwareType: u16(bytes, start + HARDWARE_TYPE),
    interfaceIndex: u32(bytes, start + INTERFACE_INDEX),
    source: hasMac ? formatMac(readMac(bytes, start + ADDRESS)) : undefined,
    etherType: u16(bytes, start + PROTOCOL),
  };
  return { ok: true, value, payload: after(span, HEADER_BYTES) };
}

export function summarizeLinuxSll2(layer: LinuxSll2Layer): string {
  return `${layer.source ?? 'no address'} > ? ethertype 0x${layer.etherType.toString(16).padStart(4, '0')}`;
}
