import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendFile, type WriteLater } from './append-file.ts';

let directory = '';
let path = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'halab-append-'));
  path = join(directory, 'file');
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A disk that does what it is told, when it is told. */
function slowDisk() {
  const calls: Parameters<WriteLater>[] = [];
  const write: WriteLater = (...call) => calls.push(call);
  /** Lets the oldest write put down this many bytes of it. */
  const proceed = (bytesMax = Number.POSITIVE_INFINITY) => {
    const [fd, chunks, position, done] = calls.shift()!;
    const bytes = Buffer.concat(chunks).subarray(0, bytesMax);
    writeSync(fd, bytes, 0, bytes.length, position);
    done(null, bytes.length);
  };
  const refuse = (message: string) => calls.shift()![3](new Error(message), 0);
  return { calls, write, proceed, refuse };
}

describe('AppendFile', () => {
  test('appends in order and tells when it is in the file', async () => {
    const file = new AppendFile(path);
    const released: string[] = [];
    for (const text of ['one ', 'two ', 'three']) file.append(Buffer.from(text), () => released.push(text));

    await file.flushed();

    expect(readFileSync(path, 'utf8')).toBe('one two three');
    expect(released).toEqual(['one ', 'two ', 'three']);
    expect([file.writtenBytes, file.pendingBytes]).toEqual([13, 0]);
    file.closeNow();
  });

  test('never writes over a file that exists', () => {
    new AppendFile(path).closeNow();

    expect(() => new AppendFile(path)).toThrow('EEXIST');
  });

  test('has one write under way and counts what waits', () => {
    const disk = slowDisk();
    const file = new AppendFile(path, disk.write);
    for (const text of ['one ', 'two ', 'three']) file.append(Buffer.from(text));

    expect(disk.calls).toHaveLength(1);
    expect([file.writtenBytes, file.pendingBytes]).toEqual([0, 13]);
    disk.proceed();
    expect([file.writtenBytes, file.pendingBytes]).toEqual([4, 9]);
    disk.proceed();
    expect(readFileSync(path, 'utf8')).toBe('one two three');
  });

  test('goes on where a write stopped half-way', () => {
    const disk = slowDisk();
    const file = new AppendFile(path, disk.write);
    file.append(Buffer.from('a'));
    for (const text of ['bcd', 'efg', 'hij']) file.append(Buffer.from(text));
    disk.proceed();

    for (const bytes of [4, 1, 9]) disk.proceed(bytes);

    expect(readFileSync(path, 'utf8')).toBe('abcdefghij');
    expect([file.writtenBytes, file.pendingBytes]).toEqual([10, 0]);
  });

  test('cuts back to the last whole chunk when the disk refuses, says why, and drops the rest', async () => {
    const disk = slowDisk();
    const file = new AppendFile(path, disk.write);
    file.append(Buffer.from('whole'));
    disk.proceed();
    const released: string[] = [];
    file.append(Buffer.from('half'), () => released.push('half'));
    disk.proceed(2);

    disk.refuse('no space left on device');
    file.append(Buffer.from('late'), () => released.push('late'));
    await file.flushed();

    expect(file.error).toBe('no space left on device');
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(released).toEqual(['half', 'late']);
    expect([file.writtenBytes, file.pendingBytes]).toEqual([5, 0]);
  });

  test('is whole after closeNow although a write is under way', () => {
    const disk = slowDisk();
    const file = new AppendFile(path, disk.write);
    for (const text of ['one ', 'two ', 'three']) file.append(Buffer.from(text));

    file.closeNow();

    expect(readFileSync(path, 'utf8')).toBe('one two three');
  });
});
