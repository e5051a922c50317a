import { expect, test } from 'vitest';
import { ms } from '../../time.ts';
import type { ConnectSpec, PingSpec } from '../checks/check.ts';
import { connectsAfter, currentSpec } from './combined-check.ts';

const connect: ConnectSpec = { kind: 'connect', address: '198.51.100.2', port: 80, timeout: ms(1) };
const negotiate: PingSpec = {
  kind: 'ping',
  address: '198.51.100.2',
  family: 'ipv4',
  attempts: 1,
  timeout: ms(1),
};
const steps = (connects: number) => ({ kind: 'combined', negotiate, connect, connects }) as const;

/** The kinds of check made while they come out as told. */
function made(connects: number, verdicts: readonly ('up' | 'down')[]): readonly string[] {
  let left = 0;
  return verdicts.map((verdict) => {
    const { kind } = currentSpec(steps(connects), left);
    left = connectsAfter(steps(connects), left, verdict);
    return kind === 'connect' ? 'connect' : 'negotiate';
  });
}

test('so many connects follow each successful negotiate', () => {
  expect(made(2, ['up', 'up', 'up', 'up', 'up'])).toEqual([
    'negotiate',
    'connect',
    'connect',
    'negotiate',
    'connect',
  ]);
});

test('0 is always a negotiate', () => {
  expect(made(0, ['up', 'up', 'up'])).toEqual(['negotiate', 'negotiate', 'negotiate']);
});

test('a failure makes the next check a negotiate', () => {
  expect(made(3, ['up', 'down', 'up', 'up'])).toEqual(['negotiate', 'connect', 'negotiate', 'connect']);
  expect(made(3, ['down', 'down', 'up', 'up'])).toEqual(['negotiate', 'negotiate', 'negotiate', 'connect']);
});

test('a single check stays what it is', () => {
  const single = { kind: 'single', spec: connect } as const;
  expect(currentSpec(single, connectsAfter(single, 0, 'up'))).toBe(connect);
});
