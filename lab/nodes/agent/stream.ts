import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import type { StreamNotice, StreamRequest, TerminalSize } from './protocol.ts';

/*
 * Programs whose input and output go on while they run. A program in a terminal runs under script(1), which holds
 * the terminal's other end: the keys that are typed come in as bytes, and Ctrl-C is one of them.
 */

/** Output that the lab has not taken yet; then the program waits, as one does that writes into a full pipe. */
const windowBytes = 256 * 1024;

/** A daemon that a program leaves behind may hold its output open: quiet for this long after the exit is the end. */
const quietMs = 50;

/** From the hang-up to the kill. */
const graceMs = 1000;

interface Stream {
  readonly child: ChildProcessWithoutNullStreams;
  untakenBytes: number;
}

const streams = new Map<string, Stream>();

/** Resolves when the program runs, rejects when it cannot be started. */
export function openStream(request: StreamRequest, tell: (notice: StreamNotice) => void): Promise<void> {
  const { stream: id, terminal } = request;
  const [program = '', ...rest] =
    terminal === undefined ? request.argv : terminalCommand(request.argv, terminal);
  const env =
    terminal === undefined ? process.env : { ...process.env, TERM: terminal.type, SHELL: '/bin/sh' };
  const child = spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env });
  const stream: Stream = { child, untakenBytes: 0 };
  child.stdin.on('error', () => {});
  const finish = () => {
    if (!streams.delete(id)) return;
    tell({ notice: 'stream-end', stream: id, exitCode: child.exitCode, signal: child.signalCode });
  };
  let quiet: NodeJS.Timeout | undefined;
  const endWhenQuiet = () => {
    if (child.exitCode === null && child.signalCode === null) return;
    clearTimeout(quiet);
    quiet = setTimeout(() => (child.stdout.isPaused() ? endWhenQuiet() : finish()), quietMs);
  };
  for (const channel of ['stdout', 'stderr'] as const) {
    child[channel].on('data', (bytes: Buffer) => {
      stream.untakenBytes += bytes.length;
      if (stream.untakenBytes > windowBytes) pause(stream);
      tell({ notice: 'stream', stream: id, channel, base64: bytes.toString('base64') });
      endWhenQuiet();
    });
  }
  child.on('exit', endWhenQuiet);
  child.on('close', () => {
    clearTimeout(quiet);
    finish();
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('spawn', () => {
      streams.set(id, stream);
      done();
    });
  });
}

/** Resolves when the program has taken the bytes. Input for a program that has ended goes nowhere. */
export function writeToStream(id: string, base64: string, isLast: boolean): Promise<void> {
  const stdin = streams.get(id)?.child.stdin;
  if (stdin === undefined || stdin.destroyed) return Promise.resolve();
  return new Promise((done) => {
    if (base64 !== '') stdin.write(Buffer.from(base64, 'base64'), () => done());
    else done();
    if (isLast) stdin.end();
  });
}

/** The lab has passed on this much output. */
export function outputTaken(id: string, bytes: number): void {
  const stream = streams.get(id);
  if (stream === undefined) return;
  stream.untakenBytes -= bytes;
  if (stream.untakenBytes > windowBytes / 2) return;
  stream.child.stdout.resume();
  stream.child.stderr.resume();
}

export function resizeTerminal(id: string, { rows, columns }: TerminalSize): void {
  const stream = streams.get(id);
  const terminal = stream === undefined ? undefined : terminalOf(stream.child.pid);
  if (terminal === undefined) return;
  // The kernel tells the programs in the terminal (SIGWINCH).
  spawn('stty', ['-F', terminal, 'rows', String(rows), 'columns', String(columns)], { stdio: 'ignore' }).on(
    'error',
    () => {},
  );
}

export function signalStream(id: string, signal: NodeJS.Signals): void {
  const pid = streams.get(id)?.child.pid;
  if (pid !== undefined) killGroup(pid, signal);
}

/** Nobody is at the other end any more: programs get what they get when a terminal's line drops. */
export function hangUp(id: string): void {
  const child = streams.get(id)?.child;
  if (child?.pid === undefined) return;
  const { pid } = child;
  child.stdout.resume();
  child.stderr.resume();
  killGroup(pid, 'SIGHUP');
  setTimeout(() => {
    if (streams.has(id)) killGroup(pid, 'SIGKILL');
  }, graceMs).unref();
}

function pause({ child }: Stream): void {
  child.stdout.pause();
  child.stderr.pause();
}

/** `script` gives its terminal no size and no echo when its own input is not a terminal. */
function terminalCommand(argv: readonly string[], { rows, columns }: TerminalSize): readonly string[] {
  const command = `stty sane rows ${rows} columns ${columns}; exec ${argv.map(quoted).join(' ')}`;
  return ['script', '--quiet', '--return', '--flush', '--command', command, '/dev/null'];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The terminal that the only child of `script` has as its standard input. */
function terminalOf(script: number | undefined): string | undefined {
  try {
    const [child] = readFileSync(`/proc/${script}/task/${script}/children`, 'utf8').trim().split(' ');
    return readlinkSync(`/proc/${child}/fd/0`);
  } catch {
    return undefined;
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The last of the group has ended meanwhile.
  }
}
