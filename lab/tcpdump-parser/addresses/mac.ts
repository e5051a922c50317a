/** Six bytes as one number: a 48-bit value is exact in a double. */
export function readMac(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 8) | bytes[at + 1]!;
  const low = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  return high * 0x1_0000_0000 + (low >>> 0);
}

export function writeMac(bytes: Uint8Array, at: number, mac: number): void {
  const high = Math.floor(mac / 0x1_0000_0000);
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = mac >>> 24;
  bytes[at + 3] = mac >>> 16;
  bytes[at + 4] = mac >>> 8;
  bytes[at + 5] = mac;
}

/** `02:00:00:00:00:11`, from a 48-bit number. */
export function formatMac(mac: number): string {
  const digits = mac.toString(16).padStart(12, '0');
  return digits.replace(/..(?!$)/g, '$&:');
}

/** Six pairs of hexadecimal digits, joined by `:` or by `-`. Undefined for any other text. */
export function parseMac(text: string): number | undefined {
  if (!/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})$/i.test(text)) return undefined;
  return Number.parseInt(text.replace(/[:-]/g, ''), 16);
}
