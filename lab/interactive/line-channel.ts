import type { Socket } from 'node:net';

/** JSON values over a socket, one a line, both ways. */
export class LineChannel<In, Out> {
  /** Resolves when the other side has gone, in whatever way; nothing is received any more. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #onValue: (value: In) => void;
  #rest = '';

  constructor(socket: Socket, onValue: (value: In) => void) {
    this.#socket = socket;
    this.#onValue = onValue;
    socket.setEncoding('utf8');
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('error', () => {});
    this.closed = new Promise((done) => socket.once('close', () => done()));
  }

  /** From now on values are handed to this. */
  onValue(onValue: (value: In) => void): void {
    this.#onValue = onValue;
  }

  /** Resolves when there is room for more, or nobody left to read it. */
  async send(value: Out): Promise<void> {
    if (!this.#socket.writable) return;
    if (this.#socket.write(`${JSON.stringify(value)}\n`)) return;
    const drained = new Promise<void>((done) => this.#socket.once('drain', () => done()));
    await Promise.race([drained, this.closed]);
  }

  /** What was sent is still delivered. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** No further values until `resume`; the sender notices in the end. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #receive(text: string): void {
    this.#rest += text;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      let value: In;
      try {
        value = JSON.parse(line) as In;
      } catch {
        // Whoever says this is no part of halab.
        this.#socket.destroy();
        return;
      }
      this.#onValue(value);
    }
  }
}
