import { writeMac } from '../addresses/mac.ts';
import { put16 } from '../network-order.ts';
import { ETHERTYPE_VLAN } from '../protocol-numbers.ts';

/** Who a frame is from and to on its segment. Addresses are 48-bit numbers. */
export interface LinkOptions {
  readonly sourceMac: number;
  readonly destinationMac: number;
  /** Adds one customer tag. */
  readonly vlanId?: number;
}

export interface EthernetOptions extends LinkOptions {
  readonly etherType: number;
  readonly payload: Uint8Array;
  /** Zero bytes are added up to this length; a real wire has at least 60. Default: none. */
  readonly padTo?: number;
}

export function buildEthernet(options: EthernetOptions): Uint8Array {
  const { payload, vlanId } = options;
  const headerBytes = vlanId === undefined ? 14 : 18;
  const frame = new Uint8Array(Math.max(headerBytes + payload.length, options.padTo ?? 0));
  writeMac(frame, 0, options.destinationMac);
  writeMac(frame, 6, options.sourceMac);
  if (vlanId !== undefined) {
    put16(frame, 12, ETHERTYPE_VLAN);
    put16(frame, 14, vlanId);
  }
  put16(frame, headerBytes - 2, options.etherType);
  frame.set(payload, headerBytes);
  return frame;
}
