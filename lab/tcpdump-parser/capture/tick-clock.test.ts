import { describe, expect, test } from 'vitest';
import { TickClock } from './tick-clock.ts';

function timeOf(clock: TickClock, ticks: bigint): readonly [number, number] {
  clock.set(Number(ticks >> 32n), Number(ticks & 0xffff_ffffn));
  return [clock.seconds, clock.nanoseconds];
}

describe('Ticks become seconds and nanoseconds', () => {
  test.for([
    [0, 1_700_000_000n, [1_700_000_000, 0]], // seconds
    [3, 1_700_000_000_999n, [1_700_000_000, 999_000_000]],
    [6, 1_700_000_000_999_999n, [1_700_000_000, 999_999_000]],
    [9, 1_700_000_000_123_456_789n, [1_700_000_000, 123_456_789]],
    [9, 1_699_999_999_999_999_999n, [1_699_999_999, 999_999_999]],
    [9, 0n, [0, 0]],
    [9, 0xffff_ffff_ffff_ffffn, [18_446_744_073, 709_551_615]],
    [12, 1_700_000_000_123_456_789n, [1_700_000, 123_456]], // picoseconds, rounded down
    [15, 1_700_000_000_123_456_789n, [1700, 123]],
    [18, 1_700_000_000_123_456_789n, [1, 700_000_000]], // past 2^52 ticks a second
    [127, 0xffff_ffff_ffff_ffffn, [0, 0]],
    [0x80, 5n, [5, 0]], // 2^0
    [0x80 | 10, (1_700_000_000n << 10n) | 1n, [1_700_000_000, 976_562]], // 1/1024 s
    [0x80 | 20, (1_700_000_000n << 20n) | (1n << 19n), [1_700_000_000, 500_000_000]],
    [0x80 | 32, (1_700_000_000n << 32n) | 0xffff_ffffn, [1_700_000_000, 999_999_999]], // as NTP counts
    [0x80 | 63, (1n << 63n) | (1n << 62n), [1, 500_000_000]],
    [0xff, 0xffff_ffff_ffff_ffffn, [0, 0]],
  ] as const)('resolution %d, %d ticks are %o', ([resolution, ticks, time]) => {
    expect(timeOf(new TickClock(resolution, 0), ticks)).toEqual(time);
  });

  test('agrees with exact division at random', () => {
    let state = 1n;
    for (const resolution of [
      0, 1, 6, 8, 9, 10, 12, 15, 16, 19, 0x80, 0x85, 0x8a, 0x97, 0x98, 0xa0, 0xb4, 0xb5, 0xbf,
    ]) {
      const clock = new TickClock(resolution, 0);
      const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
      for (let round = 0; round < 500; round++) {
        state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
        const ticks =
          round % 3 === 0 ? state : round % 3 === 1 ? state >> 20n : (state / perSecond) * perSecond - 1n;
        if (ticks < 0n || Number(ticks / perSecond) > Number.MAX_SAFE_INTEGER) continue;
        const exact = [Number(ticks / perSecond), Number(((ticks % perSecond) * 1_000_000_000n) / perSecond)];
        expect(timeOf(clock, ticks), `${ticks} at ${resolution}`).toEqual(exact);
      }
    }
  });

  test('an offset in seconds is added, a negative one as well', () => {
    expect(timeOf(new TickClock(9, 1000), 1_500_000_000n)).toEqual([1001, 500_000_000]);
    expect(timeOf(new TickClock(9, -1000), 1_500_000_000n)).toEqual([-999, 500_000_000]);
  });
});
