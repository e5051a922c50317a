import { expect, test } from 'vitest';
import type { DirectorTraffic } from './director-traffic.ts';
import { WaitingRequests } from './waiting-requests.ts';

function traffic() {
  const connection = new Int32Array(4096);
  const pins = new Int32Array(4096);
  const doubled = {
    flows: { connection },
    pin: (flow: number) => (pins[flow]! += 1),
    unpin: (flow: number) => (pins[flow]! -= 1),
  };
  const pinned = () => [...pins.keys()].filter((flow) => pins[flow] !== 0);
  return { traffic: doubled as unknown as DirectorTraffic, connection, pinned };
}

test('tells what still waits, in the order of coming', () => {
  const { traffic: flows } = traffic();
  const waiting = new WaitingRequests<string>(flows, (flow) => flow !== 2);
  for (const flow of [3, 2, 1]) waiting.add(flow, `note ${flow}`);
  expect(waiting.left()).toEqual([
    { flow: 3, note: 'note 3' },
    { flow: 1, note: 'note 1' },
  ]);
});

test('a flow that carries another connection by now no longer waits', () => {
  const { traffic: flows, connection } = traffic();
  const waiting = new WaitingRequests<undefined>(flows, () => true);
  connection[7] = 1;
  waiting.add(7, undefined);
  connection[7] = 2;
  expect(waiting.left()).toEqual([]);
});

test('whatever comes and is answered, the oldest that wait stay, and so do their flows', () => {
  const { traffic: flows, pinned } = traffic();
  const waiting = new WaitingRequests<undefined>(flows, (flow) => flow === 5 || flow === 2000);
  for (let flow = 0; flow < 4096; flow++) waiting.add(flow, undefined);
  expect(waiting.left().map(({ flow }) => flow)).toEqual([5, 2000]);
  expect(pinned()).toEqual([5, 2000]);
});

test('of too many that wait, the latest half go', () => {
  const { traffic: flows, pinned } = traffic();
  const waiting = new WaitingRequests<undefined>(flows, () => true);
  for (let flow = 0; flow < 1600; flow++) waiting.add(flow, undefined);
  const left = waiting.left().map(({ flow }) => flow);
  expect(left.slice(0, 512)).toEqual([...Array(512).keys()]);
  expect(left[512]).toBe(1536);
  expect(pinned()).toHaveLength(512);
});
