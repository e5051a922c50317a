import type { SegmentPort } from './segment-port.ts';

/**
 * What leaves a switch in one turn of the event loop. Neighbouring frames for the same port leave as one slice of
 * the chunk they came in, and each port gets all its slices in one call to the kernel.
 */
export class SegmentEgress {
  readonly #queueBytesMax: number;
  #touched: SegmentPort[] = [];
  #runPort: SegmentPort | undefined;
  #runBytes: Buffer = Buffer.alloc(0);
  #runStart = 0;
  #runEnd = 0;
  #runFrames = 0;

  constructor(queueBytesMax: number) {
    this.#queueBytesMax = queueBytesMax;
  }

  hasRoom(port: SegmentPort, bytes: number): boolean {
    if (!port.isTouched) {
      port.isTouched = true;
      port.waitingBytes = port.end.unsentBytes;
      this.#touched.push(port);
    }
    return port.waitingBytes + bytes <= this.#queueBytesMax;
  }

  /** One frame with its length before it, from `start` up to `end`; `hasRoom` was asked before. */
  extend(port: SegmentPort, bytes: Buffer, start: number, end: number): void {
    port.waitingBytes += end - start;
    if (port === this.#runPort && bytes === this.#runBytes && start === this.#runEnd) {
      this.#runEnd = end;
      this.#runFrames += 1;
      return;
    }
    this.#endRun();
    this.#runPort = port;
    this.#runBytes = bytes;
    this.#runStart = start;
    this.#runEnd = end;
    this.#runFrames = 1;
  }

  /** The same for several ports in turn. */
  push(port: SegmentPort, framed: Buffer): void {
    this.#endRun();
    port.waitingBytes += framed.length;
    port.push(framed, 1);
  }

  endTurn(): void {
    this.#endRun();
    const touched = this.#touched;
    if (touched.length === 0) return;
    this.#touched = [];
    for (const port of touched) port.send();
  }

  #endRun(): void {
    const port = this.#runPort;
    if (port === undefined) return;
    this.#runPort = undefined;
    port.push(this.#runBytes.subarray(this.#runStart, this.#runEnd), this.#runFrames);
  }
}
