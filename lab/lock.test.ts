import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { acquireLock } from './lock.ts';

const name = (what: string) => `/nowhere/${process.pid}/${what}`;

test('a second holder waits for the first and is told who it is', async () => {
  const first = await acquireLock(name('two'));
  const told = Promise.withResolvers<string>();
  let got = false;
  const second = acquireLock(name('two'), { onWait: told.resolve }).then((lock) => {
    got = true;
    return lock;
  });
  expect(await told.promise).toBe(String(process.pid));
  expect(got).toBe(false);
  await first.release();
  await (await second).release();
});

test('locks of other names do not wait for each other', async () => {
  const first = await acquireLock(name('one'));
  await (await acquireLock(name('another'))).release();
  await first.release();
});

test('a lock ends with the process that holds it, however it ends', async () => {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)});
    await acquireLock(${JSON.stringify(name('killed'))});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const waiting = acquireLock(name('killed'));
  holder.kill('SIGKILL');
  await (await waiting).release();
});
