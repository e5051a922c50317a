import { expect, test } from 'vitest';
import { DeliveryQueue } from './delivery-queue.ts';
import { seededRandom } from './impairments/random.ts';

test('gives nothing 1 ns before it is due and everything when it is', () => {
  const queue = new DeliveryQueue<string>();
  queue.add(1000, 'a');

  expect(queue.nextDueNs).toBe(1000);
  expect(queue.takeDue(999)).toBeUndefined();
  expect(queue.takeDue(1000)).toBe('a');
  expect(queue.takeDue(1000)).toBeUndefined();
  expect(queue.nextDueNs).toBe(Number.POSITIVE_INFINITY);
});

test('keeps the order of what is due at the same moment', () => {
  const queue = new DeliveryQueue<number>();
  for (let item = 0; item < 100; item++) queue.add(5, item);

  const taken = Array.from({ length: 100 }, () => queue.takeDue(5));

  expect(taken).toEqual(Array.from({ length: 100 }, (_, item) => item));
});

test.for([1, 2, 3])('sorts thousands of moments, seed %i', (seed) => {
  const random = seededRandom(seed);
  const queue = new DeliveryQueue<number>();
  const moments = Array.from({ length: 5000 }, () => random.below(2000));
  for (const moment of moments) queue.add(moment, moment);

  const taken: number[] = [];
  for (let item = queue.takeDue(2000); item !== undefined; item = queue.takeDue(2000)) taken.push(item);

  expect(taken).toEqual(moments.toSorted((left, right) => left - right));
});
