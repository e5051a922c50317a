import { parentPort, workerData } from 'node:worker_threads';
import { never } from './alarm-thread.ts';

/*
 * The sleeping half of `AlarmThread`. The cell holds the next moment as CLOCK_MONOTONIC nanoseconds; a change of the
 * cell ends the sleep. A moment is rung once: whoever sets a new one before that has replaced it.
 */
const cell = workerData as BigInt64Array;

parentPort?.postMessage('ready');
for (;;) {
  const due = Atomics.load(cell, 0);
  const leftNs = due - process.hrtime.bigint();
  if (due === never) Atomics.wait(cell, 0, due);
  else if (leftNs > 0n) Atomics.wait(cell, 0, due, Number(leftNs) / 1e6);
  else if (Atomics.compareExchange(cell, 0, due, never) === due) parentPort?.postMessage('due');
}
