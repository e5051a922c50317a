import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEthernet, parseMac } from 'tcpdump-parser';
import { withPrefix } from '../lab/wires/frame-reader.ts';
import type { WiresStats } from '../lab/wires/protocol.ts';
import { startWires, type Wires } from '../lab/wires/wires.ts';

/*
 * What a frame costs the wires, with recording on: between two NICs in this process, over a segment in its own.
 * CPU time is that of the wires' process alone, its disk threads included.
 */

const frameBytes = 1514;
const bulkFrames = 300_000;
const exchanges = 20_000;
const delayedFrames = 2000;

/** Frames under way at most, so that a port's queue never overflows. */
const windowBytes = 4 * 1024 * 1024;
const framesPerWrite = 40;

const macs = { a: parseMac('02:00:00:00:00:0a')!, b: parseMac('02:00:00:00:00:0b')! };

function framed(from: keyof typeof macs, to: keyof typeof macs): Buffer {
  const payload = Buffer.alloc(frameBytes - 14, 0x55);
  return withPrefix(
    buildEthernet({ sourceMac: macs[from], destinationMac: macs[to], etherType: 0x88b5, payload }),
  );
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((done) => socket.once('connect', done));
  return socket;
}

/** Resolves when so many bytes have come. */
function received(socket: Socket, bytes: number, each: (bytes: number) => void = () => {}): Promise<void> {
  let left = bytes;
  return new Promise((done) => {
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      each(chunk.length);
      if (left > 0) return;
      socket.off('data', count);
      done();
    };
    socket.on('data', count);
  });
}

async function measured(wires: Wires, name: string, frames: number, run: () => Promise<void>): Promise<void> {
  const before = await wires.stats();
  const began = performance.now();
  await run();
  const seconds = (performance.now() - began) / 1000;
  const after = await wires.stats();
  tell(name, { frames, seconds, ...costs(before, after, frames, seconds) });
}

function costs(before: WiresStats, after: WiresStats, frames: number, seconds: number) {
  const inside = after.wires['inside'];
  return {
    framesPerSecond: Math.round(frames / seconds),
    mbitPerSecond: Math.round((frames * frameBytes * 8) / seconds / 1e6),
    cpuUsPerFrame: ((after.cpuMs - before.cpuMs) * 1000) / frames,
    residentMB: after.residentBytes / 1e6,
    lostFromRecord: inside?.lostFromRecord,
    turnGapMaxMs: after.stalls.turnGapMaxMs,
    latenessMaxMs: after.stalls.deliveryLatenessMaxMs,
  };
}

function tell(name: string, values: Readonly<Record<string, number | undefined>>): void {
  const shown = Object.entries(values).map(([key, value]) => `${key} ${Number((value ?? 0).toFixed(2))}`);
  process.stdout.write(`${name}: ${shown.join(', ')}\n`);
}

async function bulk(from: Socket, to: Socket, mbitPerSecond: number): Promise<void> {
  const chunk = Buffer.concat(Array.from({ length: framesPerWrite }, () => framed('a', 'b')));
  const goal = Math.floor(bulkFrames / framesPerWrite) * chunk.length;
  const began = performance.now();
  let sent = 0;
  let seen = 0;
  const done = received(to, goal, (bytes) => {
    seen += bytes;
  });
  const pump = () => {
    const allowed = ((performance.now() - began) * mbitPerSecond * 1000) / 8;
    while (sent < goal && sent < allowed && sent - seen < windowBytes) {
      from.write(chunk);
      sent += chunk.length;
    }
    if (sent < goal) setImmediate(pump);
  };
  pump();
  await done;
}

async function requestAndResponse(from: Socket, to: Socket): Promise<void> {
  const request = framed('a', 'b');
  const response = framed('b', 'a');
  let owed = 0;
  const served = received(to, exchanges * request.length, (bytes) => {
    owed += bytes;
    for (; owed >= request.length; owed -= request.length) to.write(response);
  });
  let got = 0;
  from.write(request);
  await received(from, exchanges * response.length, (bytes) => {
    got += bytes;
    for (; got >= response.length; got -= response.length) from.write(request);
  });
  await served;
}

async function trickle(from: Socket, to: Socket): Promise<void> {
  const frame = framed('a', 'b');
  const done = received(to, delayedFrames * frame.length);
  let sent = 0;
  const timer = setInterval(() => {
    from.write(frame);
    if (++sent === delayedFrames) clearInterval(timer);
  }, 1);
  await done;
}

const directory = mkdtempSync(join(tmpdir(), 'halab-bench-'));
const ports = (['a', 'b'] as const).map((node) => ({
  node,
  nic: 'eth0',
  mac: `02:00:00:00:00:0${node}`,
  socketPath: join(directory, node),
}));
const wires = await startWires({
  recordDirectory: directory,
  segments: [{ name: 'inside', ports }],
  cables: [],
  seed: 1,
});
const [a, b] = [await connected(join(directory, 'a')), await connected(join(directory, 'b'))];
const hello = framed('b', 'a');
b.write(hello);
await received(a, hello.length);

await measured(wires, 'bulk', bulkFrames, () => bulk(a, b, 1e6));
await wires.flush();
await measured(wires, 'bulk at 400 Mbit/s', bulkFrames, () => bulk(a, b, 400));
await measured(wires, 'request and response', 2 * exchanges, () => requestAndResponse(a, b));
await wires.impair({ fault: 'f1', wire: 'inside', effect: { kind: 'degrade', delayMs: 20, jitterMs: 5 } });
await measured(wires, 'delayed by 20 to 25 ms', delayedFrames, () => trickle(a, b));

a.destroy();
b.destroy();
await wires.stop();
rmSync(directory, { recursive: true });
