import { formatIpv4, PROTOCOL_TCP, PROTOCOL_UDP } from 'tcpdump-parser';

/** `endpoint`: addresses and ports, what says who talks to whom. */
export type DifferenceKind = 'endpoint' | 'ttl' | 'content';

export interface PacketDifference {
  readonly kind: DifferenceKind;
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

interface Field {
  readonly name: string;
  readonly kind: DifferenceKind;
  readonly at: number;
  readonly bytes: number;
  readonly show?: (value: number) => string;
}

const hex = (value: number) => `0x${value.toString(16)}`;

// Offsets from the start of the IP header. Source: RFC 791, 3.1.
const ipFields: readonly Field[] = [
  { name: 'version and header length', kind: 'content', at: 0, bytes: 1, show: hex },
  { name: 'type of service', kind: 'content', at: 1, bytes: 1, show: hex },
  { name: 'total length', kind: 'content', at: 2, bytes: 2 },
  { name: 'IP ID', kind: 'content', at: 4, bytes: 2 },
  { name: 'flags and fragment offset', kind: 'content', at: 6, bytes: 2, show: hex },
  { name: 'TTL', kind: 'ttl', at: 8, bytes: 1 },
  { name: 'protocol', kind: 'content', at: 9, bytes: 1 },
  { name: 'source address', kind: 'endpoint', at: 12, bytes: 4, show: formatIpv4 },
  { name: 'destination address', kind: 'endpoint', at: 16, bytes: 4, show: formatIpv4 },
];

// From the start of what is above IP. Source: RFC 9293, 3.1.
const tcpFields: readonly Field[] = [
  { name: 'source port', kind: 'endpoint', at: 0, bytes: 2 },
  { name: 'destination port', kind: 'endpoint', at: 2, bytes: 2 },
  { name: 'TCP sequence number', kind: 'content', at: 4, bytes: 4 },
  { name: 'TCP acknowledgement number', kind: 'content', at: 8, bytes: 4 },
  { name: 'TCP header length and flags', kind: 'content', at: 12, bytes: 2, show: hex },
  { name: 'TCP window', kind: 'content', at: 14, bytes: 2 },
  { name: 'TCP checksum', kind: 'content', at: 16, bytes: 2, show: hex },
  { name: 'TCP urgent pointer', kind: 'content', at: 18, bytes: 2 },
];

// Source: RFC 768.
const udpFields: readonly Field[] = [
  { name: 'source port', kind: 'endpoint', at: 0, bytes: 2 },
  { name: 'destination port', kind: 'endpoint', at: 2, bytes: 2 },
  { name: 'UDP length', kind: 'content', at: 4, bytes: 2 },
  { name: 'UDP checksum', kind: 'content', at: 6, bytes: 2, show: hex },
];

/**
 * What differs between two IPv4 packets, by the names of the fields; of what has no name, such as options and payload,
 * the first byte. The header checksum is left out: it follows from the rest. `before` and `after` begin with the
 * IP header.
 */
export function packetDifferences(before: Uint8Array, after: Uint8Array): readonly PacketDifference[] {
  const header = (before[0]! & 0x0f) * 4;
  const protocol = before[9];
  const upper = protocol === PROTOCOL_TCP ? tcpFields : protocol === PROTOCOL_UDP ? udpFields : [];
  const fields = [...ipFields, ...upper.map((field) => ({ ...field, at: field.at + header }))];
  const found: PacketDifference[] = [];
  const named = new Set([10, 11]);
  for (const { name, kind, at, bytes, show = String } of fields) {
    for (let index = at; index < at + bytes; index++) named.add(index);
    const was = read(before, at, bytes);
    const is = read(after, at, bytes);
    if (was !== is) found.push({ kind, field: name, before: text(was, show), after: text(is, show) });
  }
  const length = Math.min(before.length, after.length);
  for (let index = 0; index < length; index++) {
    if (named.has(index) || before[index] === after[index]) continue;
    found.push({
      kind: 'content',
      field: `byte ${index} of the packet`,
      before: hex(before[index]!),
      after: hex(after[index]!),
    });
    break;
  }
  return found;
}

function text(value: number | undefined, show: (value: number) => string): string {
  return value === undefined ? 'missing' : show(value);
}

function read(bytes: Uint8Array, at: number, count: number): number | undefined {
  if (at + count > bytes.length) return undefined;
  let value = 0;
  for (let index = at; index < at + count; index++) value = value * 256 + bytes[index]!;
  return value;
}
