import { closeSync, ftruncateSync, openSync, writeSync, writev } from 'node:fs';

/** Chunks handed to the disk in one call; IOV_MAX of Linux is 1024. */
const chunksPerWrite = 64;

/** Writes `chunks` at `position` some time later; the shape of fs.writev, so that a test can stand in. */
export type WriteLater = (
  fd: number,
  chunks: readonly Uint8Array[],
  position: number,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly release: (() => void) | undefined;
}

/**
 * A file that grows at its end without the event loop ever waiting for the disk. One write is under way at a
 * time. When the disk refuses, the file is cut back to the last chunk that reached it whole, `error` says why,
 * and everything appended from then on is dropped.
 */
export class AppendFile {
  readonly path: string;
  readonly #fd: number;
  readonly #writeLater: WriteLater;
  readonly #waiting: Waiting[] = [];
  #underWay = 0;
  #writtenBytes = 0;
  #pendingBytes = 0;
  #error: string | undefined;
  #flushes: (() => void)[] = [];
  #isClosed = false;

  /** Refuses a path that exists: a record is never written over. */
  constructor(path: string, writeLater: WriteLater = (fd, chunks, at, done) => writev(fd, chunks, at, done)) {
    this.path = path;
    this.#writeLater = writeLater;
    this.#fd = openSync(path, 'wx', 0o644);
  }

  /** Bytes that others can read in the file. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes appended and not yet in the file. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** The bytes must stay as they are until `release` is called. */
  append(bytes: Uint8Array, release?: () => void): void {
    if (this.#error !== undefined || this.#isClosed || bytes.length === 0) {
      release?.();
      return;
    }
    this.#waiting.push({ bytes, release });
    this.#pendingBytes += bytes.length;
    if (this.#underWay === 0) this.#write();
  }

  /** Resolves when what was appended so far is in the file, or never will be. */
  flushed(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((done) => this.#flushes.push(done));
  }

  /** For the end of the process: waits for the disk, then closes. */
  closeNow(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      // A write that is under way is repeated: the same bytes at the same place.
      for (const { bytes } of this.#waiting) {
        for (let at = 0; at < bytes.length; ) {
          at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#writtenBytes + at);
        }
        this.#writtenBytes += bytes.length;
      }
      this.#pendingBytes = 0;
      if (this.#underWay === 0) closeSync(this.#fd);
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
  }

  #write(): void {
    const batch = this.#waiting.slice(0, chunksPerWrite);
    this.#underWay = batch.length;
    this.#writeBatch(
      batch.map(({ bytes }) => bytes),
      this.#writtenBytes,
    );
  }

  #writeBatch(chunks: readonly Uint8Array[], position: number): void {
    this.#writeLater(this.#fd, chunks, position, (error, written) => {
      if (this.#isClosed) return;
      if (error !== null) {
        this.#fail(error);
        return;
      }
      const rest = after(chunks, written);
      if (rest.length > 0) {
        this.#writeBatch(rest, position + written);
        return;
      }
      this.#batchWritten();
    });
  }

  #batchWritten(): void {
    for (const { bytes, release } of this.#waiting.splice(0, this.#underWay)) {
      this.#writtenBytes += bytes.length;
      this.#pendingBytes -= bytes.length;
      release?.();
    }
    this.#underWay = 0;
    if (this.#waiting.length > 0) this.#write();
    else this.#settleFlushes();
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#error = error.message;
    try {
      ftruncateSync(this.#fd, this.#writtenBytes);
    } catch {
      // The reader finds a cut block at the end; `error` tells why.
    }
    for (const { release } of this.#waiting.splice(0)) release?.();
    this.#underWay = 0;
    this.#pendingBytes = 0;
    this.#settleFlushes();
  }

  #settleFlushes(): void {
    const flushes = this.#flushes;
    this.#flushes = [];
    for (const done of flushes) done();
  }
}

/** What is left of the chunks behind their first `count` bytes. */
function after(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let index = 0;
  let left = count;
  while (index < chunks.length && left >= chunks[index]!.length) {
    left -= chunks[index]!.length;
    index += 1;
  }
  const rest = chunks.slice(index);
  if (left > 0 && rest[0] !== undefined) rest[0] = rest[0].subarray(left);
  return rest;
}
