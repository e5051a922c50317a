import { connect, type Socket } from 'node:net';
import { CaptureParser } from 'tcpdump-parser';
import { LabError } from '../errors.ts';
import { firstFrameOf } from './record-format.ts';

/** A tap that nobody reads stops taking frames here; the wires disconnect it some megabytes later. */
const unreadBytesMax = 32 * 1024 * 1024;

export interface TappedFrame {
  readonly wire: string;
  /** As in the wire's file. */
  readonly number: number;
  /** Nanoseconds on the lab clock. */
  readonly atNs: number;
  /** A copy, the caller's to keep. On a cable a serial header of 12 bytes comes first. */
  readonly bytes: Uint8Array;
  /** What befell the frame, as in the record; undefined when nothing did. */
  readonly comment: string | undefined;
}

export interface TapOptions {
  readonly wire: string;
  /** From `Wires.tapPath`. */
  readonly path: string;
  /** The wall clock at zero of the lab clock, as given to `startWires`. */
  readonly originEpochNs: bigint;
}

/**
 * The frames of one wire from the moment of connecting on, each handed out once: to the iteration or to a wait,
 * whichever asks. Ends when the wires end, or when its reader falls too far behind.
 */
export interface Tap extends AsyncIterable<TappedFrame>, AsyncDisposable {
  readonly wire: string;
  /**
   * Passes over frames up to the first that holds, counted from what has not been handed out yet: a frame that came
   * between connecting and waiting is not missed. `within` is in milliseconds; then it rejects with `FrameNotSeen`.
   */
  waitForFrame(
    holds: (frame: TappedFrame) => boolean,
    options: { readonly within: number },
  ): Promise<TappedFrame>;
  close(): Promise<void>;
}

export class FrameNotSeen extends Error {
  readonly wire: string;
  readonly framesPassed: number;
  /** Number of the last frame looked at; undefined when there was none. */
  readonly lastNumber: number | undefined;

  constructor(wire: string, withinMs: number, framesPassed: number, lastNumber: number | undefined) {
    const last = lastNumber === undefined ? '' : `, the last one number ${lastNumber}`;
    super(
      `the frame waited for did not pass ${wire} within ${withinMs / 1000} s: ${framesPassed} others did${last}`,
    );
    this.name = 'FrameNotSeen';
    this.wire = wire;
    this.framesPassed = framesPassed;
    this.lastNumber = lastNumber;
  }
}

/** Resolves when every frame that passes from now on will be seen. */
export async function openTap(options: TapOptions): Promise<Tap> {
  const tap = new OpenTap(options);
  await tap.begun;
  return tap;
}

class OpenTap implements Tap {
  readonly wire: string;
  /** The section header has come: the wires know this reader. */
  readonly begun: Promise<void>;
  readonly #socket: Socket;
  readonly #originEpochNs: bigint;
  #unread: TappedFrame[] = [];
  #unreadIndex = 0;
  #unreadBytes = 0;
  #nextNumber = 1;
  #hasEnded = false;
  #sleepers: (() => void)[] = [];

  constructor({ wire, path, originEpochNs }: TapOptions) {
    this.wire = wire;
    this.#originEpochNs = originEpochNs;
    this.#socket = connect(path);
    this.begun = new Promise((begun, fail) => {
      const parser = this.#parser(begun);
      this.#socket.on('data', (bytes) => {
        parser.push(bytes as Buffer);
        this.#wake();
      });
      this.#socket.on('error', (cause) =>
        fail(new LabError('LAB_WIRES_GONE', `the tap of ${wire} could not be opened`, { cause })),
      );
      this.#socket.on('close', () => {
        this.#hasEnded = true;
        this.#wake();
        fail(this.#gone());
      });
    });
  }

  async waitForFrame(
    holds: (frame: TappedFrame) => boolean,
    { within }: { readonly within: number },
  ): Promise<TappedFrame> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.#wake();
    }, within);
    try {
      let passed = 0;
      let last: TappedFrame | undefined;
      for (;;) {
        const frame = this.#take();
        if (frame === undefined) {
          if (this.#hasEnded) throw this.#gone();
          if (isOver) throw new FrameNotSeen(this.wire, within, passed, last?.number);
          await this.#news();
          continue;
        }
        if (holds(frame)) return frame;
        passed += 1;
        last = frame;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TappedFrame> {
    for (;;) {
      const frame = this.#take();
      if (frame !== undefined) yield frame;
      else if (this.#hasEnded) return;
      else await this.#news();
    }
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const closed = new Promise<void>((done) => this.#socket.once('close', () => done()));
    this.#socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #parser(begun: () => void): CaptureParser {
    return new CaptureParser({
      section: ({ comment }) => {
        this.#nextNumber = firstFrameOf(comment);
      },
      interface: () => begun(),
      frame: ({ buffer, offset, capturedLength, seconds, nanoseconds, comment }) => {
        const atNs = Number(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) - this.#originEpochNs);
        const bytes = buffer.slice(offset, offset + capturedLength);
        this.#unread.push({ wire: this.wire, number: this.#nextNumber, atNs, bytes, comment });
        this.#nextNumber += 1;
        this.#unreadBytes += bytes.length;
        if (this.#unreadBytes > unreadBytesMax) this.#socket.pause();
      },
      problem: ({ text }) => this.#socket.destroy(new Error(text)),
    });
  }

  #take(): TappedFrame | undefined {
    const frame = this.#unread[this.#unreadIndex];
    if (frame === undefined) return undefined;
    this.#unreadIndex += 1;
    if (this.#unreadIndex === this.#unread.length) {
      this.#unread = [];
      this.#unreadIndex = 0;
    }
    this.#unreadBytes -= frame.bytes.length;
    if (this.#unreadBytes < unreadBytesMax / 2 && this.#socket.isPaused()) this.#socket.resume();
    return frame;
  }

  /** Resolves at the next frame, deadline or end. */
  #news(): Promise<void> {
    return new Promise((done) => this.#sleepers.push(done));
  }

  #wake(): void {
    for (const wake of this.#sleepers.splice(0)) wake();
  }

  #gone(): LabError {
    return new LabError(
      'LAB_WIRES_GONE',
      `the tap of ${this.wire} ended: the wires ended, or its reader fell behind`,
    );
  }
}
