// Every NIC of a lab has the address 02:hh:hh:hh:nn:ii: locally administered and unicast (IEEE 802, the two
// low bits of the first byte), a hash of the topology's name, the node's index, the NIC's index. So two labs
// never share an address by accident of order, a run and its repetition use the same ones, and a capture on
// its own says which topology it was made on.

/** A 48-bit address as a number, first byte highest. */
export type Mac = number;

const locallyAdministered = 0x02;

export function macOf(topologyName: string, nodeIndex: number, nicIndex: number): Mac {
  // 48 bits are more than bitwise operators keep.
  return ((locallyAdministered * 2 ** 24 + hash24(topologyName)) * 2 ** 8 + nodeIndex) * 2 ** 8 + nicIndex;
}

export function formatMac(mac: Mac): string {
  const digits = mac.toString(16).padStart(12, '0');
  return digits.match(/../g)?.join(':') ?? digits;
}

/** FNV-1a over UTF-8, 32 bits folded to 24 by exclusive or, as its authors advise for sizes that are not powers of two. */
function hash24(text: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  }
  return (hash >>> 24) ^ (hash & 0xff_ffff);
}
