import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { connect } from 'node:net';
import type { Writable } from 'node:stream';
import { LabError } from '../errors.ts';
import { askLab } from '../interactive/control-client.ts';
import type { WireInfo } from '../interactive/control-protocol.ts';
import { frameLine } from '../interactive/frame-line.ts';
import { chooseLab, type RunningLab, runningLabs } from '../interactive/running-labs.ts';
import { WholeBlocks } from '../interactive/whole-blocks.ts';
import { isAlive } from '../process-identity.ts';
import { openTap } from '../wires/tap.ts';

export interface CaptureOptions {
  readonly lab?: string;
  /** A file, or `-` for standard output. */
  readonly write?: string;
  /** Ends after so many frames. */
  readonly count?: number;
  /** Addresses rather than names. */
  readonly numeric?: true;
}

interface Capturing {
  readonly lab: RunningLab;
  readonly wire: string;
  readonly info: WireInfo;
  /** Resolves when the user has had enough. */
  readonly enough: Promise<void>;
}

/** `halab capture WIRE`: what crosses a wire from now on, as text or as pcapng, until Ctrl-C or the end of the lab. */
export async function capture(wire: string, options: CaptureOptions): Promise<number> {
  const { write, count } = options;
  if (write === '-' && process.stdout.isTTY) {
    throw new LabError(
      'LAB_USAGE',
      '-w - writes a capture to a terminal: pipe it into a program, or name a file',
    );
  }
  const lab = chooseLab(runningLabs(), options.lab);
  const info = await askLab(lab, { op: 'wire', name: wire });
  using undo = new DisposableStack();
  const enough = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, enough.resolve);
    undo.defer(() => void process.off(signal, enough.resolve));
  }
  const capturing = { lab, wire, info, enough: enough.promise };
  const frames =
    write === undefined
      ? await printFrames(capturing, count, options.numeric === true)
      : await writeFrames(capturing, count, write);
  console.error(
    `${frames} frame${frames === 1 ? '' : 's'} from ${wire}${write === undefined || write === '-' ? '' : ` in ${write}`}`,
  );
  return 0;
}

async function printFrames(
  { lab, wire, info, enough }: Capturing,
  count = Number.POSITIVE_INFINITY,
  numeric: boolean,
): Promise<number> {
  await using tap = await openTap({ wire, path: info.tapPath, originEpochNs: BigInt(info.originEpochNs) });
  announce(wire);
  let wasEnough = false;
  void enough.then(() => {
    wasEnough = true;
    return tap.close();
  });
  let frames = 0;
  for await (const frame of tap) {
    if (wasEnough) break;
    if (!process.stdout.write(`${frameLine(frame, info, { numeric })}\n`))
      await once(process.stdout, 'drain');
    frames += 1;
    if (frames >= count) return frames;
  }
  if (!wasEnough) await explainEnd(lab, wire);
  return frames;
}

/** The bytes of the tap as they are, up to the last whole block. */
async function writeFrames(
  { lab, wire, info, enough }: Capturing,
  count: number | undefined,
  file: string,
): Promise<number> {
  const output = await openOutput(file);
  const socket = connect(info.tapPath);
  const closed = new Promise((done) => socket.once('error', () => {}).once('close', done));
  const blocks = new WholeBlocks(count);
  let wasEnough = false;
  void enough.then(() => {
    wasEnough = true;
    socket.destroy();
  });
  socket.once('data', () => announce(wire));
  socket.on('data', (piece) => {
    if (!output.write(blocks.push(piece as Buffer))) {
      socket.pause();
      output.once('drain', () => socket.resume());
    }
    if (blocks.isFull) socket.destroy();
  });
  await closed;
  if (output !== process.stdout) await new Promise<void>((done) => output.end(() => done()));
  if (!wasEnough && !blocks.isFull) await explainEnd(lab, wire);
  return blocks.frames;
}

async function openOutput(file: string): Promise<Writable> {
  if (file === '-') return process.stdout;
  const output = createWriteStream(file);
  try {
    await once(output, 'open');
  } catch (cause) {
    throw new LabError('LAB_USAGE', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
  return output;
}

/** For people and scripts that wait for this before they send what is to be captured. */
function announce(wire: string): void {
  console.error(`capturing ${wire}; Ctrl-C ends it`);
}

/** A tap that closes by itself: the lab has ended, or this reader was too slow. */
async function explainEnd(lab: RunningLab, wire: string): Promise<void> {
  const state = isAlive(lab.owner)
    ? await askLab(lab, { op: 'status' }).then(
        (status) => status.state,
        () => 'ending',
      )
    : 'ending';
  if (state === 'ready') {
    throw new LabError(
      'LAB_WIRES_GONE',
      `the capture of ${wire} fell behind and was cut off: frames are missing after the last one`,
    );
  }
  console.error(`lab ${lab.name} has gone down`);
}
