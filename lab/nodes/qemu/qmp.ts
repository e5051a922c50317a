import type { Socket } from 'node:net';
import { LabError } from '../../errors.ts';

/** An asynchronous message of QEMU's machine protocol. */
export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface QmpLine extends Partial<QmpEvent> {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** One guest's monitor: commands in, answers and events out (QEMU's docs/interop/qmp-spec). */
export class Qmp {
  readonly #node: string;
  readonly #socket: Socket;
  readonly #pending = new Map<number, { done: (value: unknown) => void; fail: (error: Error) => void }>();
  readonly #watchers = new Set<(event: QmpEvent) => void>();
  #lastId = 0;
  #rest = '';

  private constructor(node: string, socket: Socket) {
    this.#node = node;
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => {});
    socket.on('close', () => this.#failAll());
  }

  /** Leaves the greeting behind and asks for command mode. */
  static async open(node: string, socket: Socket): Promise<Qmp> {
    const qmp = new Qmp(node, socket);
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  execute(command: string, argument?: object): Promise<unknown> {
    return new Promise((done, fail) => {
      if (this.#socket.destroyed) {
        fail(this.#gone());
        return;
      }
      this.#lastId += 1;
      this.#pending.set(this.#lastId, {
        done,
        fail: (error) =>
          fail(
            new LabError('LAB_COMMAND_FAILED', `QEMU of ${this.#node} refused ${command}: ${error.message}`, {
              node: this.#node,
            }),
          ),
      });
      this.#socket.write(
        `${JSON.stringify({ execute: command, id: this.#lastId, ...(argument === undefined ? {} : { arguments: argument }) })}\n`,
      );
    });
  }

  /** Resolves with the first event that fits, from now on. */
  next(fits: (event: QmpEvent) => boolean, within: number): Promise<QmpEvent> {
    return new Promise((done, fail) => {
      const limit = setTimeout(() => {
        this.#watchers.delete(watch);
        fail(
          new LabError(
            'LAB_NODE_SILENT',
            `QEMU of ${this.#node} sent no expected event within ${within} ms`,
            { node: this.#node },
          ),
        );
      }, within);
      const watch = (event: QmpEvent) => {
        if (!fits(event)) return;
        clearTimeout(limit);
        this.#watchers.delete(watch);
        done(event);
      };
      this.#watchers.add(watch);
      this.#socket.once('close', () => {
        clearTimeout(limit);
        fail(this.#gone());
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#rest += text;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as QmpLine;
      if (message.event !== undefined) for (const watch of [...this.#watchers]) watch(message as QmpEvent);
      const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
      if (pending === undefined || message.id === undefined) continue;
      this.#pending.delete(message.id);
      if (message.error === undefined) pending.done(message.return);
      else pending.fail(new Error(message.error.desc));
    }
  }

  #gone(): LabError {
    return new LabError('LAB_NODE_GONE', `${this.#node} is gone: its QEMU ended`, { node: this.#node });
  }

  #failAll(): void {
    for (const { fail } of this.#pending.values()) fail(this.#gone());
    this.#pending.clear();
  }
}
