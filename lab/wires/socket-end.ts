import type { Socket } from 'node:net';
import { SocketServer } from './socket-server.ts';

export interface SocketEndHandler {
  connected(): void;
  /** The bytes are the receiver's to keep: nobody writes to them again. */
  received(bytes: Buffer): void;
  disconnected(): void;
}

/**
 * A Unix socket that one machine connects to and may leave and come back to. When a second connection comes, the
 * first is ended: the machine behind it has been started anew.
 */
export class SocketEnd {
  readonly #handler: SocketEndHandler;
  readonly #server: SocketServer;
  #socket: Socket | undefined;
  #connections = 0;

  constructor(path: string, handler: SocketEndHandler) {
    this.#handler = handler;
    this.#server = new SocketServer(path, (socket) => this.#accept(socket));
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** How many connections there have been. */
  get connections(): number {
    return this.#connections;
  }

  get unsentBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  /** One call to the kernel for all of them. */
  send(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (pieces.length === 1) {
      socket.write(pieces[0]!);
      return;
    }
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  disconnect(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    socket.destroy();
    this.#handler.disconnected();
  }

  closeNow(): void {
    this.disconnect();
    this.#server.closeNow();
  }

  #accept(socket: Socket): void {
    this.disconnect();
    this.#socket = socket;
    this.#connections += 1;
    socket.on('data', (bytes: Buffer) => {
      if (socket === this.#socket) this.#handler.received(bytes);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (socket === this.#socket) this.disconnect();
    });
    this.#handler.connected();
  }
}
