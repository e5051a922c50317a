import { describe, expect, test } from 'vitest';
import { RoundRobin } from './round-robin.ts';

const list = (...weights: readonly number[]) => weights.map((weight, id) => ({ id, weight }));

function choices(scheduler: RoundRobin, count: number): readonly (number | undefined)[] {
  return Array.from({ length: count }, () => {
    const choice = scheduler.next();
    if (choice !== undefined) scheduler.chose(choice);
    return choice;
  });
}

describe('round robin', () => {
  test('begins at the head of the list and goes round', () => {
    expect(choices(new RoundRobin(list(1, 1, 1), true), 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test('does not mind weights but for 0', () => {
    expect(choices(new RoundRobin(list(0, 5, 1, 0, 2), true), 6)).toEqual([1, 2, 4, 1, 2, 4]);
  });

  test('has nobody to choose when all weights are 0 or the list is empty', () => {
    expect(new RoundRobin(list(0, 0), true).next()).toBeUndefined();
    expect(new RoundRobin([], true).next()).toBeUndefined();
  });

  test('does not know where it stands until a choice was seen', () => {
    const scheduler = new RoundRobin(list(1, 1), false);
    expect(scheduler.next()).toBeUndefined();
    expect(scheduler.nextOf(2)).toBeUndefined();
    scheduler.chose(0);
    expect(scheduler.nextOf(3)).toEqual([1, 0, 1]);
    expect(scheduler.next()).toBe(1);
    scheduler.lose();
    expect(scheduler.next()).toBeUndefined();
  });

  test('is lost after a choice that is not in the list', () => {
    const scheduler = new RoundRobin(list(1, 1), true);
    scheduler.chose(7);
    expect(scheduler.next()).toBeUndefined();
  });

  test('goes on from its place when a server is added at the head', () => {
    const scheduler = new RoundRobin(list(1, 1), true);
    scheduler.chose(0);
    scheduler.change([{ id: 9, weight: 1 }, ...list(1, 1)]);
    expect(choices(scheduler, 4)).toEqual([1, 9, 0, 1]);
  });

  test('stands at the one before when the last choice is deleted', () => {
    const scheduler = new RoundRobin(list(1, 1, 1), true);
    scheduler.chose(1);
    scheduler.change([
      { id: 0, weight: 1 },
      { id: 2, weight: 1 },
    ]);
    expect(choices(scheduler, 3)).toEqual([2, 0, 2]);
  });

  test('stands at the head when the first of the list was the last choice and is deleted', () => {
    const scheduler = new RoundRobin(list(1, 1, 1), true);
    scheduler.chose(0);
    scheduler.change(list(1, 1, 1).slice(1));
    expect(choices(scheduler, 3)).toEqual([1, 2, 1]);
  });

  // Measured with Linux 6.1: servers .20, .21 and .22 added in this order, then weights edited, none of it to 0.
  test('chooses as the kernel did', () => {
    const scheduler = new RoundRobin(
      [22, 21, 20].map((id) => ({ id, weight: id - 19 })),
      true,
    );
    expect(choices(scheduler, 3)).toEqual([22, 21, 20]);
    scheduler.change([22, 21, 20].map((id) => ({ id, weight: 5 })));
    expect(choices(scheduler, 6)).toEqual([22, 21, 20, 22, 21, 20]);
  });
});
