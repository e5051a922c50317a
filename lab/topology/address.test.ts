import { describe, expect, test } from 'vitest';
import {
  broadcastOf,
  contains,
  formatAddress,
  formatPrefix,
  networkOf,
  overlap,
  parseAddress,
  parsePrefix,
  specialUse,
} from './address.ts';

const prefix = (text: string) => parsePrefix(text) ?? expect.fail(`not a prefix: ${text}`);
const address = (text: string) => parseAddress(text) ?? expect.fail(`not an address: ${text}`);

describe('parseAddress', () => {
  test.for([
    ['0.0.0.0', 0],
    ['0.0.0.1', 1],
    ['192.0.2.1', 0xc000_0201],
    ['203.0.113.80', 0xcb00_7150],
    ['255.255.255.255', 0xffff_ffff],
  ] as const)('reads %s', ([text, value]) => {
    expect(parseAddress(text)).toBe(value);
    expect(formatAddress(value)).toBe(text);
  });

  test.for([
    '',
    '203.0.113',
    '203.0.113.1.1',
    '203.0.113.256',
    '203.0.113.-1',
    '203.0.113.01',
    '203.0.113.1 ',
    ' 203.0.113.1',
    '203.0.113.1/24',
    '203.0.113.a',
    '203..113.1',
    '0x7f.0.0.1',
    '3405803857',
    '::1',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('parsePrefix', () => {
  test('keeps host bits until the network is asked for', () => {
    expect(formatPrefix(prefix('203.0.113.21/24'))).toBe('203.0.113.21/24');
    expect(formatPrefix(networkOf(prefix('203.0.113.21/24')))).toBe('203.0.113.0/24');
  });

  test.for([
    '203.0.113.0',
    '203.0.113.0/',
    '203.0.113.0/33',
    '203.0.113.0/08',
    '203.0.113.0/-1',
    '203.0.113.0/24/1',
    '/24',
  ])('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  test.for([
    ['203.0.113.77/0', '0.0.0.0/0', '255.255.255.255'],
    ['203.0.113.77/1', '128.0.0.0/1', '255.255.255.255'],
    ['203.0.113.77/8', '203.0.0.0/8', '203.255.255.255'],
    ['203.0.113.77/25', '203.0.113.0/25', '203.0.113.127'],
    ['203.0.113.77/26', '203.0.113.64/26', '203.0.113.127'],
    ['203.0.113.77/31', '203.0.113.76/31', '203.0.113.77'],
    ['203.0.113.77/32', '203.0.113.77/32', '203.0.113.77'],
  ] as const)('%s lies in %s with broadcast %s', ([text, network, broadcast]) => {
    expect(formatPrefix(networkOf(prefix(text)))).toBe(network);
    expect(formatAddress(broadcastOf(prefix(text)))).toBe(broadcast);
  });
});

describe('contains and overlap', () => {
  test('a network contains its first and its last address and neither neighbour', () => {
    const network = prefix('203.0.113.64/26');
    expect(contains(network, address('203.0.113.63'))).toBe(false);
    expect(contains(network, address('203.0.113.64'))).toBe(true);
    expect(contains(network, address('203.0.113.127'))).toBe(true);
    expect(contains(network, address('203.0.113.128'))).toBe(false);
  });

  test('networks overlap when one lies in the other, whichever comes first', () => {
    const wide = prefix('203.0.113.0/24');
    const narrow = prefix('203.0.113.192/26');
    expect(overlap(wide, narrow)).toBe(true);
    expect(overlap(narrow, wide)).toBe(true);
    expect(overlap(wide, prefix('203.0.112.0/24'))).toBe(false);
    expect(overlap(prefix('203.0.112.0/23'), wide)).toBe(true);
  });
});

describe('specialUse', () => {
  test.for([
    ['127.0.0.0/24', 'loopback (127.0.0.0/8)'],
    ['224.0.0.0/24', 'multicast (224.0.0.0/4)'],
    ['239.255.255.0/24', 'multicast (224.0.0.0/4)'],
    ['240.0.0.0/24', 'reserved (240.0.0.0/4)'],
    ['0.0.0.0/8', '"this network" (0.0.0.0/8)'],
    ['126.0.0.0/7', 'loopback (127.0.0.0/8)'],
    ['223.255.255.0/24', undefined],
    ['128.0.0.0/8', undefined],
    ['1.0.0.0/8', undefined],
  ] as const)('%s is %s', ([text, name]) => {
    expect(specialUse(prefix(text))).toBe(name);
  });
});
