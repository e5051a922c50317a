const ethernetHeaderBytes = 14; // IEEE 802.3, 3.1.1: two addresses and the type
const vlanTagBytes = 4; // IEEE 802.1Q, 9.3
const etherTypeIpv4 = 0x0800;
const etherTypeArp = 0x0806;
const etherTypesVlan: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const arpBytes = 28; // RFC 826 with Ethernet and IPv4 addresses

/**
 * A copy of the frame with one bit of its payload flipped: the one at `position`, from 0 for the first to just
 * below 1 for the last. Undefined when there is no payload. The bit is never in the Ethernet header, where it
 * would look like loss, nor in the padding, where nobody would see it.
 */
export function corruptedFrame(frame: Uint8Array, position: number): Uint8Array | undefined {
  const [start, end] = payloadOf(frame);
  if (end <= start) return undefined;
  const bit = Math.floor(position * (end - start) * 8);
  const copy = Uint8Array.from(frame);
  copy[start + (bit >>> 3)]! ^= 1 << (bit & 7);
  return copy;
}

function payloadOf(frame: Uint8Array): [start: number, end: number] {
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  let start = ethernetHeaderBytes;
  while (start <= frame.length && etherTypesVlan.has(view.readUInt16BE(start - 2))) start += vlanTagBytes;
  if (start > frame.length) return [start, start];
  const etherType = view.readUInt16BE(start - 2);
  if (etherType === etherTypeIpv4 && frame.length >= start + 4) {
    // Total Length, RFC 791, 3.1.
    return [start, Math.min(frame.length, start + view.readUInt16BE(start + 2))];
  }
  if (etherType === etherTypeArp) return [start, Math.min(frame.length, start + arpBytes)];
  return [start, frame.length];
}
