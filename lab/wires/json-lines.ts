import { AppendFile, type WriteLater } from './append-file.ts';

/** Lines that may wait for the disk. One frame's fate is about 150 bytes. */
const pendingBytesMax = 16 * 1024 * 1024;

/** A file with one JSON value a line, written without waiting for the disk. */
export class JsonLines<Line> {
  readonly #file: AppendFile;
  #lines: string[] = [];
  #lineBytes = 0;
  #lost = 0;

  constructor(path: string, writeLater?: WriteLater) {
    this.#file = new AppendFile(path, writeLater);
  }

  /** Lines that are missing because the disk did not keep up or refused. */
  get lost(): number {
    return this.#lost;
  }

  write(line: Line): void {
    if (this.#file.error !== undefined || this.#file.pendingBytes + this.#lineBytes > pendingBytesMax) {
      this.#lost += 1;
      return;
    }
    const text = `${JSON.stringify(line)}\n`;
    this.#lines.push(text);
    this.#lineBytes += text.length;
  }

  handOver(): void {
    if (this.#lines.length === 0) return;
    this.#file.append(Buffer.from(this.#lines.join('')));
    this.#lines = [];
    this.#lineBytes = 0;
  }

  flushed(): Promise<void> {
    this.handOver();
    return this.#file.flushed();
  }

  closeNow(): void {
    this.handOver();
    this.#file.closeNow();
  }
}
