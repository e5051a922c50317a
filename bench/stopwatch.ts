import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildEthernet, type CapturedFrame, readCaptureFile } from 'tcpdump-parser';
import { createRunDirectory } from '../lab/run-directory.ts';
import { connectFrameSocket } from '../lab/wires/frame-socket.ts';
import { startWires } from '../lab/wires/wires.ts';
import { type BenchLine, figures, ms } from './measure.ts';

/*
 * The lab's stopwatch is the time stamp of the wire. A sender that knows to the microsecond when it sent two
 * frames is compared with what the record says lies between them; and frames that a fault delays by a known
 * time are compared with when they reached the other end.
 */

const samples = 200;
const etherType = 0x88b5; // IEEE 802 local experimental

export async function benchStopwatch(): Promise<readonly BenchLine[]> {
  using run = createRunDirectory();
  const record = join(run.path, 'record');
  mkdirSync(record);
  const port = (node: string, mac: string) => ({ node, nic: 'eth0', mac, socketPath: join(run.path, node) });
  await using wires = await startWires({
    segments: [
      { name: 'lan', ports: [port('sender', '02:00:00:00:00:01'), port('receiver', '02:00:00:00:00:02')] },
    ],
    cables: [],
    recordDirectory: record,
    tapDirectory: run.path,
    seed: 1,
  });
  const sender = await connectFrameSocket(join(run.path, 'sender'));
  const receiver = await connectFrameSocket(join(run.path, 'receiver'));
  const frame = buildEthernet({
    sourceMac: 1,
    destinationMac: 0xffffffffffff,
    etherType,
    payload: new Uint8Array(100),
  });

  const sentAt: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    await spinUntil(performance.now() + 3 + (index % 20));
    sentAt.push(performance.now());
    sender.send(frame);
    await receiver.next();
  }
  await wires.flush();
  const recorded = readTimes(join(record, 'lan.pcapng'));
  const gaps = sentAt.slice(1).map((at, index) => {
    const seen = (recorded[index + 1] ?? 0) - (recorded[index] ?? 0);
    return Math.abs(seen - (at - (sentAt[index] ?? 0)));
  });

  const delayMs = 25;
  await wires.impair({ fault: 'f1', wire: 'lan', effect: { kind: 'delay', delayMs } });
  const late: number[] = [];
  for (let index = 0; index < samples / 4; index += 1) {
    const began = performance.now();
    sender.send(frame);
    await receiver.next();
    late.push(Math.abs(performance.now() - began - delayMs));
  }
  const gap = figures(gaps);
  const delay = figures(late);
  return [
    {
      what: `stopwatch error between two frames (${gap.count} known gaps)`,
      figure: `median ${ms(gap.median)}, maximum ${ms(gap.maximum)}`,
      holds: gap.median <= 1,
      bound: 'median <= 1 ms',
    },
    {
      what: `error of a known delay of ${delayMs} ms (${delay.count} frames)`,
      figure: `median ${ms(delay.median)}, maximum ${ms(delay.maximum)}`,
      holds: delay.median <= 1,
      bound: 'median <= 1 ms',
    },
  ];
}

/** Waits without a timer for the last two milliseconds, whose length a timer does not keep. */
async function spinUntil(moment: number): Promise<void> {
  const rest = moment - performance.now() - 2;
  if (rest > 0) await new Promise((done) => setTimeout(done, rest));
  while (performance.now() < moment);
}

/** Times of all frames in milliseconds, counted from the first. */
function readTimes(path: string): readonly number[] {
  const times: number[] = [];
  let firstSecond = -1;
  readCaptureFile(path, {
    frame: ({ seconds, nanoseconds }: CapturedFrame) => {
      if (firstSecond < 0) firstSecond = seconds;
      times.push((seconds - firstSecond) * 1000 + nanoseconds / 1e6);
    },
    problem: ({ text }) => {
      throw new Error(text);
    },
  });
  return times;
}
