import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ms, s } from '../../time.ts';
import type { CheckSpec } from './check.ts';
import { runCheck } from './run-check.ts';

const directory = mkdtempSync(join(tmpdir(), 'ldirectord-checks-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Writes a shell script and gives its path. */
function script(name: string, ...lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return path;
}

const run = (spec: CheckSpec, ping = '/nowhere/ping') =>
  runCheck(spec, new AbortController().signal, { ping });

describe('connect', () => {
  const spec = (port: number, timeout = s(5)) =>
    ({ kind: 'connect', address: '127.0.0.1', port, timeout }) as const;

  test('is up when the server accepts, and closes the connection', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ended = new Promise((resolve) =>
      server.once('connection', (socket) => socket.resume().once('end', resolve)),
    );

    expect(await run(spec((server.address() as AddressInfo).port))).toEqual({
      verdict: 'up',
      message: 'Success',
    });

    await ended;
    await new Promise((resolve) => server.close(resolve));
  });

  test('is down when the server refuses', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    expect(await run(spec(port))).toEqual({
      verdict: 'down',
      message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test('is down when the server does not answer in time, and not before', async () => {
    await using server = await deafServer();

    const started = performance.now();
    const outcome = await run(spec(server.port, ms(300)));

    expect(outcome).toEqual({ verdict: 'down', message: 'Connection timed out' });
    // Timers may fire a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(299);
  });
});

/**
 * A server whose kernel drops what it does not accept: a stopped process with a full backlog, so that
 * further connection requests go unanswered.
 */
async function deafServer(): Promise<{ readonly port: number; [Symbol.asyncDispose](): Promise<void> }> {
  const code = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(s.address().port));
  });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(text))),
  );
  child.kill('SIGSTOP');
  const waiting: Socket[] = [];
  // A backlog of 1 holds two connections.
  for (let count = 0; count < 2; count += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    waiting.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

describe('external', () => {
  const spec = (command: string, timeout = s(5)) =>
    ({ kind: 'external', command, args: ['192.0.2.80', '80', '198.51.100.2', '8080'], timeout }) as const;

  test('gives the command four arguments', async () => {
    const seen = join(directory, 'seen');
    expect(await run(spec(script('args', `echo $# "$@" > ${seen}`)))).toMatchObject({ verdict: 'up' });
    expect(readFileSync(seen, 'utf8')).toBe('4 192.0.2.80 80 198.51.100.2 8080\n');
  });

  test.for([1, 2, 255])('is down when the command exits with %i', async (code) => {
    const path = script(`exit-${code}`, `exit ${code}`);
    expect(await run(spec(path))).toEqual({ verdict: 'down', message: `${path} exited with ${code}` });
  });

  test('is down when the command is ended by a signal', async () => {
    const path = script('killed', 'kill -9 $$');
    expect(await run(spec(path))).toEqual({ verdict: 'down', message: `${path} ended by SIGKILL` });
  });

  test('is down when there is no such command', async () => {
    expect(await run(spec('/nowhere/check'))).toEqual({
      verdict: 'down',
      message: 'spawn /nowhere/check ENOENT',
    });
  });

  test('is down when the time is over, and the command gets SIGTERM', async () => {
    const ended = join(directory, 'ended');
    const fifo = join(directory, 'fifo');
    const path = script(
      'slow',
      `mkfifo ${fifo}`,
      `trap 'echo TERM > ${ended}; echo > ${fifo}; exit 0' TERM`,
      'while :; do sleep 0.05; done',
    );

    const outcome = await run(spec(path, ms(500)));

    expect(outcome).toEqual({
      verdict: 'down',
      message: 'Connection timed out',
      notice: `system_timeout(0.5, ${path} 192.0.2.80 80 198.51.100.2 8080) timed out, kill -TERM child`,
    });
    const reader = spawn('cat', [fifo], { stdio: 'ignore' });
    await new Promise((resolve) => reader.once('exit', resolve));
    expect(readFileSync(ended, 'utf8')).toBe('TERM\n');
  });
});

describe('ping', () => {
  const spec = {
    kind: 'ping',
    address: '198.51.100.2',
    family: 'ipv4',
    attempts: 3,
    timeout: ms(1500),
  } as const;
  const pings = (name: string, ...lines: readonly string[]) => {
    const log = join(directory, `${name}.log`);
    const path = script(name, `echo "$@" >> ${log}`, ...lines);
    return { path, calls: () => readFileSync(log, 'utf8').trim().split('\n') };
  };

  test('is up with the first answer', async () => {
    const ping = pings('answered', 'exit 0');
    expect(await run(spec, ping.path)).toMatchObject({ verdict: 'up' });
    expect(ping.calls()).toEqual(['-4 -n -q -c 1 -W 2 198.51.100.2']);
  });

  test('is down after as many attempts as there may be', async () => {
    const ping = pings('unanswered', 'exit 1');
    expect(await run(spec, ping.path)).toEqual({ verdict: 'down', message: 'no answer to ping' });
    expect(ping.calls()).toHaveLength(3);
  });

  test('is up with the last answer', async () => {
    const ping = pings('late', `test $(wc -l < ${join(directory, 'late.log')}) -ge 3`);
    expect(await run(spec, ping.path)).toMatchObject({ verdict: 'up' });
  });

  test('speaks IPv6', async () => {
    const ping = pings('six', 'exit 0');
    await run({ ...spec, address: '2001:db8::2', family: 'ipv6' }, ping.path);
    expect(ping.calls()).toEqual(['-6 -n -q -c 1 -W 2 2001:db8::2']);
  });

  test('is down without the program', async () => {
    expect(await run(spec)).toEqual({ verdict: 'down', message: 'spawn /nowhere/ping ENOENT' });
  });
});

describe('negotiate', () => {
  const spec = {
    kind: 'negotiate',
    service: 'none',
    protocol: 'tcp',
    address: '198.51.100.2',
    port: 0,
    request: '/',
    receive: '',
    httpMethod: 'GET',
    timeout: s(1),
  } as const;

  test('of no service is up', async () => {
    expect(await run(spec)).toEqual({ verdict: 'up', message: 'Success' });
  });

  test('of a service without check is down and says so', async () => {
    expect(await run({ ...spec, service: 'oracle' })).toEqual({
      verdict: 'down',
      message: 'service oracle cannot be checked',
    });
  });
});

test('a check that is cancelled ends at once', async () => {
  const over = new AbortController();
  const path = script('endless', 'exec sleep 60');
  const spec = { kind: 'external', command: path, args: [], timeout: s(60) } as const;
  const outcome = runCheck(spec, over.signal, { ping: '' });
  over.abort();
  expect(await outcome).toMatchObject({ verdict: 'down' });
});
