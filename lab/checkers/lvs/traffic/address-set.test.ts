import { expect, test } from 'vitest';
import { AddressSet } from './address-set.ts';

test('a set of addresses has what was added, and nothing else', () => {
  const set = new AddressSet();
  expect(set.has(0)).toBe(false);
  const added = [0xcb007150, 0xcb007151, 0, 1, 0xffffffff, 0x7f000001];
  for (const [count, address] of added.entries()) {
    expect(set.has(address)).toBe(false);
    set.add(address);
    set.add(address);
    for (const [index, other] of added.entries()) expect(set.has(other)).toBe(index <= count);
  }
  for (let address = 1000; address < 2000; address++) set.add(address);
  for (let address = 0; address < 3000; address++) {
    expect(set.has(address)).toBe(address <= 1 || (address >= 1000 && address < 2000));
  }
  // Signed and unsigned are the same address.
  expect(set.has(0xcb007150 | 0)).toBe(true);
});
