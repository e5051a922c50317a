import { expect, test } from 'vitest';
import { corruptedFrame } from './corruption.ts';

const addresses = '020000000002' + '020000000001';
const padding = 'ff'.repeat(18);
const arp = `${addresses}0806${'00'.repeat(28)}${padding}`;
const ipv4 = `${addresses}0800${'4500001c'.padEnd(56, '0')}${padding}`;
const tagged = `${addresses}8100000a0800${'4500001c'.padEnd(56, '0')}${padding}`;
const other = `${addresses}88b5${'00'.repeat(46)}`;

/** Position and mask of the one bit that changed. */
function flipped(hex: string, position: number): [at: number, mask: number] {
  const before = Buffer.from(hex, 'hex');
  const after = corruptedFrame(before, position);
  const changes = Array.from(before, (byte, at): [number, number] => [at, byte ^ after![at]!]);
  const found = changes.filter(([, mask]) => mask !== 0);
  expect(found).toHaveLength(1);
  return found[0]!;
}

const last = 1 - 2 ** -32;

test.for([
  ['an ARP packet', arp, 14, 41],
  ['an IPv4 packet', ipv4, 14, 41],
  ['an IPv4 packet behind a VLAN tag', tagged, 18, 45],
  ['an unknown payload', other, 14, 59],
] as const)('flips the first and the last bit of %s, and none of its padding', ([, hex, first, lastAt]) => {
  expect(flipped(hex, 0)).toEqual([first, 0x01]);
  expect(flipped(hex, last)).toEqual([lastAt, 0x80]);
});

test('finds nothing to flip in a header alone, whole or cut short', () => {
  for (const bytes of [14, 13, 12]) {
    expect(corruptedFrame(Buffer.from(other, 'hex').subarray(0, bytes), 0), `${bytes} bytes`).toBeUndefined();
  }
  expect(corruptedFrame(Buffer.from(`${addresses}8100000a`, 'hex'), 0)).toBeUndefined();
});
