import { closeSync, openSync, readSync } from 'node:fs';
import {
  CapturedFrame,
  CaptureParser,
  type CaptureProblem,
  type InterfaceInfo,
  type InterfaceStatistics,
  readCaptureFile,
  type SectionInfo,
} from 'tcpdump-parser';

export interface CaptureFile {
  readonly path: string;
  /** The segment that it was taken on, where the user says so. */
  readonly segment?: string;
}

export interface CaptureListener {
  section?(file: CaptureFile, info: SectionInfo): void;
  interface?(file: CaptureFile, info: InterfaceInfo): void;
  /** Counters of whoever made the capture, often at its end. */
  statistics?(file: CaptureFile, statistics: InterfaceStatistics): void;
  frame(frame: CapturedFrame, file: CaptureFile): void;
  problem(file: CaptureFile, problem: CaptureProblem): void;
}

/**
 * Frames of one or several captures in order of their time stamps, as they stand. Memory does not grow with
 * the captures: one file is read through, of several a chunk each is held.
 */
export function readCaptures(files: readonly CaptureFile[], listener: CaptureListener): void {
  const [only] = files;
  if (files.length === 1 && only !== undefined) {
    readCaptureFile(
      only.path,
      handlerFor(only, listener, (frame) => listener.frame(frame, only)),
    );
    return;
  }
  const readers = files.map((file) => new ChunkedReader(file, listener));
  try {
    for (;;) {
      let first: ChunkedReader | undefined;
      for (const reader of readers) {
        const frame = reader.peek();
        if (frame !== undefined && (first === undefined || isBefore(frame, first.peek()))) first = reader;
      }
      const frame = first?.take();
      if (first === undefined || frame === undefined) return;
      listener.frame(frame, first.file);
    }
  } finally {
    for (const reader of readers) reader.close();
  }
}

/**
 * The first frames of each capture, as many as a chunk of the file holds, whatever their order. For whoever must
 * know something of the nodes before the frames are read in order.
 */
export function readBeginnings(files: readonly CaptureFile[], listener: CaptureListener): void {
  for (const file of files) {
    const fd = openSync(file.path, 'r');
    try {
      const chunk = new Uint8Array(beginningBytes);
      const length = readSync(fd, chunk);
      const parser = new CaptureParser(handlerFor(file, listener, (frame) => listener.frame(frame, file)));
      parser.push(chunk.subarray(0, length));
    } finally {
      closeSync(fd);
    }
  }
}

/** Some 8,000 frames of 130 bytes. */
const beginningBytes = 1024 * 1024;

function isBefore(one: CapturedFrame, other: CapturedFrame | undefined): boolean {
  if (other === undefined) return true;
  return (
    one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds < other.nanoseconds)
  );
}

const chunkBytes = 256 * 1024;

/** A capture read a chunk at a time, so that several can be merged. */
class ChunkedReader {
  readonly file: CaptureFile;
  readonly #fd: number;
  readonly #parser: CaptureParser;
  #frames: CapturedFrame[] = [];
  #next = 0;
  #hasEnded = false;

  constructor(file: CaptureFile, listener: CaptureListener) {
    this.file = file;
    this.#fd = openSync(file.path, 'r');
    this.#parser = new CaptureParser(handlerFor(file, listener, (frame) => this.#frames.push(copyOf(frame))));
  }

  peek(): CapturedFrame | undefined {
    while (this.#next === this.#frames.length && !this.#hasEnded) this.#readChunk();
    return this.#frames[this.#next];
  }

  take(): CapturedFrame | undefined {
    const frame = this.peek();
    this.#next += 1;
    return frame;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #readChunk(): void {
    this.#frames = [];
    this.#next = 0;
    const chunk = new Uint8Array(chunkBytes);
    const length = readSync(this.#fd, chunk);
    if (length > 0) this.#parser.push(chunk.subarray(0, length));
    else {
      this.#parser.end();
      this.#hasEnded = true;
    }
  }
}

/** The parser's own frame is only valid during its callback. */
function copyOf(frame: CapturedFrame): CapturedFrame {
  const { buffer, offset, capturedLength } = frame;
  return Object.assign(new CapturedFrame(), frame, {
    buffer: buffer.slice(offset, offset + capturedLength),
    offset: 0,
  });
}

function handlerFor(file: CaptureFile, listener: CaptureListener, onFrame: (frame: CapturedFrame) => void) {
  return {
    section: (info: SectionInfo) => listener.section?.(file, info),
    interface: (info: InterfaceInfo) => listener.interface?.(file, info),
    statistics: (statistics: InterfaceStatistics) => listener.statistics?.(file, statistics),
    frame: onFrame,
    problem: (problem: CaptureProblem) => listener.problem(file, problem),
  };
}
