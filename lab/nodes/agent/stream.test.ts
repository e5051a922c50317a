import { describe, expect, test } from 'vitest';
import type { StreamNotice, StreamRequest } from './protocol.ts';
import { hangUp, openStream, outputTaken, resizeTerminal, signalStream, writeToStream } from './stream.ts';

let lastId = 0;

interface Program {
  readonly id: string;
  readonly ended: Promise<Extract<StreamNotice, { notice: 'stream-end' }>>;
  /** What it has written by now. */
  output(channel: 'stdout' | 'stderr'): string;
  /** Resolves when this stands in its output. */
  said(words: string): Promise<void>;
}

/** Runs a program here as the agent does in a guest. Output is taken at once unless it is to be left. */
async function run(
  argv: readonly string[],
  options: Pick<StreamRequest, 'terminal'> & { readonly takes?: boolean } = {},
): Promise<Program> {
  lastId += 1;
  const id = `t${lastId}`;
  const { takes = true, terminal } = options;
  const heard = { stdout: '', stderr: '' };
  const ended = Promise.withResolvers<Extract<StreamNotice, { notice: 'stream-end' }>>();
  const listeners = new Set<() => void>();
  await openStream(
    { op: 'stream', stream: id, argv, ...(terminal === undefined ? {} : { terminal }) },
    (notice) => {
      if (notice.notice === 'stream-end') return ended.resolve(notice);
      const bytes = Buffer.from(notice.base64, 'base64');
      heard[notice.channel] += bytes.toString('latin1');
      if (takes) outputTaken(id, bytes.length);
      for (const listener of listeners) listener();
    },
  );
  return {
    id,
    ended: ended.promise,
    output: (channel) => heard[channel],
    said: (words) =>
      new Promise((done) => {
        const look = () => {
          if (heard.stdout.includes(words)) done();
        };
        listeners.add(look);
        look();
      }),
  };
}

const end = { notice: 'stream-end', exitCode: null, signal: null };

describe('a program', () => {
  test('has two outputs and an exit code', async () => {
    const program = await run(['sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(await program.ended).toEqual({ ...end, stream: program.id, exitCode: 3 });
    expect([program.output('stdout'), program.output('stderr')]).toEqual(['out\n', 'err\n']);
  });

  test('reads what it is given, up to the end', async () => {
    const program = await run(['cat']);
    await writeToStream(program.id, Buffer.from('one\n').toString('base64'), false);
    await writeToStream(program.id, '', true);
    expect(await program.ended).toMatchObject({ exitCode: 0 });
    expect(program.output('stdout')).toBe('one\n');
  });

  test('that is not there is told of', async () => {
    await expect(run(['/nonexistent'])).rejects.toThrow('ENOENT');
  });

  test('gets a signal, with all that it started', async () => {
    const program = await run(['sh', '-c', 'sleep 1000 & echo started; wait']);
    await program.said('started');
    signalStream(program.id, 'SIGTERM');
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
  });

  test('that does not mind a hang-up is killed', async () => {
    const program = await run(['sh', '-c', 'trap "" HUP; echo started; while :; do sleep 1000; done']);
    await program.said('started');
    hangUp(program.id);
    expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test('has ended when it has, though what it left behind holds its output open', async () => {
    const program = await run(['sh', '-c', 'sleep 1000 & echo $!']);
    expect(await program.ended).toMatchObject({ exitCode: 0 });
    process.kill(Number(program.output('stdout')), 'SIGKILL');
  });
});

test('output that nobody takes makes the program wait, and none of it is lost', async () => {
  const whole = 4 * 1024 * 1024;
  const program = await run(['sh', '-c', `head -c ${whole} /dev/zero; echo done >&2`], { takes: false });
  let isOver = false;
  void program.ended.then(() => {
    isOver = true;
  });
  // As many turns as it likes: it cannot go on.
  while (program.output('stdout').length <= 256 * 1024) await new Promise((done) => setImmediate(done));
  const before = program.output('stdout').length;
  expect(before).toBeLessThan(whole / 2);
  expect([isOver, program.output('stderr')]).toEqual([false, '']);

  outputTaken(program.id, whole);

  expect(await program.ended).toMatchObject({ exitCode: 0 });
  expect([program.output('stdout').length, program.output('stderr')]).toEqual([whole, 'done\n']);
});

describe('a program in a terminal', () => {
  const terminal = { type: 'xterm', rows: 33, columns: 111 };

  test('has its size and its type, and hears Ctrl-C', async () => {
    const program = await run(['sh', '-c', 'stty size; echo "$TERM"; exec sleep 1000'], { terminal });
    await program.said('33 111\r\nxterm\r\n');
    await writeToStream(program.id, Buffer.from('\u0003').toString('base64'), false);
    // script(1) adds 128 to the number of the signal.
    expect(await program.ended).toMatchObject({ exitCode: 130 });
  });

  test('is told of a new size', async () => {
    const program = await run(
      ['bash', '-c', "trap 'stty size; exit 5' WINCH; echo started; while :; do sleep 0.05; done"],
      {
        terminal,
      },
    );
    await program.said('started');
    resizeTerminal(program.id, { rows: 20, columns: 70 });
    await program.said('20 70\r\n');
    expect(await program.ended).toMatchObject({ exitCode: 5 });
  });

  test('gets its words as they are', async () => {
    const program = await run(['printf', '%s|', "it's", '$HOME', 'a b', ''], { terminal });
    await program.ended;
    expect(program.output('stdout')).toBe("it's|$HOME|a b||");
  });
});
