import { connect, type Socket } from 'node:net';
import { FrameReader, prefixBytes, withPrefix } from './frame-reader.ts';

/** A host's end of a segment's port: what QEMU is to a guest, for hosts that live in this process. */
export interface FrameSocket extends AsyncDisposable {
  /** Ethernet frames without checksum. They may be reused once this returns. */
  send(...frames: readonly Uint8Array[]): void;
  /** The first frame that has not been taken yet; rejects when the connection has ended and none is left. */
  next(): Promise<Uint8Array>;
  /** Frames that came and were not taken. */
  readonly waitingFrames: number;
  /** No frames are read while paused: the wires' queue fills. */
  pause(): void;
  resume(): void;
  /** Resolves when the connection has ended, from either side. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export async function connectFrameSocket(path: string): Promise<FrameSocket> {
  const socket = connect(path);
  await new Promise<void>((done, fail) => {
    socket.once('connect', () => done());
    socket.once('error', fail);
  });
  return new OpenFrameSocket(socket);
}

class OpenFrameSocket implements FrameSocket {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #frames: Uint8Array[] = [];
  readonly #takers: { resolve(frame: Uint8Array): void; reject(error: Error): void }[] = [];
  #hasEnded = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const isSound = this.#reader.read(chunk, (bytes, start, end) =>
        this.#arrived(bytes.subarray(start + prefixBytes, end)),
      );
      if (!isSound) socket.destroy();
    });
    this.closed = new Promise((done) => {
      socket.on('close', () => {
        this.#hasEnded = true;
        for (const { reject } of this.#takers.splice(0)) reject(ended());
        done();
      });
    });
  }

  get waitingFrames(): number {
    return this.#frames.length;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const frame of frames) this.#socket.write(withPrefix(frame));
    this.#socket.uncork();
  }

  next(): Promise<Uint8Array> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#hasEnded) return Promise.reject(ended());
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #arrived(frame: Uint8Array): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#frames.push(frame);
    else taker.resolve(frame);
  }
}

function ended(): Error {
  return new Error('the connection to the segment has ended');
}
