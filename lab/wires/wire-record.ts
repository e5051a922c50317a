import type { AppendFile } from './append-file.ts';
import type { BlockPool } from './block-pool.ts';
import type { LabClock } from './clock.ts';
import type { WirePosition } from './protocol.ts';
import type { RecordFormat } from './record-format.ts';

/** Takes the very bytes that go to the file, for those who watch live. */
export interface RecordAudience {
  readonly hasReaders: boolean;
  publish(blocks: Uint8Array, frames: number): void;
}

const nobody: RecordAudience = { hasReaders: false, publish: () => {} };

/**
 * The record of one wire: every frame once, numbered from 1 as Wireshark numbers them. Frames are gathered in
 * blocks of memory; the disk gets a block when it is full or `handOver` says so. When the disk falls behind by more
 * than the limit, frames are left out, and the next one recorded says how many.
 */
export class WireRecord {
  readonly #file: AppendFile;
  readonly #format: RecordFormat;
  readonly #clock: LabClock;
  readonly #pool: BlockPool;
  readonly #queueBytesMax: number;
  #audience = nobody;
  #block: Buffer | undefined;
  #filled = 0;
  #publishedUpTo = 0;
  #publishedFrames = 0;
  #frames = 0;
  #lost = 0;
  #lostUntold = 0;

  constructor(
    file: AppendFile,
    format: RecordFormat,
    clock: LabClock,
    pool: BlockPool,
    queueBytesMax: number,
  ) {
    this.#file = file;
    this.#format = format;
    this.#clock = clock;
    this.#pool = pool;
    this.#queueBytesMax = queueBytesMax;
    file.append(format.header());
  }

  get frames(): number {
    return this.#frames;
  }

  get error(): string | undefined {
    return this.#file.error;
  }

  get position(): WirePosition {
    return {
      frames: this.#frames,
      fileBytes: this.#file.writtenBytes,
      isComplete: this.#lost === 0,
      lostFromRecord: this.#lost,
    };
  }

  set audience(audience: RecordAudience) {
    this.#audience = audience;
  }

  /** `atNs` must rise from call to call. The answer is the frame's number; null when the record lost it. */
  write(atNs: number, frame: Uint8Array, comment?: string): number | null {
    const waiting = this.#file.pendingBytes + this.#filled;
    if (waiting + frame.length > this.#queueBytesMax || this.#file.error !== undefined) {
      this.#lost += 1;
      this.#lostUntold += 1;
      return null;
    }
    const said = this.#lostUntold === 0 ? comment : this.#withLossTold(comment);
    const block = this.#roomFor(this.#format.frameSize(frame.length, said));
    const seconds = this.#clock.wallSeconds(atNs);
    const nanoseconds = this.#clock.wallNanoseconds(atNs);
    this.#filled += this.#format.writeFrame(block, this.#filled, seconds, nanoseconds, frame, said);
    this.#frames += 1;
    return this.#frames;
  }

  /** Lets the audience have what was written since the last call: once for each chunk that came in. */
  settle(): void {
    const block = this.#block;
    if (block !== undefined && this.#audience.hasReaders && this.#filled > this.#publishedUpTo) {
      const fresh = Buffer.from(block.subarray(this.#publishedUpTo, this.#filled));
      this.#audience.publish(fresh, this.#frames - this.#publishedFrames);
    }
    this.#publishedUpTo = this.#filled;
    this.#publishedFrames = this.#frames;
  }

  /** What a new reader gets before the frames that follow. */
  beginForReader(): Uint8Array {
    this.settle();
    return this.#format.header(this.#frames + 1);
  }

  /** Gives the file what is in memory. */
  handOver(): void {
    this.settle();
    const block = this.#block;
    if (block === undefined || this.#filled === 0) return;
    this.#block = undefined;
    this.#file.append(block.subarray(0, this.#filled), () => this.#pool.giveBack(block));
    this.#filled = 0;
    this.#publishedUpTo = 0;
  }

  flushed(): Promise<void> {
    this.handOver();
    return this.#file.flushed();
  }

  closeNow(): void {
    this.handOver();
    this.#file.closeNow();
  }

  #roomFor(bytes: number): Buffer {
    if (this.#block !== undefined && this.#filled + bytes > this.#block.length) this.handOver();
    this.#block ??= this.#pool.take(bytes);
    return this.#block;
  }

  #withLossTold(comment: string | undefined): string {
    const frames = this.#lostUntold === 1 ? '1 frame' : `${this.#lostUntold} frames`;
    this.#lostUntold = 0;
    const loss = `${frames} before this one missing from the record: the disk did not keep up`;
    return comment === undefined ? loss : `${loss}; ${comment}`;
  }
}
