import { describe, expect, test } from 'vitest';
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { formatIpv6 } from './ipv6.ts';
import { formatMac, parseMac, readMac, writeMac } from './mac.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

describe('MAC addresses', () => {
  test.for([
    [0, '00:00:00:00:00:00'],
    [1, '00:00:00:00:00:01'],
    [0x020000000011, '02:00:00:00:00:11'],
    [0xffffffffffff, 'ff:ff:ff:ff:ff:ff'],
    [0x0200deadbeef, '02:00:de:ad:be:ef'],
  ] as const)('%d is written %s and read back', ([mac, text]) => {
    expect(formatMac(mac)).toBe(text);
    expect(parseMac(text)).toBe(mac);
    const target = new Uint8Array(8);
    writeMac(target, 1, mac);
    expect(readMac(target, 1)).toBe(mac);
    expect([target[0], target[7]]).toEqual([0, 0]);
  });

  test('dashes and capitals are read', () => {
    expect(parseMac('02-00-DE-AD-BE-EF')).toBe(0x0200deadbeef);
  });

  test.for([
    '',
    '02:00:00:00:00',
    '02:00:00:00:00:11:22',
    '2:0:0:0:0:11',
    '02:00-00:00:00:11',
    '0g:00:00:00:00:00',
    ' 02:00:00:00:00:11',
  ])('%j is not a MAC address', (text) => {
    expect(parseMac(text)).toBeUndefined();
  });
});

describe('IPv4 addresses', () => {
  test.for([
    [0, '0.0.0.0'],
    [0xcb007150, '203.0.113.80'],
    [0x7fffffff, '127.255.255.255'],
    [0x80000000, '128.0.0.0'],
    [0xffffffff, '255.255.255.255'],
  ] as const)('%d is written %s and read back', ([address, text]) => {
    expect(formatIpv4(address)).toBe(text);
    expect(parseIpv4(text)).toBe(address);
  });

  test.for([
    '',
    '203.0.113',
    '203.0.113.80.1',
    '203.0.113.256',
    '203.0.113.080',
    '203.0.113.-1',
    '203.0.113.8a',
    '203.0.113.',
    ' 203.0.113.80',
  ])('%j is not an IPv4 address', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });
});

describe('IPv6 addresses are written as RFC 5952 says', () => {
  test.for([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'], // of two equal runs, the first
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'], // one zero group is kept
    ['20010db8000100000001000000000000', '2001:db8:1:0:1::'], // the longest run, at the end
    ['fe800000000000000000000000000011', 'fe80::11'],
    ['20010db80a0b0c0d0001000200030004', '2001:db8:a0b:c0d:1:2:3:4'],
    ['00000000000000000000ffffcb007150', '::ffff:203.0.113.80'],
    ['0000000000000000000000000000ffff', '::ffff'],
  ] as const)('%s is %s', ([hex, text]) => {
    expect(formatIpv6(bytes(`ff${hex}ff`), 1)).toBe(text);
  });
});
