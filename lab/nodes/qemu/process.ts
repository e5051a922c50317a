import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import { AgentClient } from '../agent/client.ts';
import { type MachineSpec, qemuArguments } from './command-line.ts';
import { Qmp } from './qmp.ts';
import { qemuProgram } from './versions.ts';

export interface QemuLaunch {
  readonly node: string;
  /** A folder of this machine's own for its sockets; its path must leave room for a socket name in 108 bytes. */
  readonly directory: string;
  readonly spec: Omit<MachineSpec, 'qmpSocket' | 'agentSocket' | 'consoleSocket'>;
  readonly onConsole: (text: string) => void;
}

/** One running QEMU with the three lines that the lab holds to it. */
export interface QemuProcess {
  readonly pid: number;
  readonly qmp: Qmp;
  readonly agent: AgentClient;
  /** Takes the machine's devices from a snapshot's state file; it stands still until `cont`. */
  restore(stateFile: string): Promise<void>;
  /** Resolves when the process is gone, with what it wrote to standard error. */
  readonly exited: Promise<string>;
  /** SIGKILL, and resolves when the process is gone. */
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** From the start of the process to its monitor's greeting; generous, since a busy machine is slow, not broken. */
const startLimitMs = 30_000;

/**
 * QEMU connects to sockets that already listen, so nothing has to be looked for; and it is ended by the
 * kernel when its parent dies in whatever way (`setpriv --pdeathsig`).
 */
export async function launchQemu(launch: QemuLaunch): Promise<QemuProcess> {
  mkdirSync(launch.directory, { recursive: true });
  const path = (name: string) => join(launch.directory, `${name}.sock`);
  const lines = await Promise.all(['qmp', 'agent', 'console'].map((name) => listenOnce(path(name))));
  const [qmpLine, agentLine, consoleLine] = lines as [Line, Line, Line];
  const argv = qemuArguments({
    ...launch.spec,
    qmpSocket: path('qmp'),
    agentSocket: path('agent'),
    consoleSocket: path('console'),
  });
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', qemuProgram, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = watchExit(child);
  const failure = exited.then((stderr) => {
    throw new LabError(
      'LAB_NODE_BOOT',
      `QEMU of ${launch.node} ended while it started: ${stderr.trim() || 'no message'}`,
      {
        node: launch.node,
      },
    );
  });
  failure.catch(() => {});
  try {
    const sockets = await within(
      startLimitMs,
      `QEMU of ${launch.node} did not open its control lines`,
      Promise.race([Promise.all([qmpLine.socket, agentLine.socket, consoleLine.socket]), failure]),
    );
    const [qmpSocket, agentSocket, consoleSocket] = sockets as [Socket, Socket, Socket];
    consoleSocket
      .setEncoding('utf8')
      .on('data', launch.onConsole)
      .on('error', () => {});
    const qmp = await Promise.race([Qmp.open(launch.node, qmpSocket), failure]);
    return {
      pid: child.pid ?? 0,
      qmp: qmp as Qmp,
      agent: new AgentClient(launch.node, agentSocket),
      exited,
      restore: (stateFile) => restore(launch.node, qmp as Qmp, stateFile),
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
      },
      signal: (name) => void child.kill(name),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    for (const line of lines) line.close();
  }
}

/** Reading 400 kB from a file takes milliseconds; a machine that swaps takes longer. */
const restoreLimitMs = 60_000;

async function restore(node: string, qmp: Qmp, stateFile: string): Promise<void> {
  await qmp.execute('migrate-set-capabilities', {
    capabilities: ['x-ignore-shared', 'events'].map((capability) => ({ capability, state: true })),
  });
  // QEMU would announce the NICs by RARP on the guest's behalf, as if it had moved here; it did not.
  await qmp.execute('migrate-set-parameters', { 'announce-rounds': 0 });
  const finished = qmp.next(
    ({ event, data }) =>
      event === 'MIGRATION' && (data?.['status'] === 'completed' || data?.['status'] === 'failed'),
    restoreLimitMs,
  );
  await qmp.execute('migrate-incoming', { uri: `exec:cat '${stateFile.replaceAll("'", "'\\''")}'` });
  if ((await finished).data?.['status'] !== 'completed') {
    throw new LabError('LAB_NODE_BOOT', `${node} could not be restored from the golden snapshot`, { node });
  }
}

interface Line {
  readonly socket: Promise<Socket>;
  close(): void;
}

async function listenOnce(path: string): Promise<Line> {
  rmSync(path, { force: true });
  const server = createServer();
  const socket = new Promise<Socket>((done) => server.once('connection', done));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(path, () => done());
  });
  return {
    socket,
    close: () => {
      server.close();
      rmSync(path, { force: true });
    },
  };
}

function watchExit(child: ChildProcess): Promise<string> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  return new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', () => done(stderr));
  });
}

function within<Value>(limit: number, text: string, promise: Promise<Value>): Promise<Value> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new LabError('LAB_NODE_BOOT', `${text} within ${limit} ms`)), limit);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}
