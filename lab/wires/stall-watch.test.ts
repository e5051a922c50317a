import { expect, test } from 'vitest';
import { StallWatch } from './stall-watch.ts';

const ms = 1e6;

test('tells of a stall over 20 ms and not of one of exactly 20 ms', () => {
  const watch = new StallWatch(0);

  expect(watch.look(25 * ms)).toBeUndefined();
  expect(watch.look(50 * ms + 1)).toEqual({ beginNs: 30 * ms, lengthNs: 20 * ms + 1 });
});

test('reports the longest gap and the count since the last report', () => {
  const watch = new StallWatch(0);
  for (const now of [5, 10, 40, 45]) watch.look(now * ms);

  expect(watch.report()).toEqual({ gapMaxNs: 25 * ms, stalls: 1 });
  expect(watch.report()).toEqual({ gapMaxNs: 0, stalls: 0 });
});
