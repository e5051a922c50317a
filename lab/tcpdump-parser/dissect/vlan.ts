import { u16 } from '../network-order.ts';
import type { Dissection, Span } from './span.ts';
import { after, available, cutShort } from './span.ts';

const TAG_CONTROL = 0; // IEEE 802.1Q, 9.6: priority (3 bits), drop eligible (1), VLAN identifier (12)
const TYPE = 2; // IEEE 802.1Q, 9.6: EtherType of what follows
const TAG_BYTES = 4;

export interface VlanLayer {
  readonly layer: 'vlan';
  readonly offset: number;
  readonly length: number;
  readonly priority: number;
  readonly dropEligible: boolean;
  readonly id: number;
  readonly etherType: number;
}

export function dissectVlan(span: Span): Dissection<VlanLayer> {
  if (available(span) < TAG_BYTES)
    return { ok: false, error: cutShort('vlan', span, TAG_BYTES), soFar: undefined };
  const { bytes, start } = span;
  const control = u16(bytes, start + TAG_CONTROL);
  const value: VlanLayer = {
    layer: 'vlan',
    offset: start,
    length: TAG_BYTES,
    priority: control >>> 13,
    dropEligible: (control & 0x1000) !== 0,
    id: control & 0x0fff,
    etherType: u16(bytes, start + TYPE),
  };
  return { ok: true, value, payload: after(span, TAG_BYTES) };
}

export function summarizeVlan(layer: VlanLayer): string {
  return `vlan ${layer.id}`;
}
