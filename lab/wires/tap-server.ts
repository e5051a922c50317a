import type { Socket } from 'node:net';
import { SocketServer } from './socket-server.ts';

interface Reader {
  readonly socket: Socket;
  framesUnsent: number;
}

/**
 * Gives everyone who connects a copy of what is recorded from then on. A reader who falls behind by more than the
 * limit is disconnected: it must not cost the wires their memory, nor miss frames without knowing.
 */
export class TapServer {
  readonly #server: SocketServer;
  readonly #readers = new Set<Reader>();
  readonly #queueBytesMax: number;
  #disconnectedSlow = 0;
  #framesUnsent = 0;

  /** `begin` is asked for what a new reader gets first, at the moment from which it gets the rest. */
  constructor(path: string, queueBytesMax: number, begin: () => Uint8Array) {
    this.#queueBytesMax = queueBytesMax;
    this.#server = new SocketServer(path, (socket) => {
      const reader = { socket, framesUnsent: 0 };
      socket.on('error', () => {});
      socket.on('close', () => this.#readers.delete(reader));
      // Readers have nothing to say; reading notices when they leave.
      socket.resume();
      socket.write(begin());
      this.#readers.add(reader);
    });
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  get stats(): {
    readonly connected: number;
    readonly disconnectedSlow: number;
    readonly framesUnsent: number;
  } {
    const { size: connected } = this.#readers;
    return { connected, disconnectedSlow: this.#disconnectedSlow, framesUnsent: this.#framesUnsent };
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  /** Whole blocks that hold this many frames; the bytes stay as they are from now on. */
  publish(blocks: Uint8Array, frames: number): void {
    for (const reader of this.#readers) {
      if (reader.socket.writableLength + blocks.length > this.#queueBytesMax) {
        this.#disconnectedSlow += 1;
        this.#framesUnsent += reader.framesUnsent + frames;
        this.#readers.delete(reader);
        reader.socket.destroy();
        continue;
      }
      reader.framesUnsent += frames;
      reader.socket.write(blocks, () => {
        reader.framesUnsent -= frames;
      });
    }
  }

  closeNow(): void {
    this.#server.closeNow();
    for (const { socket } of this.#readers) socket.destroy();
    this.#readers.clear();
  }
}
