import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

/** A listening Unix socket that never takes, nor leaves behind, a path that is not its own. */
export class SocketServer {
  readonly path: string;
  readonly #server: Server;
  #isListening = false;

  constructor(path: string, accept: (socket: Socket) => void) {
    this.path = path;
    this.#server = createServer(accept);
  }

  /** Rejects when the path exists, whatever it is. */
  listen(): Promise<void> {
    return new Promise((done, fail) => {
      this.#server.once('error', fail);
      this.#server.listen(this.path, () => {
        this.#isListening = true;
        this.#server.off('error', fail);
        // Running out of file descriptors in accept must not end the process.
        this.#server.on('error', () => {});
        done();
      });
    });
  }

  /** Also for a process about to exit: the path is gone when this returns. */
  closeNow(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    this.#server.close();
    rmSync(this.path, { force: true });
  }
}
