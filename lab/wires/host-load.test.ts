import { expect, test } from 'vitest';
import { loadSince, readHostLoad } from './host-load.ts';

function files(pressureUs: number, stealTicks: number, waitNs: number): Readonly<Record<string, string>> {
  return {
    '/proc/pressure/cpu': `some avg10=0.08 avg60=1.68 avg300=1.39 total=${pressureUs}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n`,
    '/proc/stat': `cpu  22401 0 15085 405891 1083 0 315 ${stealTicks} 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n`,
    '/proc/self/schedstat': `123456 ${waitNs} 77\n`,
  };
}

test('reads what the kernel tells and subtracts what it told before', () => {
  const before = readHostLoad((path) => files(1000, 20, 5_000_000)[path]);
  const now = readHostLoad((path) => files(4000, 23, 7_500_000)[path]);

  expect(loadSince(before, now)).toEqual({ hostPressureMs: 3, stealMs: 30, runQueueWaitMs: 2.5 });
});

test('leaves out what the kernel does not tell', () => {
  const load = readHostLoad((path) => (path === '/proc/stat' ? files(0, 1, 0)[path] : undefined));

  expect(loadSince(load, load)).toEqual({ stealMs: 0 });
});
