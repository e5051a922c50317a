import { expect, test } from 'vitest';
import { adopted, afterCheck, unchecked } from './server-health.ts';

const up = (failures: number) => ({ isUp: true, failures });
const down = (failures: number) => ({ isUp: false, failures });

test.for([
  [up(0), 'up', 1, up(0), 'none'],
  [up(2), 'up', 3, up(0), 'failures-forgotten'],
  [down(1), 'up', 1, up(0), 'failures-forgotten'],
  [down(0), 'up', 1, up(0), 'none'],
  [up(0), 'down', 1, down(1), 'none'],
  [up(0), 'down', 2, up(1), 'soft-failure'],
  [up(1), 'down', 3, up(2), 'soft-failure'],
  [up(2), 'down', 3, down(3), 'none'],
  [down(3), 'down', 3, down(3), 'none'],
  [up(0), 'maintenance', 5, down(1), 'none'],
  [down(1), 'maintenance', 5, down(1), 'none'],
] as const)(
  '%j, found %s with failurecount %i, is %j (%s)',
  ([before, verdict, failureCount, health, event]) => {
    expect(afterCheck(before, verdict, failureCount)).toEqual({ health, event });
  },
);

test('a server found serving has no failure, one never checked has one', () => {
  expect(adopted).toEqual(up(0));
  expect(unchecked).toEqual(down(1));
});
