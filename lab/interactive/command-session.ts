import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type ExecChannel, gone, openSession } from './control-client.ts';
import { receivedError, type SessionOutput } from './control-protocol.ts';
import type { RunningLab } from './running-labs.ts';

export interface SessionStreams {
  readonly stdin: Readable & Partial<Pick<NodeJS.ReadStream, 'setRawMode'>>;
  readonly stdout: Writable & Partial<Pick<NodeJS.WriteStream, 'rows' | 'columns'>>;
  readonly stderr: Writable;
}

export interface SessionOptions {
  readonly node: string;
  readonly argv: readonly string[];
  /** Hands this process's standard input on; else the program's is empty. */
  readonly takesInput: boolean;
  /** In a terminal there, with this one's keys as they are typed. */
  readonly isTerminal: boolean;
}

/** Input that the program has not taken yet; then this process reads no more. */
const windowBytes = 256 * 1024;

/** Ctrl-], as of telnet: leaves a terminal whose node answers no more. */
const leaveKey = 0x1d;

const signalBase = 128;
const sizeDefault = { rows: 24, columns: 80 };

/**
 * Runs a program in a node as if it ran here. Resolves with its exit code, or 128 and the number of the signal
 * that ended it.
 */
export async function runSession(
  lab: RunningLab,
  options: SessionOptions,
  streams: SessionStreams,
): Promise<number> {
  const { node, argv, isTerminal } = options;
  const ended = Promise.withResolvers<number>();
  let session: ExecChannel | undefined;
  const meter = new InputMeter(streams.stdin);
  const take = (output: SessionOutput) => {
    if ('output' in output) {
      // A reader here that is slow makes the program wait.
      const isTaken = streams[output.channel].write(Buffer.from(output.output, 'base64'));
      if (isTaken || session === undefined) return;
      session.pause();
      streams[output.channel].once('drain', () => session?.resume());
    } else if ('taken' in output) meter.taken(output.taken);
    else if ('failed' in output) ended.reject(receivedError(output.failed));
    else ended.resolve(exitCodeOf(output.ended));
  };
  const channel = await openSession(
    lab,
    { op: 'exec', node, argv, ...(isTerminal ? { terminal: terminalOf(streams.stdout) } : {}) },
    take,
  );
  session = channel;
  void channel.closed.then(() => ended.reject(gone(lab)));
  using undo = new DisposableStack();
  if (isTerminal) useTerminal(channel, streams, undo, () => ended.resolve(0));
  else handOnSignals(channel, undo, (code) => ended.resolve(code));
  if (options.takesInput)
    handOnInput(channel, streams.stdin, meter, undo, () => isTerminal && ended.resolve(0));
  else void channel.send({ inputEnds: true });
  try {
    return await ended.promise;
  } finally {
    channel.destroy();
  }
}

/** Stops reading when too much is under way. */
class InputMeter {
  readonly #stdin: Readable;
  #underWayBytes = 0;

  constructor(stdin: Readable) {
    this.#stdin = stdin;
  }

  sent(bytes: number): void {
    this.#underWayBytes += bytes;
    if (this.#underWayBytes > windowBytes) this.#stdin.pause();
  }

  taken(bytes: number): void {
    this.#underWayBytes -= bytes;
    if (this.#underWayBytes <= windowBytes / 2 && this.#stdin.isPaused()) this.#stdin.resume();
  }
}

function handOnInput(
  channel: ExecChannel,
  stdin: Readable,
  meter: InputMeter,
  undo: DisposableStack,
  leave: () => void,
): void {
  const onData = (bytes: Buffer) => {
    if (bytes.length === 1 && bytes[0] === leaveKey) return leave();
    meter.sent(bytes.length);
    void channel.send({ input: bytes.toString('base64') });
  };
  const onEnd = () => void channel.send({ inputEnds: true });
  stdin.on('data', onData).on('end', onEnd);
  undo.defer(() => {
    stdin.off('data', onData).off('end', onEnd);
    // A standard input that is still open would keep this process.
    stdin.destroy();
  });
}

function useTerminal(
  channel: ExecChannel,
  { stdin, stdout }: SessionStreams,
  undo: DisposableStack,
  leave: () => void,
): void {
  const restore = () => void stdin.setRawMode?.(false);
  stdin.setRawMode?.(true);
  // Node's raw mode still puts a carriage return before each line feed, which full-screen programs do not expect.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  undo.defer(restore);
  // However this process ends, the shell that called it gets its line editing back.
  process.on('exit', restore);
  undo.defer(() => void process.off('exit', restore));
  const resize = () => void channel.send({ size: sizeOf(stdout) });
  stdout.on('resize', resize);
  undo.defer(() => void stdout.off('resize', resize));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, leave);
    undo.defer(() => void process.off(signal, leave));
  }
}

/** The first Ctrl-C is for the program; the second one leaves a program that does not care, or cannot hear. */
function handOnSignals(channel: ExecChannel, undo: DisposableStack, leave: (code: number) => void): void {
  let wasSent = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const listener = () => {
      if (wasSent) leave(signalBase + constants.signals[signal]);
      wasSent = true;
      void channel.send({ signal });
    };
    process.on(signal, listener);
    undo.defer(() => void process.off(signal, listener));
  }
}

function exitCodeOf({
  exitCode,
  signal,
}: {
  readonly exitCode: number | null;
  readonly signal: string | null;
}): number {
  if (exitCode !== null) return exitCode;
  return signalBase + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

function terminalOf(stdout: SessionStreams['stdout']) {
  return { ...sizeOf(stdout), type: process.env['TERM'] ?? 'dumb' };
}

function sizeOf({ rows, columns }: SessionStreams['stdout']) {
  // A terminal that nobody has told its size says 0.
  return { rows: rows || sizeDefault.rows, columns: columns || sizeDefault.columns };
}
