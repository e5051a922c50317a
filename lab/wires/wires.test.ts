import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identifyProcess, isAlive } from '../process-identity.ts';
import { connectFrameSocket } from './frame-socket.ts';
import type { Stall } from './protocol.ts';
import { startWires } from './wires.ts';
import { configurationIn, frameWith, nextText, readRecord, wiresUnderTest } from './wires-under-test.ts';

/** An owner in a process of its own: prints the pid of its wires and lives until it is killed. */
const ownerProgram = (setting: string) => `
  import { startWires } from ${JSON.stringify(new URL('./wires.ts', import.meta.url).href)};
  const wires = await startWires({ ...${setting}, originEpochNs: 1700000000000000000n });
  process.stdout.write(String(wires.pid) + '\\n');
  setInterval(() => {}, 1000);
`;

/** Files that are sockets are those of the wires. */
function sockets(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isSocket() ? [entry.name] : [],
  );
}

describe("the wires' process", () => {
  test('makes every socket before it is ready, and none is left when it stops', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    expect(sockets(lab.directory).sort()).toEqual([
      'a',
      'b',
      'c',
      'inside.tap',
      'primary-ttyS1',
      'ring.tap',
      'secondary-ttyS1',
    ]);

    await lab.wires.stop();

    expect(sockets(lab.directory)).toEqual([]);
    expect(await lab.wires.exited).toEqual({ code: 0, signal: null, isExpected: true, stderr: '' });
  });

  test('ends by itself when its owner is killed: no process, no socket, whole files', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halab-owner-'));
    const { originEpochNs: _, originMonotonicNs: __, ...setting } = configurationIn(directory, {});
    const owner = spawn(
      process.execPath,
      ['--input-type=module', '-e', ownerProgram(JSON.stringify(setting))],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const pid = Number(await new Promise((done) => owner.stdout.once('data', done)));
    const identity = identifyProcess(pid)!;
    const [a, b] = [
      await connectFrameSocket(join(directory, 'a')),
      await connectFrameSocket(join(directory, 'b')),
    ];
    // Each may have come before the other was known: the second frame of each is there for certain.
    a.send(frameWith('a', 'all', 'from a'));
    b.send(frameWith('b', 'a', 'from b'));
    expect(await nextText(a)).toBe('from b');

    owner.kill('SIGKILL');
    const killedAt = performance.now();
    await Promise.all([a.closed, b.closed]);
    while (isAlive(identity)) await new Promise((done) => setImmediate(done));
    const tookMs = performance.now() - killedAt;

    expect(sockets(directory)).toEqual([]);
    expect(
      readRecord(join(directory, 'inside.pcapng')).map(({ bytes }) => bytes.includes('from a')),
    ).toContain(true);
    // 100 ms is the promise on a machine with a processor to spare; the rest is for one that has none.
    expect(tookMs).toBeLessThan(1000);
    rmSync(directory, { recursive: true });
  });

  test.for(['SIGTERM', 'SIGINT'] as const)('on %s does what was agreed', async (signal) => {
    await using lab = await wiresUnderTest();

    process.kill(lab.wires.pid, signal);

    if (signal === 'SIGINT') {
      expect((await lab.wires.mark('alive')).atNs).toBeGreaterThan(0);
    } else {
      expect(await lab.wires.exited).toMatchObject({ code: 0, signal: null, isExpected: false });
      expect(sockets(lab.directory)).toEqual([]);
    }
  });

  test('can be started behind another program', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halab-wrapped-'));
    await using wires = await startWires({ ...configurationIn(directory, {}), wrapper: ['env', 'HALAB=1'] });

    expect((await wires.mark('there')).frames).toEqual({ inside: 0 });
    await wires.stop();
    rmSync(directory, { recursive: true });
  });

  test('writes down when it did not get its turn', async () => {
    await using lab = await wiresUnderTest();
    const until = process.hrtime.bigint() + 80_000_000n;

    process.kill(lab.wires.pid, 'SIGSTOP');
    while (process.hrtime.bigint() < until) await new Promise((done) => setImmediate(done));
    process.kill(lab.wires.pid, 'SIGCONT');
    const { stalls } = await lab.statsWhen((stats) => stats.stalls.turnGapMaxMs > 60);
    await lab.wires.flush();

    expect(stalls.stallsOver20Ms).toBeGreaterThanOrEqual(1);
    const lines = readFileSync(join(lab.directory, 'stalls.jsonl'), 'utf8').trim().split('\n');
    const lengths = lines.map((line) => (JSON.parse(line) as Stall).lengthNs);
    expect(Math.max(...lengths)).toBeGreaterThan(60e6);
    expect(Math.min(...lengths)).toBeGreaterThan(20e6);
  });

  test('reports its own stalls and what the host did to it', async () => {
    await using lab = await wiresUnderTest();

    const { stalls, residentBytes, cpuMs } = await lab.wires.stats();

    expect(stalls.turnGapMaxMs).toBeGreaterThanOrEqual(0);
    expect(stalls.eventLoopDelayMs.max).toBeGreaterThanOrEqual(0);
    expect(existsSync('/proc/pressure/cpu')).toBe(stalls.hostPressureMs !== undefined);
    expect(stalls.stealMs).toBeGreaterThanOrEqual(0);
    expect([residentBytes > 0, cpuMs > 0]).toEqual([true, true]);
  });
});

describe('wires that cannot start', () => {
  test('say everything that is wrong with their configuration', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halab-wrong-'));
    const sound = configurationIn(directory, {});

    const start = startWires({
      ...sound,
      segments: [...sound.segments, { name: 'inside', mtu: 1, ports: [] }],
    });

    await expect(start).rejects.toMatchObject({
      code: 'LAB_USAGE',
      message:
        'the wires could not start: two wires are called "inside"\n' +
        'segment "inside" has MTU 1: a whole number from 68 (RFC 791, 3.2) is wanted\n' +
        `two sockets have the path ${directory}/inside.tap`,
    });
    rmSync(directory, { recursive: true });
  });

  test('leave a socket and a record of others alone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halab-taken-'));
    writeFileSync(join(directory, 'b'), 'not mine');
    const setting = configurationIn(directory, {});

    await expect(startWires(setting)).rejects.toThrow('EADDRINUSE');
    expect(readFileSync(join(directory, 'b'), 'utf8')).toBe('not mine');
    expect(sockets(directory)).toEqual([]);
    await expect(startWires(setting)).rejects.toThrow('EEXIST');
    rmSync(directory, { recursive: true });
  });

  test('say so when the program in front of them is missing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halab-missing-'));

    const start = startWires({ ...configurationIn(directory, {}), wrapper: ['halab-no-such-program'] });

    await expect(start).rejects.toMatchObject({ code: 'LAB_WIRES_GONE' });
    rmSync(directory, { recursive: true });
  });
});

describe('requests', () => {
  test('that are under way when the process dies are rejected, and so are later ones', async () => {
    await using lab = await wiresUnderTest();
    const { wires } = lab;

    process.kill(wires.pid, 'SIGKILL');
    const gone = await Promise.allSettled([wires.stats(), wires.flush()]);
    expect(await wires.exited).toMatchObject({ signal: 'SIGKILL', isExpected: false });
    const later = await Promise.allSettled([wires.mark('late')]);

    for (const outcome of [...gone, ...later]) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'LAB_WIRES_GONE', message: "the wires' process ended by itself (signal SIGKILL)" },
      });
    }
  });

  test('after stop are told that the wires have been stopped', async () => {
    await using lab = await wiresUnderTest();

    await lab.wires.stop();

    await expect(lab.wires.stats()).rejects.toThrow('the wires have been stopped');
    await expect(lab.wires.stop()).resolves.toBeUndefined();
  });
});
