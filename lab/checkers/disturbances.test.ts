import { expect, test } from 'vitest';
import { Disturbances } from './disturbances.ts';

test('stalls and faults count as far as they fall into a period', () => {
  const lab = new Disturbances();
  lab.event({ kind: 'stall', at: 10, until: 20, where: 'wires' });
  lab.event({ kind: 'stall', at: 30, until: 45, where: 'wires' });
  expect(lab.stalledWithin(0, 100)).toBe(25);
  expect(lab.stalledWithin(15, 32)).toBe(7);
  expect(lab.stalledWithin(20, 30)).toBe(0);
  lab.event({ kind: 'fault', at: 50, id: 'f1', change: 'start', description: 'cut' });
  expect(lab.hasFaultWithin(0, 50)).toBe(false);
  expect(lab.hasFaultWithin(60, 70)).toBe(true);
  lab.event({ kind: 'fault', at: 80, id: 'f1', change: 'end', description: 'cut' });
  expect(lab.hasFaultWithin(80, 90)).toBe(false);
  expect(lab.hasFaultWithin(40, 60)).toBe(true);
});
