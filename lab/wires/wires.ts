import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { tapPath } from './check-configuration.ts';
import type { Impairment } from './impairments/spec.ts';
import type {
  AnswerOf,
  LinkChange,
  Mark,
  Moment,
  Operation,
  Ready,
  RecordPosition,
  Refusal,
  Response,
  WiresConfiguration,
  WiresStats,
} from './protocol.ts';
import { openTap, type Tap } from './tap.ts';

/** How long a process that was asked to stop may take: it has 64 MB at most to give to the disk. */
const stopMs = 5000;

const stderrBytesKept = 4096;

export interface WiresOptions extends Omit<WiresConfiguration, 'originMonotonicNs' | 'originEpochNs'> {
  /** `process.hrtime.bigint()` at the zero of the lab clock. Default: now. */
  readonly originMonotonicNs?: bigint;
  /** The wall clock at that moment, nanoseconds since 1970. Default: now. */
  readonly originEpochNs?: bigint;
  /** Stands before the program, such as `['setpriv', '--pdeathsig', 'TERM', '--']`. */
  readonly wrapper?: readonly string[];
}

export interface WiresExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True after `stop`. */
  readonly isExpected: boolean;
  /** The last of what it said on stderr; empty unless something went wrong. */
  readonly stderr: string;
}

/**
 * The running wires of a lab. Every method rejects with a `LabError`: `LAB_USAGE` when the request named something
 * unknown or made no sense (nothing has changed then), `LAB_WIRES_GONE` when the process has died.
 */
export interface Wires extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process has ended, in whatever way. */
  readonly exited: Promise<WiresExit>;
  /** A fault may have several impairments. Those that begin later are applied later. */
  impair(impairment: Impairment): Promise<Moment>;
  /** Takes back all impairments of the fault and nothing else. */
  heal(fault: string): Promise<Moment>;
  /** Pulls or plugs a node's cable; the node's own carrier is the owner's to change. */
  link(link: LinkChange): Promise<Moment>;
  /** Everything recorded so far can be read in the files when this resolves. */
  flush(): Promise<RecordPosition>;
  mark(text: string): Promise<Mark>;
  /** Resets the maxima and sums in `stalls`. */
  stats(): Promise<WiresStats>;
  /** A live view of a wire, from now on. */
  tap(wire: string): Promise<Tap>;
  /** The socket behind `tap`: everyone who connects gets a pcapng stream. */
  tapPath(wire: string): string;
  /** Flushes, closes the files, removes the sockets, ends the process. Does nothing when it has ended. */
  stop(): Promise<void>;
}

/** Resolves when every socket can be connected to. */
export async function startWires(options: WiresOptions): Promise<Wires> {
  const { wrapper = [], originMonotonicNs, originEpochNs, ...rest } = options;
  const configuration: WiresConfiguration = {
    ...rest,
    originMonotonicNs: String(originMonotonicNs ?? process.hrtime.bigint()),
    originEpochNs: String(originEpochNs ?? BigInt(Date.now()) * 1_000_000n),
  };
  const running = new RunningWires(spawnWires(wrapper), configuration);
  try {
    await running.ready;
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

function spawnWires(wrapper: readonly string[]): ChildProcess {
  const [command, ...argv] = [
    ...wrapper,
    process.execPath,
    fileURLToPath(new URL('./process.ts', import.meta.url)),
  ];
  // A debugger or loader of the owner's must not slow the lab's clock.
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawn(command ?? process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe'], env });
}

interface Pending {
  resolve(answer: Moment): void;
  reject(error: LabError): void;
}

class RunningWires implements Wires {
  readonly exited: Promise<WiresExit>;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #configuration: WiresConfiguration;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isStopping = false;
  #stderr = '';
  #exit: WiresExit | undefined;

  constructor(child: ChildProcess, configuration: WiresConfiguration) {
    this.#child = child;
    this.#configuration = configuration;
    this.exited = this.#watchExit();
    this.ready = this.#begin();
    // Written to only while the process lives; its end is told by `exited`.
    child.stdin?.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrBytesKept);
    });
    child.stdin?.write(`${JSON.stringify(configuration)}\n`);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  impair(impairment: Impairment): Promise<Moment> {
    return this.#ask({ op: 'impair', impairment });
  }

  heal(fault: string): Promise<Moment> {
    return this.#ask({ op: 'heal', fault });
  }

  link(link: LinkChange): Promise<Moment> {
    return this.#ask({ op: 'link', link });
  }

  flush(): Promise<RecordPosition> {
    return this.#ask({ op: 'flush' });
  }

  mark(text: string): Promise<Mark> {
    return this.#ask({ op: 'mark', text });
  }

  stats(): Promise<WiresStats> {
    return this.#ask({ op: 'stats' });
  }

  tap(wire: string): Promise<Tap> {
    return openTap({
      wire,
      path: this.tapPath(wire),
      originEpochNs: BigInt(this.#configuration.originEpochNs),
    });
  }

  tapPath(wire: string): string {
    return tapPath(this.#configuration, wire);
  }

  async stop(): Promise<void> {
    if (this.#exit !== undefined) return;
    this.#isStopping = true;
    // The end of stdin says the same, and is heard even when a request would not be.
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.kill(), stopMs);
    await this.exited;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ask<Op extends Operation>(operation: Op): Promise<AnswerOf[Op['op']]> {
    if (this.#exit !== undefined) return Promise.reject(this.#gone(this.#exit));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (answer) => resolve(answer as AnswerOf[Op['op']]), reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, ...operation })}\n`);
    });
  }

  #begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.set(0, { resolve: () => resolve(), reject });
      const lines = createInterface({ input: this.#child.stdout! });
      lines.once('line', (line) => {
        lines.on('line', (text) => this.#settle(JSON.parse(text) as Response));
        this.#pending.delete(0);
        const ready = JSON.parse(line) as Ready;
        if (ready.ready) resolve();
        else reject(refused('the wires could not start', ready.errors));
      });
    });
  }

  #settle(response: Response): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.ok) {
      const { id: _, ok: __, ...answer } = response;
      pending?.resolve(answer);
    } else {
      pending?.reject(refused('the wires refused', [response.error]));
    }
  }

  #watchExit(): Promise<WiresExit> {
    return new Promise((done) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        if (this.#exit !== undefined) return;
        const exit = { code, signal, isExpected: this.#isStopping, stderr: this.#stderr };
        this.#exit = exit;
        for (const pending of this.#pending.values()) pending.reject(this.#gone(exit));
        this.#pending.clear();
        done(exit);
      };
      this.#child.once('error', (error) => {
        this.#stderr ||= error.message;
        end(null, null);
      });
      this.#child.once('close', end);
    });
  }

  #gone({ code, signal, isExpected, stderr }: WiresExit): LabError {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const text = isExpected ? 'the wires have been stopped' : `the wires' process ended by itself (${how})`;
    return new LabError('LAB_WIRES_GONE', text, stderr === '' ? {} : { cause: new Error(stderr.trim()) });
  }
}

function refused(what: string, refusals: readonly Refusal[]): LabError {
  const text = refusals.map((refusal) => refusal.text).join('\n');
  return new LabError('LAB_USAGE', `${what}: ${text}`, { cause: refusals });
}
