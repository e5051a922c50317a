import { describe, expect, test } from 'vitest';
import { MacTable } from './mac-table.ts';

const mac = 0x5254_0000_0001;
const ageingNs = 300e9;

describe('MacTable', () => {
  test('forgets an address at 300 s and not 1 ns before', () => {
    const table = new MacTable<string>();
    table.learn(mac, 'a', 1000);

    expect(table.lookup(mac, 999 + ageingNs)?.port).toBe('a');
    expect(table.lookup(mac, 1000 + ageingNs)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  test('starts the 300 s again when the address is seen', () => {
    const table = new MacTable<string>();
    table.learn(mac, 'a', 0);
    table.learn(mac, 'a', 200e9);

    expect(table.lookup(mac, 499e9)?.port).toBe('a');
    expect(table.lookup(mac, 500e9)).toBeUndefined();
  });

  test('follows an address to another port and counts the move', () => {
    const table = new MacTable<string>();
    table.learn(mac, 'a', 0);
    table.learn(mac, 'b', 1);

    expect(table.lookup(mac, 2)?.port).toBe('b');
    expect(table.moves).toBe(1);
  });

  test('does not count a return after ageing as a move', () => {
    const table = new MacTable<string>();
    table.learn(mac, 'a', 0);
    table.learn(mac, 'b', ageingNs);

    expect(table.moves).toBe(0);
  });

  test('flushes one port and keeps the others', () => {
    const table = new MacTable<string>();
    table.learn(mac, 'a', 0);
    table.learn(mac + 1, 'b', 0);

    table.flush('a');

    expect(table.lookup(mac, 1)).toBeUndefined();
    expect(table.lookup(mac + 1, 1)?.port).toBe('b');
  });

  test('raises its version when an answer may change, and not when an address is seen again', () => {
    const table = new MacTable<string>();
    const versions = [table.version];
    table.learn(mac, 'a', 0);
    versions.push(table.version);
    table.learn(mac, 'a', 1);
    versions.push(table.version);
    table.learn(mac, 'b', 2);
    versions.push(table.version);
    table.flush('b');
    versions.push(table.version);

    expect(versions).toEqual([0, 1, 1, 2, 3]);
  });
});
