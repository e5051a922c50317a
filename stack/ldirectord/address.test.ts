import { describe, expect, test } from 'vitest';
import { canonicalAddress, ipv4Number, ipv4Text, isHostName, withPort } from './address.ts';

describe('IPv4 addresses', () => {
  test.for([
    ['0.0.0.0', 0],
    ['192.0.2.80', 0xc0000250],
    ['255.255.255.255', 0xffffffff],
    ['192.000.002.080', 0xc0000250],
  ] as const)('%s is the number %i', ([text, value]) => {
    expect(ipv4Number(text)).toBe(value);
  });

  test.for([
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.80.1',
    '192.0.2.',
    '192.0.2.1234',
    '0x7f.0.0.1',
    ' 192.0.2.80',
  ])('"%s" is none', (text) => {
    expect(ipv4Number(text)).toBeUndefined();
  });

  test('a number is written as a dotted quad, above 2^31 too', () => {
    expect(ipv4Text(0xfffffffe)).toBe('255.255.255.254');
    expect(ipv4Text(1)).toBe('0.0.0.1');
  });
});

describe('IPv6 addresses', () => {
  test.for([
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:192.0.2.80', '::ffff:c000:250'],
  ] as const)('%s is written %s', ([text, canonical]) => {
    expect(canonicalAddress(text, 'ipv6')).toBe(canonical);
  });

  test.for([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8::',
    'fe80::1%eth0',
  ])('"%s" is none', (text) => {
    expect(canonicalAddress(text, 'ipv6')).toBeUndefined();
  });

  test('an address of the other family is none', () => {
    expect(canonicalAddress('192.0.2.80', 'ipv6')).toBeUndefined();
    expect(canonicalAddress('2001:db8::1', 'ipv4')).toBeUndefined();
  });
});

test('a port stands behind brackets for IPv6 only', () => {
  expect(withPort('192.0.2.80', 80)).toBe('192.0.2.80:80');
  expect(withPort('2001:db8::1', 80)).toBe('[2001:db8::1]:80');
});

describe('host names', () => {
  test.for(['web1', 'web-1.example.com', 'a', '3com.example', 'web1.'])('"%s" is one', (text) => {
    expect(isHostName(text)).toBe(true);
  });

  test.for(['', '192.0.2', '-web', 'web-', 'we b', 'web..example', 'web_1'])('"%s" is none', (text) => {
    expect(isHostName(text)).toBe(false);
  });
});
