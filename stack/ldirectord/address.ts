/**
 * IP addresses as text, in one spelling each, so that equal addresses are equal strings:
 * dotted quad for IPv4, RFC 5952 for IPv6.
 */

export type Family = 'ipv4' | 'ipv6';

/** The 32-bit number of a dotted quad, or `undefined` when `text` is not one. */
export function ipv4Number(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

/** The dotted quad of a 32-bit number. */
export function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** The eight 16-bit groups of an IPv6 address (RFC 4291 section 2.2), or `undefined`. No zone index. */
function ipv6Groups(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map(groupsOfHalf);
  const [head, tail] = groups;
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOfHalf(half: string): readonly number[] | undefined {
  if (half === '') return [];
  const words = half.split(':');
  const groups: number[] = [];
  for (const [index, word] of words.entries()) {
    const embedded = index === words.length - 1 ? ipv4Number(word) : undefined;
    if (embedded !== undefined) groups.push(embedded >>> 16, embedded & 0xffff);
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function ipv6Text(groups: readonly number[]): string {
  let start = 0;
  let length = 0;
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && groups[to] === 0) to += 1;
    if (to - from > length && to - from >= 2) {
      start = from;
      length = to - from;
    }
  }
  const words = groups.map((group) => group.toString(16));
  if (length === 0) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

/** The canonical spelling of an IP address of the given family, or `undefined` when `text` is none. */
export function canonicalAddress(text: string, family: Family): string | undefined {
  if (family === 'ipv4') {
    const value = ipv4Number(text);
    return value === undefined ? undefined : ipv4Text(value);
  }
  const groups = ipv6Groups(text);
  return groups === undefined ? undefined : ipv6Text(groups);
}

/** The family of an address in canonical spelling. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** `address:port`, with brackets around IPv6. */
export function withPort(address: string, port: number): string {
  return familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether `text` can be a host name: letters, digits, hyphens and dots, with at least one letter. */
export function isHostName(text: string): boolean {
  return (
    /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$/.test(text) &&
    /[A-Za-z]/.test(text)
  );
}
