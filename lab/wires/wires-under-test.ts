import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureParser } from 'tcpdump-parser';
import { connectFrameSocket, type FrameSocket } from './frame-socket.ts';
import type { CableConfiguration, Fate, Limits, WiresStats } from './protocol.ts';
import type { Tap } from './tap.ts';
import { startWires, type Wires, type WiresOptions } from './wires.ts';

/** How long a test waits for something that is bound to happen, on a machine that is busy with other tests. */
const patienceMs = 4000;

export const originEpochNs = 1_700_000_000_000_000_000n;
export const originMonotonicNs = process.hrtime.bigint();

export interface RecordedFrame {
  readonly number: number;
  readonly atNs: number;
  readonly bytes: Buffer;
  readonly comment: string | undefined;
}

export interface Setting {
  /** Nodes on the segment `inside`, one port each. */
  readonly nodes?: readonly string[];
  readonly mtu?: number;
  /** The cable `ring` joins `primary` and `secondary`. */
  readonly ring?: Pick<CableConfiguration, 'baud'>;
  readonly limits?: Partial<Limits>;
  readonly seed?: number;
}

/** Real wires in a directory of their own, gone with all they left when disposed of. */
export interface WiresUnderTest extends AsyncDisposable {
  readonly wires: Wires;
  readonly directory: string;
  socketPath(node: string): string;
  /** Connects a NIC; it is known to the segment when this resolves. */
  nic(node: string): Promise<FrameSocket>;
  serial(node: string): Promise<SerialSocket>;
  tap(wire: string): Promise<Tap>;
  recorded(wire: string): Promise<RecordedFrame[]>;
  fates(): Promise<Omit<Fate, 'atNs'>[]>;
  /** Asks again until it holds; rejects with the last answer. */
  statsWhen(holds: (stats: WiresStats) => boolean): Promise<WiresStats>;
}

export interface SerialSocket {
  send(text: string): void;
  /** Resolves with the next bytes, when there are this many. */
  take(bytes: number): Promise<string>;
  close(): Promise<void>;
}

export function configurationIn(directory: string, setting: Setting): WiresOptions {
  const { nodes = ['a', 'b', 'c'], mtu, ring, limits, seed = 1 } = setting;
  const ports = nodes.map((node) => ({
    node,
    nic: 'eth0',
    mac: macOf(node),
    socketPath: join(directory, node),
  }));
  const end = (node: string) => ({ node, device: 'ttyS1', socketPath: join(directory, `${node}-ttyS1`) });
  return {
    recordDirectory: directory,
    segments: [{ name: 'inside', ports, ...(mtu !== undefined && { mtu }) }],
    cables: ring === undefined ? [] : [{ name: 'ring', ends: [end('primary'), end('secondary')], ...ring }],
    originEpochNs,
    originMonotonicNs,
    seed,
    comment: 'a lab under test',
    names: {
      ipv4: [{ address: '192.0.2.11', name: 'a' }],
      mac: ports.map(({ node, mac }) => ({ address: mac, name: node })),
    },
    ...(limits !== undefined && { limits }),
  };
}

export async function wiresUnderTest(setting: Setting = {}): Promise<WiresUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-wires-'));
  const wires = await startWires(configurationIn(directory, setting));
  const closers: (() => Promise<unknown>)[] = [];
  const statsWhen = async (holds: (stats: WiresStats) => boolean) => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const stats = await wires.stats();
      if (holds(stats)) return stats;
      if (performance.now() > deadline) throw new Error(`never held; last: ${JSON.stringify(stats.wires)}`);
    }
  };
  const connected = (node: string) => (stats: WiresStats) =>
    Object.values(stats.wires).some(({ ports }) =>
      ports.some((port) => port.node === node && port.isConnected),
    );
  return {
    wires,
    directory,
    socketPath: (node) => join(directory, node),
    nic: async (node) => {
      const nic = await connectFrameSocket(join(directory, node));
      closers.push(() => nic.close());
      await statsWhen(connected(node));
      return nic;
    },
    serial: async (node) => {
      const serial = await connectSerial(join(directory, `${node}-ttyS1`));
      closers.push(() => serial.close());
      await statsWhen(connected(node));
      return serial;
    },
    tap: async (wire) => {
      const tap = await wires.tap(wire);
      closers.push(() => tap.close());
      return tap;
    },
    recorded: async (wire) => {
      await wires.flush();
      return readRecord(join(directory, `${wire}.pcapng`));
    },
    fates: async () => {
      await wires.flush();
      const lines = readFileSync(join(directory, 'fates.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      return lines.map((line) => {
        const { atNs: _, ...fate } = JSON.parse(line) as Fate;
        return fate;
      });
    },
    statsWhen,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(closers.map((close) => close()));
      await wires.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

export function readRecord(path: string): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  const parser = new CaptureParser({
    frame: ({ number, seconds, nanoseconds, buffer, offset, capturedLength, comment }) =>
      frames.push({
        number,
        atNs: Number(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) - originEpochNs),
        bytes: Buffer.from(buffer.subarray(offset, offset + capturedLength)),
        comment,
      }),
    problem: ({ text }) => {
      throw new Error(`${path}: ${text}`);
    },
  });
  parser.push(readFileSync(path));
  parser.end();
  return frames;
}

/** What stats or a flush say of one wire. */
export function wireOf<Told>(answer: { readonly wires: Readonly<Record<string, Told>> }, name: string): Told {
  const told = answer.wires[name];
  if (told === undefined) throw new Error(`nothing was told of ${name}`);
  return told;
}

/** The address of a node with a name of one letter: `02:00:00:00:00:0a` for `a`. */
export function macOf(node: string): string {
  return `02:00:00:00:00:${(node.charCodeAt(0) - 87).toString(16).padStart(2, '0')}`;
}

/** A frame of an experimental type with a text in it; `all` is the broadcast address. */
export function frameWith(from: string, to: string, text: string, bytes = 60): Buffer {
  const addresses = `${to === 'all' ? 'ff'.repeat(6) : macOf(to)}${macOf(from)}`.replaceAll(':', '');
  const frame = Buffer.alloc(bytes);
  frame.write(`${addresses}88b5`, 'hex');
  frame.write(text, 14);
  return frame;
}

/** The text of the next frame that comes. */
export async function nextText(nic: FrameSocket): Promise<string> {
  const frame = Buffer.from(await nic.next());
  return frame.toString('utf8', 14).replace(/\0.*$/s, '');
}

async function connectSerial(path: string): Promise<SerialSocket> {
  const socket = connect(path);
  await new Promise<void>((done, fail) => {
    socket.once('connect', () => done());
    socket.once('error', fail);
  });
  let waiting = '';
  let wake = () => {};
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    waiting += bytes.toString('latin1');
    wake();
  });
  return {
    send: (text) => socket.write(text, 'latin1'),
    take: async (bytes) => {
      while (waiting.length < bytes) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      const taken = waiting.slice(0, bytes);
      waiting = waiting.slice(bytes);
      return taken;
    },
    close: () =>
      new Promise((done) => {
        if (socket.closed) done();
        socket.once('close', () => done()).destroy();
      }),
  };
}
