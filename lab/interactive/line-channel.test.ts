import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LineChannel } from './line-channel.ts';

/** Both ends of a Unix socket. */
async function socketPair(): Promise<readonly [Socket, Socket]> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-channel-'));
  const server = createServer();
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 's');
  await new Promise<void>((done) => server.listen(path, done));
  const accepted = new Promise<Socket>((done) => server.once('connection', done));
  const near = connect(path);
  return [near, await accepted];
}

test('values arrive whole and in order, however the bytes are cut', async () => {
  const [near, far] = await socketPair();
  const seen: unknown[] = [];
  const channel = new LineChannel<unknown, never>(near, (value) => seen.push(value));
  const bytes = Buffer.from('{"a":"é"}\n[1,2]\n"last"\n');

  for (const byte of bytes) far.write(Buffer.of(byte));
  far.end();
  await channel.closed;

  expect(seen).toEqual([{ a: 'é' }, [1, 2], 'last']);
});

test('what is no JSON ends the connection', async () => {
  const [near, far] = await socketPair();
  const seen: unknown[] = [];
  const channel = new LineChannel<unknown, never>(near, (value) => seen.push(value));

  far.write('1\nGET / HTTP/1.1\n2\n');
  await channel.closed;

  expect(seen).toEqual([1]);
});

test('sending waits for a reader that is slow, and not for one that is gone', async () => {
  const [near, far] = await socketPair();
  const channel = new LineChannel<never, string>(near, () => {});
  far.pause();
  const large = 'x'.repeat(8 * 1024 * 1024);
  let isSent = false;
  const sending = channel.send(large).then(() => {
    isSent = true;
  });
  await new Promise((done) => setImmediate(done));
  expect(isSent).toBe(false);

  far.destroy();
  await sending;

  await channel.send('nobody reads this');
});
