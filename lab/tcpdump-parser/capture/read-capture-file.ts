import { closeSync, openSync, readSync } from 'node:fs';
import type { CaptureHandler } from './capture-handler.ts';
import { CaptureParser } from './capture-parser.ts';

/** 256 KiB to 4 MiB take the same time on a 130 MB file in the page cache; less costs system calls. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a pcap or pcapng file from beginning to end. What is wrong with its bytes goes to `handler.problem`; a file
 * that cannot be opened or read throws Node's own error.
 */
export function readCaptureFile(path: string, handler: CaptureHandler): void {
  const file = openSync(path, 'r');
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const parser = new CaptureParser(handler);
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) break;
      parser.push(length === chunk.length ? chunk : chunk.subarray(0, length));
    }
    parser.end();
  } finally {
    closeSync(file);
  }
}
