import type { AgentRequest, TerminalSize } from './protocol.ts';

export interface StreamOptions {
  /** Runs the program in a terminal of its own, where both outputs are one. */
  readonly terminal?: TerminalSize & { readonly type: string };
  /** The next piece comes when this one has been taken; a program that writes on meanwhile has to wait in the end. */
  readonly onOutput: (channel: 'stdout' | 'stderr', bytes: Buffer) => Promise<void> | void;
}

export interface StreamEnd {
  /** Null when a signal ended the program. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

interface Line {
  ask(request: AgentRequest): Promise<unknown>;
  askWithoutLimit(request: AgentRequest): Promise<unknown>;
}

/** The lab's end of a program that runs in a guest with its input and output open. */
export class AgentStream {
  /** Resolves when the program has ended and all its output was taken; rejects when the node is gone. */
  readonly ended: Promise<StreamEnd>;
  readonly #id: string;
  readonly #line: Line;
  readonly #onOutput: StreamOptions['onOutput'];
  readonly #settled = Promise.withResolvers<StreamEnd>();
  /** Pieces are handed out one after another. */
  #taken: Promise<void> = Promise.resolve();

  constructor(id: string, onOutput: StreamOptions['onOutput'], line: Line) {
    this.#id = id;
    this.#onOutput = onOutput;
    this.#line = line;
    this.ended = this.#settled.promise;
    // Whoever asks is told; nobody has to ask.
    this.ended.catch(() => {});
  }

  /** Resolves when the program has taken the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    const base64 = Buffer.from(bytes).toString('base64');
    await this.#line.askWithoutLimit({ op: 'stream-input', stream: this.#id, base64, isLast: false });
  }

  /** The program's standard input ends here. */
  async endInput(): Promise<void> {
    await this.#line.ask({ op: 'stream-input', stream: this.#id, base64: '', isLast: true });
  }

  async resize(size: TerminalSize): Promise<void> {
    await this.#line.ask({ op: 'stream-size', stream: this.#id, size });
  }

  /** To the program and all that it started; a program in a terminal is sent Ctrl-C as a byte instead. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#line.ask({ op: 'stream-signal', stream: this.#id, signal });
  }

  /** Ends the program as a dropped line does: SIGHUP, and SIGKILL for what is left after a second. */
  async hangUp(): Promise<void> {
    await this.#line.ask({ op: 'stream-hang-up', stream: this.#id });
  }

  take(channel: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#taken = this.#taken.then(async () => {
      await this.#onOutput(channel, bytes);
      // No answer is waited for: the next piece does not depend on it.
      this.#line.ask({ op: 'stream-taken', stream: this.#id, bytes: bytes.length }).catch(() => {});
    });
    this.#taken.catch((error: unknown) => this.fail(error));
  }

  end({ exitCode, signal }: StreamEnd): void {
    void this.#taken.then(
      () => this.#settled.resolve({ exitCode, signal }),
      () => {},
    );
  }

  fail(error: unknown): void {
    this.#settled.reject(error);
  }
}
