import type { Socket } from 'node:net';
import { LabError } from '../../errors.ts';
import { AgentStream, type StreamOptions } from './agent-stream.ts';
import type {
  AgentReply,
  AgentRequest,
  DatagramRequest,
  ExecAnswer,
  ExecRequest,
  ServeRequest,
  StreamNotice,
  VisitOutcome,
  VisitRequest,
} from './protocol.ts';

interface Pending {
  readonly done: (value: unknown) => void;
  readonly fail: (error: Error) => void;
  readonly limit: NodeJS.Timeout | undefined;
}

/** Over the limit that the guest itself keeps: the answer's way back through an emulated guest. */
const graceMs = 10_000;

/** The lab's end of the line to the agent in one guest. */
export class AgentClient {
  readonly #node: string;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #followers = new Map<string, (text: string) => void>();
  readonly #streams = new Map<string, AgentStream>();
  #lastId = 0;
  #rest = '';

  constructor(node: string, socket: Socket) {
    this.#node = node;
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => {});
    socket.on('close', () => this.#failAll(`${node} is gone: the line to its agent closed`));
  }

  /** Waits until the agent answers; the guest may still be waking up. */
  async ping(within: number): Promise<void> {
    await this.#ask({ op: 'ping' }, within);
  }

  exec(request: Omit<ExecRequest, 'op'>): Promise<ExecAnswer> {
    return this.#ask({ op: 'exec', ...request }, request.timeoutMs + graceMs);
  }

  write(
    path: string,
    content: string | Uint8Array,
    options: { mode?: number; append?: boolean } = {},
  ): Promise<void> {
    const base64 = Buffer.from(content as Uint8Array).toString('base64');
    return this.#ask({ op: 'write', path, base64, ...options }, graceMs);
  }

  writeAll(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    const base64 = Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        Buffer.from(content as Uint8Array).toString('base64'),
      ]),
    );
    return this.#ask({ op: 'write-all', base64 }, graceMs);
  }

  async read(path: string): Promise<Buffer> {
    return Buffer.from(await this.#ask<string>({ op: 'read', path }, graceMs), 'base64');
  }

  async follow(path: string, onText: (text: string) => void): Promise<void> {
    this.#followers.set(path, onText);
    await this.#ask({ op: 'follow', path }, graceMs);
  }

  async unfollow(path: string): Promise<void> {
    this.#followers.delete(path);
    await this.#ask({ op: 'unfollow', path }, graceMs);
  }

  serve(request: Omit<ServeRequest, 'op'>): Promise<void> {
    return this.#ask({ op: 'serve', ...request }, graceMs);
  }

  visit(request: Omit<VisitRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    return this.#ask({ op: 'visit', ...request }, request.count * request.timeoutMs + graceMs);
  }

  release(hold: string): Promise<number> {
    return this.#ask({ op: 'release', hold }, graceMs);
  }

  exchangeDatagrams(request: Omit<DatagramRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    return this.#ask({ op: 'datagram', ...request }, request.count * request.timeoutMs + graceMs);
  }

  /** Resolves when the program runs. */
  async stream(argv: readonly string[], { terminal, onOutput }: StreamOptions): Promise<AgentStream> {
    this.#lastId += 1;
    const id = `s${this.#lastId}`;
    const stream = new AgentStream(id, onOutput, {
      ask: (request) => this.#ask(request, graceMs),
      // A program may take its time to read what it is given.
      askWithoutLimit: (request) => this.#ask(request, undefined),
    });
    this.#streams.set(id, stream);
    try {
      await this.#ask(
        { op: 'stream', stream: id, argv, ...(terminal === undefined ? {} : { terminal }) },
        graceMs,
      );
      return stream;
    } catch (error) {
      this.#streams.delete(id);
      throw error;
    }
  }

  warmUp(): Promise<void> {
    return this.#ask({ op: 'warm-up' }, 6 * graceMs);
  }

  awaitNics(macs: readonly string[], timeoutMs: number): Promise<readonly string[]> {
    return this.#ask({ op: 'await-nics', macs, timeoutMs }, timeoutMs + graceMs);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask<Value>(request: AgentRequest, within: number | undefined): Promise<Value> {
    return new Promise((done, fail) => {
      if (this.#socket.destroyed) {
        fail(
          new LabError('LAB_NODE_GONE', `${this.#node} is gone: the line to its agent closed`, {
            node: this.#node,
          }),
        );
        return;
      }
      this.#lastId += 1;
      const id = this.#lastId;
      const giveUp = () => {
        this.#pending.delete(id);
        fail(
          new LabError(
            'LAB_NODE_SILENT',
            `${this.#node} did not answer "${describe(request)}" within ${within} ms`,
            {
              node: this.#node,
            },
          ),
        );
      };
      const limit = within === undefined ? undefined : setTimeout(giveUp, within);
      this.#pending.set(id, { done: done as (value: unknown) => void, fail, limit });
      this.#socket.write(`${JSON.stringify({ id, request })}\n`);
    });
  }

  #receive(text: string): void {
    this.#rest += text;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    let reply: AgentReply;
    try {
      reply = JSON.parse(line) as AgentReply;
    } catch {
      // What was under way when the snapshot was taken can arrive cut in two.
      return;
    }
    if ('notice' in reply) {
      if (reply.notice === 'follow') this.#followers.get(reply.path)?.(reply.text);
      else this.#takeFromStream(reply);
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.limit);
    if (reply.ok) pending.done(reply.value);
    else
      pending.fail(new LabError('LAB_COMMAND_FAILED', `${this.#node}: ${reply.error}`, { node: this.#node }));
  }

  #takeFromStream(notice: StreamNotice): void {
    const stream = this.#streams.get(notice.stream);
    if (notice.notice === 'stream') {
      stream?.take(notice.channel, Buffer.from(notice.base64, 'base64'));
      return;
    }
    this.#streams.delete(notice.stream);
    stream?.end(notice);
  }

  #failAll(text: string): void {
    for (const { fail, limit } of this.#pending.values()) {
      clearTimeout(limit);
      fail(new LabError('LAB_NODE_GONE', text, { node: this.#node }));
    }
    this.#pending.clear();
    for (const stream of this.#streams.values()) {
      stream.fail(new LabError('LAB_NODE_GONE', text, { node: this.#node }));
    }
    this.#streams.clear();
  }
}

function describe(request: AgentRequest): string {
  return request.op === 'exec' ? request.argv.join(' ') : request.op;
}
