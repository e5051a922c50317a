import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { LabError } from '../errors.ts';
import { identifyProcess } from '../process-identity.ts';
import { runSession, type SessionOptions } from './command-session.ts';
import { carryError, type SessionInput } from './control-protocol.ts';
import { type OwnerChannel, serveControl } from './control-server.ts';
import type { RunningLab } from './running-labs.ts';

/** A lab whose owner is this process, and whose only program is what the test says. */
async function labWith(program: (channel: OwnerChannel) => void): Promise<RunningLab> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-session-'));
  const controlPath = join(directory, 'control');
  const server = await serveControl(controlPath, async (_, channel) => program(channel));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    name: 'lab',
    topology: 'lvs-dr',
    startedAt: '',
    owner: identifyProcess(process.pid)!,
    controlPath,
  };
}

function streams() {
  return { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
}

const options: SessionOptions = { node: 'web1', argv: ['true'], takesInput: false, isTerminal: false };
const base64 = (content: string) => Buffer.from(content).toString('base64');

test("both outputs and the exit code are the program's", async () => {
  const lab = await labWith((channel) => {
    void channel.send({ output: base64('out'), channel: 'stdout' });
    void channel.send({ output: base64('err'), channel: 'stderr' });
    void channel.send({ ended: { exitCode: 7, signal: null } });
  });
  const io = streams();

  expect(await runSession(lab, options, io)).toBe(7);

  io.stdout.end();
  io.stderr.end();
  expect([await text(io.stdout), await text(io.stderr)]).toEqual(['out', 'err']);
});

test('a signal that ended the program is told as shells do', async () => {
  const lab = await labWith((channel) => void channel.send({ ended: { exitCode: null, signal: 'SIGKILL' } }));
  expect(await runSession(lab, options, streams())).toBe(137);
});

test('input is handed on, and its end, when it is asked for', async () => {
  const inputs: SessionInput[] = [];
  const lab = await labWith((channel) => {
    channel.onValue((input) => {
      inputs.push(input);
      if ('inputEnds' in input) void channel.send({ ended: { exitCode: 0, signal: null } });
    });
  });
  const io = streams();
  io.stdin.end('hello');

  await runSession(lab, { ...options, takesInput: true }, io);

  expect(inputs).toEqual([{ input: base64('hello') }, { inputEnds: true }]);
});

test('without input the program reads an end at once', async () => {
  const inputs: SessionInput[] = [];
  const lab = await labWith((channel) => {
    channel.onValue((input) => {
      inputs.push(input);
      void channel.send({ ended: { exitCode: 0, signal: null } });
    });
  });
  const io = streams();
  io.stdin.write('not for the program');

  await runSession(lab, options, io);

  expect(inputs).toEqual([{ inputEnds: true }]);
});

test('input that the program does not take stops being read, and goes on when it is taken', async () => {
  const received = Promise.withResolvers<number>();
  let bytes = 0;
  let owner: OwnerChannel | undefined;
  const lab = await labWith((channel) => {
    owner = channel;
    channel.onValue((input) => {
      if ('input' in input) bytes += Buffer.from(input.input, 'base64').length;
      if (bytes > 256 * 1024) received.resolve(bytes);
      if ('inputEnds' in input) void channel.send({ ended: { exitCode: 0, signal: null } });
    });
  });
  const io = streams();
  const ended = runSession(lab, { ...options, takesInput: true }, io);
  const chunk = 64 * 1024;
  const whole = 16 * chunk;
  for (let at = 0; at < whole; at += chunk) io.stdin.write(Buffer.alloc(chunk));
  io.stdin.end();

  await received.promise;
  await new Promise((done) => setImmediate(done));
  // The chunk that went over the window is the last one.
  expect([bytes, io.stdin.isPaused()]).toEqual([5 * chunk, true]);
  void owner?.send({ taken: whole });

  expect(await ended).toBe(0);
  expect(bytes).toBe(whole);
});

test("an error of the owner's is this command's", async () => {
  const lab = await labWith(() => {
    throw new LabError('LAB_USAGE', 'no node "web9"');
  });
  await expect(runSession(lab, options, streams())).rejects.toThrow('no node "web9"');
});

test('a node that goes while the program runs is told of', async () => {
  const lab = await labWith((channel) => {
    void channel.send({ failed: carryError(new LabError('LAB_NODE_GONE', 'web1 is gone')) });
    channel.end();
  });
  await expect(runSession(lab, options, streams())).rejects.toThrow('web1 is gone');
});

test('an owner that goes is told of, before and while the program runs', async () => {
  const while_ = await labWith((channel) => setImmediate(() => channel.destroy()));
  const text_ = `lab lab is gone: its owner (process ${process.pid}) has ended`;
  await expect(runSession(while_, options, streams())).rejects.toThrow(text_);
  await expect(runSession({ ...while_, controlPath: '/nonexistent' }, options, streams())).rejects.toThrow(
    text_,
  );
});
