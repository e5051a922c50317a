import { describe, expect, test } from 'vitest';
import { identifyTopology } from './identify.ts';
import { macOf } from './mac-scheme.ts';

const topology = (name: string, nodeCount: number) => ({
  name,
  nodes: Object.fromEntries(
    Array.from({ length: nodeCount }, (_, index) => [
      `node${index}`,
      { role: 'client', nics: { eth0: { segment: 'lan', address: `203.0.113.${index + 1}` } } } as const,
    ]),
  ),
});
const topologies = [topology('small', 2), topology('large', 4)];

describe('identifyTopology', () => {
  test('recognises a topology by one of its addresses', () => {
    expect(identifyTopology([macOf('small', 1, 0)], topologies)).toBe('small');
    expect(identifyTopology([macOf('large', 3, 0)], topologies)).toBe('large');
  });

  test('ignores broadcast, multicast and foreign addresses', () => {
    const noise = [0xffff_ffff_ffff, 0x0100_5e00_0051, 0x0242_ac11_0002, macOf('other', 0, 0)];
    expect(identifyTopology(noise, topologies)).toBeUndefined();
    expect(identifyTopology([...noise, macOf('large', 0, 0)], topologies)).toBe('large');
  });

  test('does not take an address that the topology never gives', () => {
    expect(identifyTopology([macOf('small', 2, 0)], topologies)).toBeUndefined();
    expect(identifyTopology([macOf('small', 0, 1)], topologies)).toBeUndefined();
  });

  test('takes the better match of two, and neither when they are equal', () => {
    const mixed = [macOf('small', 0, 0), macOf('large', 0, 0), macOf('large', 1, 0)];
    expect(identifyTopology(mixed, topologies)).toBe('large');
    expect(identifyTopology(mixed.slice(0, 2), topologies)).toBeUndefined();
    expect(identifyTopology(mixed, topologies.toReversed())).toBe('large');
  });

  test('counts an address once, however often it was seen', () => {
    const seen = [macOf('small', 0, 0), macOf('small', 0, 0), macOf('large', 0, 0)];
    expect(identifyTopology(seen, topologies)).toBeUndefined();
  });

  test('knows nothing from nothing', () => {
    expect(identifyTopology([], topologies)).toBeUndefined();
    expect(identifyTopology([macOf('small', 0, 0)], [])).toBeUndefined();
  });
});
