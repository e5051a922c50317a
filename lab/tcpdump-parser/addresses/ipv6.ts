import { u32 } from '../network-order.ts';
import { formatIpv4 } from './ipv4.ts';

/** RFC 5952: lower case, no leading zeroes, the first longest run of two or more zero groups as `::`. */
export function formatIpv6(bytes: Uint8Array, offset: number): string {
  if (isMappedIpv4(bytes, offset)) return `::ffff:${formatIpv4(u32(bytes, offset + 12))}`;
  const groups: number[] = [];
  for (let index = 0; index < 8; index++) {
    groups.push((bytes[offset + index * 2]! << 8) | bytes[offset + index * 2 + 1]!);
  }
  const run = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return text(groups); // RFC 5952, 4.2.2: one group alone is not shortened
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

/** RFC 5952, section 5: ::ffff:0:0/96 is written with its last 32 bits in IPv4 form. */
function isMappedIpv4(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 10; index++) if (bytes[offset + index] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}
