import { describe, expect, test } from 'vitest';
import { formatMac, macOf } from './mac-scheme.ts';

describe('macOf', () => {
  test('is locally administered, unicast, and ends in the node and the NIC', () => {
    expect(formatMac(macOf('lvs-dr', 3, 1))).toBe('02:4f:19:8e:03:01');
    expect(formatMac(macOf('lvs-dr', 255, 7))).toBe('02:4f:19:8e:ff:07');
  });

  test('hashes the name with FNV-1a folded to 24 bits', () => {
    // The 32-bit hashes are the published ones: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968.
    expect(macOf('', 0, 0)).toBe(0x02_1c9d44_0000);
    expect(macOf('a', 0, 0)).toBe(0x02_0c29c8_0000);
    expect(macOf('foobar', 0, 0)).toBe(0x02_9cf9d7_0000);
  });

  test('differs for names that differ in one letter', () => {
    expect(macOf('lvs-dr', 0, 0)).not.toBe(macOf('lvs-dn', 0, 0));
  });
});

test('formatMac writes six bytes, leading zeros included', () => {
  expect(formatMac(0)).toBe('00:00:00:00:00:00');
  expect(formatMac(0xffff_ffff_ffff)).toBe('ff:ff:ff:ff:ff:ff');
  expect(formatMac(0x0203)).toBe('00:00:00:00:02:03');
});
