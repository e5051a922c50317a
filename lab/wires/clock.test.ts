import { describe, expect, test } from 'vitest';
import { LabClock, type MonotonicSource } from './clock.ts';

function clockAt(...readings: [number, number][]): LabClock {
  const source: MonotonicSource = () => readings.shift() ?? [0, 0];
  return new LabClock(5_900_000_000n, 1_700_000_000_999_999_990n, source);
}

describe('LabClock', () => {
  test('counts nanoseconds from the origin across a second', () => {
    expect(clockAt([5, 900_000_000]).now()).toBe(0);
    expect(clockAt([6, 1]).now()).toBe(100_000_001);
    expect(clockAt([5, 899_999_999]).now()).toBe(-1);
  });

  test('keeps single nanoseconds after a hundred days', () => {
    const seconds = 100 * 86_400;

    expect(clockAt([seconds + 5, 900_000_001]).now()).toBe(seconds * 1e9 + 1);
  });

  test('stamps strictly upwards although the source stands still or falls behind', () => {
    const clock = clockAt([6, 0], [6, 0], [6, 1]);

    const stamps = [clock.stamp(), clock.stampFollowing(), clock.stamp(), clock.stamp()];

    expect(stamps).toEqual([100_000_000, 100_000_001, 100_000_002, 100_000_003]);
  });

  test('carries the wall clock into the next second', () => {
    const clock = clockAt();

    expect([clock.wallSeconds(9), clock.wallNanoseconds(9)]).toEqual([1_700_000_000, 999_999_999]);
    expect([clock.wallSeconds(10), clock.wallNanoseconds(10)]).toEqual([1_700_000_001, 0]);
  });
});
