export const mtuDefault = 1500; // IEEE 802.3, 3.2.7

const ethernetHeaderBytes = 14; // IEEE 802.3, 3.1.1
const vlanTagBytes = 4; // IEEE 802.1Q, 9.3
const vlanTagsMax = 2; // IEEE 802.1ad: a service tag and a customer tag
const typeOffset = 12; // IEEE 802.3, 3.1.1
const etherTypeVlan = 0x8100; // IEEE 802.1Q, 9.6: customer tag
const etherTypeQinq = 0x88a8; // IEEE 802.1Q, 9.6: service tag

/**
 * Why a frame of this length cannot cross a segment; undefined when it can. Up to two VLAN tags do not count as payload.
 * Frames shorter than 60 bytes are well: machines leave the padding to the line.
 */
export function sizeRefusal(
  bytes: Buffer,
  at: number,
  length: number,
  mtu: number,
): 'runt' | 'mtu' | undefined {
  if (length < ethernetHeaderBytes) return 'runt';
  let payload = length - ethernetHeaderBytes;
  if (payload <= mtu) return undefined;
  for (let tag = 0; tag < vlanTagsMax && isVlanType(bytes, at + typeOffset + tag * vlanTagBytes); tag++) {
    payload -= vlanTagBytes;
  }
  return payload > mtu ? 'mtu' : undefined;
}

function isVlanType(bytes: Buffer, at: number): boolean {
  const type = bytes.readUInt16BE(at);
  return type === etherTypeVlan || type === etherTypeQinq;
}
