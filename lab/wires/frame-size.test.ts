import { describe, expect, test } from 'vitest';
import { sizeRefusal } from './frame-size.ts';

const mtu = 1500;

/** `types` stand where a frame has its type, four bytes apart. */
function refusal(length: number, ...types: readonly number[]) {
  const bytes = Buffer.alloc(length + 2);
  types.forEach((type, index) => {
    bytes.writeUInt16BE(type, 2 + 12 + index * 4);
  });
  return sizeRefusal(bytes, 2, length, mtu);
}

describe('sizeRefusal', () => {
  test('refuses what is shorter than an Ethernet header', () => {
    expect([sizeRefusal(Buffer.alloc(13), 0, 13, mtu), sizeRefusal(Buffer.alloc(14), 0, 14, mtu)]).toEqual([
      'runt',
      undefined,
    ]);
  });

  test('takes a payload as large as the MTU and refuses one byte more', () => {
    expect([refusal(1514, 0x0800), refusal(1515, 0x0800)]).toEqual([undefined, 'mtu']);
  });

  test('does not count one or two VLAN tags', () => {
    expect([refusal(1518, 0x8100, 0x0800), refusal(1519, 0x8100, 0x0800)]).toEqual([undefined, 'mtu']);
    expect([refusal(1522, 0x88a8, 0x8100, 0x0800), refusal(1523, 0x88a8, 0x8100, 0x0800)]).toEqual([
      undefined,
      'mtu',
    ]);
  });

  test('counts a third tag as payload', () => {
    const tags = [0x88a8, 0x8100, 0x8100, 0x0800];

    expect([refusal(1522, ...tags), refusal(1523, ...tags)]).toEqual([undefined, 'mtu']);
  });
});
