import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapEncoder } from './pcap-encoder.ts';
import { readCaptureFile } from './read-capture-file.ts';
import { RecordedEvents } from './recorded-events.ts';

const scratch = mkdtempSync(join(tmpdir(), 'capture-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function readBack(bytes: Uint8Array): RecordedEvents {
  const path = join(scratch, 'file.pcap');
  writeFileSync(path, bytes);
  const events = new RecordedEvents();
  readCaptureFile(path, events);
  return events;
}

describe('Reading a capture file', () => {
  test('frames that lie across two reads come whole', () => {
    const encoder = new PcapEncoder('nanoseconds');
    const count = 3000; // of 1,001 bytes: 3 MB, three reads
    const size = encoder.recordSize(1001);
    const bytes = new Uint8Array(24 + count * size);
    bytes.set(encoder.fileHeader({ linkType: 1, snapLength: 0 }));
    for (let index = 0; index < count; index++) {
      const frame = new Uint8Array(1001).fill(index % 251);
      encoder.writeRecord(bytes, 24 + index * size, { seconds: index, nanoseconds: index, frame });
    }

    const { frames, problems } = readBack(bytes);

    expect(problems).toEqual([]);
    expect(frames).toHaveLength(count);
    const wrong = frames.find(({ number, seconds, hex }) => {
      const expected = ((number - 1) % 251).toString(16).padStart(2, '0').repeat(1001);
      return seconds !== number - 1 || hex !== expected;
    });
    expect(wrong).toBeUndefined();
  });

  test('memory stays at one piece, however long the file is', () => {
    const encoder = new PcapEncoder('microseconds');
    const buffers = new Set<ArrayBufferLike>();
    const frame = new Uint8Array(1500);
    const size = encoder.recordSize(frame.length);
    const bytes = new Uint8Array(24 + 8000 * size);
    bytes.set(encoder.fileHeader({ linkType: 1, snapLength: 0 }));
    for (let at = 24; at < bytes.length; at += size)
      encoder.writeRecord(bytes, at, { seconds: 0, nanoseconds: 0, frame });
    const path = join(scratch, 'long.pcap');
    writeFileSync(path, bytes);

    readCaptureFile(path, {
      frame: ({ buffer }) => void buffers.add(buffer.buffer),
      problem: ({ text }) => expect.unreachable(text),
    });

    expect(buffers.size).toBeLessThanOrEqual(2); // the piece that is read into, and one for frames across its end
  });

  test('an empty file is told, not thrown', () => {
    const { problems } = readBack(new Uint8Array(0));
    expect(problems).toMatchObject([
      { limitedBy: 'file', text: 'the file is empty: neither pcap nor pcapng' },
    ]);
  });

  test('a file that is not there throws the error of the system', () => {
    const missing = () => readCaptureFile(join(scratch, 'missing.pcap'), new RecordedEvents());
    expect(missing).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('what the handler throws passes through, and the file is closed', () => {
    const path = join(scratch, 'throws.pcap');
    writeFileSync(path, 'not a capture');
    const handler = { frame: () => {}, problem: () => expect.unreachable('from the handler') };
    for (let round = 0; round < 50; round++)
      expect(() => readCaptureFile(path, handler)).toThrow('from the handler');
  });
});
