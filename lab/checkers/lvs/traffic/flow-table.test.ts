import { describe, expect, test } from 'vitest';
import { CLIENT_FIN, flowsMax as capacity, FlowTable } from './flow-table.ts';

const tcp = 6;
const secondNs = 1e9;

function table(pinned: ReadonlySet<number> = new Set()): FlowTable {
  return new FlowTable({
    canEvict: (flow) => !pinned.has(flow),
    serviceOf: (_vip, port) => (port === 80 ? 0 : -1),
  });
}

describe('the flow table', () => {
  test('finds what was opened, and tells flows apart by every part of their key', () => {
    const flows = table();
    const flow = flows.open(10, 80, (40_000 << 16) | 80, tcp, 0);
    expect(flows.find(10, 80, (40_000 << 16) | 80, tcp)).toBe(flow);
    expect(flows.find(11, 80, (40_000 << 16) | 80, tcp)).toBe(-1);
    expect(flows.find(10, 81, (40_000 << 16) | 80, tcp)).toBe(-1);
    expect(flows.find(10, 80, (40_001 << 16) | 80, tcp)).toBe(-1);
    expect(flows.find(10, 80, (40_000 << 16) | 80, 17)).toBe(-1);
  });

  test('has not found anything before anything was opened', () => {
    expect(table().find(0, 0, 0, 0)).toBe(-1);
  });

  test('knows the service of a flow', () => {
    const flows = table();
    expect(flows.service[flows.open(1, 2, (5 << 16) | 80, tcp, 0)]).toBe(0);
    expect(flows.service[flows.open(1, 2, (5 << 16) | 81, tcp, 0)]).toBe(-1);
  });

  test('holds as many flows as it has room for, each under its own number', () => {
    const flows = table();
    for (let client = 0; client < capacity; client++) flows.open(client, 1, 80, tcp, client);
    expect(flows.size).toBe(capacity);
    for (let client = 0; client < capacity; client += 1009)
      expect(flows.find(client, 1, 80, tcp)).toBe(client);
    expect(flows.forgotAt).toBe(-1);
  });

  test('forgets flows that are silent for long without a word', () => {
    const flows = table();
    for (let client = 0; client < capacity; client++) flows.open(client, 1, 80, tcp, 0);
    const fresh = flows.open(capacity, 1, 80, tcp, 200 * secondNs);
    expect(flows.find(capacity, 1, 80, tcp)).toBe(fresh);
    expect(flows.find(fresh, 1, 80, tcp)).toBe(-1);
    expect(flows.forgotAt).toBe(-1);
  });

  test('tells when it had to forget a flow whose entry the director may still have', () => {
    const flows = table();
    for (let client = 0; client < capacity; client++) flows.open(client, 1, 80, tcp, secondNs);
    flows.flags[20] = CLIENT_FIN;
    flows.lastAt[20] = secondNs - 5;
    const fresh = flows.open(capacity, 1, 80, tcp, 2 * secondNs);
    // Of those it looked at, the closed one goes.
    expect(fresh).toBe(20);
    expect(flows.forgotAt).toBe(secondNs - 5);
  });

  test('keeps what is pinned', () => {
    const pinned = new Set(Array.from({ length: 40 }, (_, index) => index + 1));
    const flows = table(pinned);
    for (let client = 0; client < capacity; client++) flows.open(client, 1, 80, tcp, 0);
    expect(pinned.has(flows.open(capacity, 1, 80, tcp, 200 * secondNs))).toBe(false);
  });

  test('does not find a forgotten flow by the answer that it gave last', () => {
    const flows = table();
    for (let client = 0; client < capacity; client++) flows.open(client, 1, 80, tcp, 0);
    expect(flows.find(1, 1, 80, tcp)).toBe(1);
    expect(flows.open(capacity, 1, 80, tcp, 200 * secondNs)).toBe(1);
    expect(flows.find(1, 1, 80, tcp)).toBe(-1);
  });
});
