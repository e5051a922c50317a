import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureParser } from 'tcpdump-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendFile, type WriteLater } from './append-file.ts';
import { BlockPool } from './block-pool.ts';
import { LabClock } from './clock.ts';
import { firstFrameOf, RecordFormat } from './record-format.ts';
import { WireRecord } from './wire-record.ts';

const originEpochNs = 1_700_000_000_000_000_000n;
const clock = new LabClock(0n, originEpochNs);
const format = new RecordFormat({
  wire: 'inside',
  description: 'Ethernet segment',
  linkType: 1,
  comment: 'a lab',
  names: {
    ipv4: [{ address: '192.0.2.11', name: 'web1' }],
    mac: [{ address: '02:00:00:00:00:11', name: 'web1' }],
  },
});

let directory = '';
let path = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'halab-record-'));
  path = join(directory, 'inside.pcapng');
});

afterEach(() => rmSync(directory, { recursive: true }));

interface Read {
  readonly about: string[];
  readonly frames: {
    readonly number: number;
    readonly at: string;
    readonly bytes: string;
    readonly comment: string | undefined;
  }[];
}

function read(bytes: Uint8Array): Read {
  const about: string[] = [];
  const frames: Read['frames'] = [];
  const parser = new CaptureParser({
    section: ({ application, comment }) => about.push(`${application}: ${comment}`),
    interface: ({ name, description, linkType }) => about.push(`${name}: ${description}, ${linkType}`),
    names: ({ ipv4, ethernet }) => about.push(JSON.stringify({ ipv4, ethernet })),
    frame: ({ number, seconds, nanoseconds, buffer, offset, capturedLength, comment }) =>
      frames.push({
        number,
        at: `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
        bytes: Buffer.from(buffer.subarray(offset, offset + capturedLength)).toString('hex'),
        comment,
      }),
    problem: ({ text }) => expect.fail(text),
  });
  parser.push(bytes);
  parser.end();
  return { about, frames };
}

function frameOf(byte: number, length = 60): Buffer {
  return Buffer.alloc(length, byte);
}

describe('WireRecord', () => {
  test('tells what it is before the first frame', async () => {
    const record = new WireRecord(new AppendFile(path), format, clock, new BlockPool(), 1e6);

    await record.flushed();

    expect(read(readFileSync(path))).toEqual({
      about: [
        'halab: a lab',
        'inside: Ethernet segment, 1',
        '{"ipv4":[{"address":3221225995,"names":["web1"]}],"ethernet":[{"address":2199023255569,"names":["web1"]}]}',
      ],
      frames: [],
    });
    record.closeNow();
  });

  test('keeps frames, nanoseconds and comments, numbered from 1', async () => {
    const record = new WireRecord(new AppendFile(path), format, clock, new BlockPool(), 1e6);

    const numbers = [
      record.write(1, frameOf(1, 61)),
      record.write(2, frameOf(2), 'lost towards web1: cut f3'),
      record.write(1_000_000_000, frameOf(3, 14)),
    ];
    await record.flushed();

    expect(numbers).toEqual([1, 2, 3]);
    expect(read(readFileSync(path)).frames).toEqual([
      { number: 1, at: '1700000000.000000001', bytes: '01'.repeat(61), comment: undefined },
      { number: 2, at: '1700000000.000000002', bytes: '02'.repeat(60), comment: 'lost towards web1: cut f3' },
      { number: 3, at: '1700000001.000000000', bytes: '03'.repeat(14), comment: undefined },
    ]);
    expect(record.position).toEqual({
      frames: 3,
      fileBytes: readFileSync(path).length,
      isComplete: true,
      lostFromRecord: 0,
    });
    record.closeNow();
  });

  test('holds frames of all sizes over many blocks', async () => {
    const record = new WireRecord(new AppendFile(path), format, clock, new BlockPool(), 1e8);
    const lengths = Array.from({ length: 2000 }, (_, index) => 14 + ((index * 977) % 9000));
    lengths.push(69_632);
    lengths.forEach((length, index) => {
      record.write(index, frameOf(index & 0xff, length));
    });

    await record.flushed();

    const { frames } = read(readFileSync(path));
    expect(frames.map(({ bytes }) => bytes.length / 2)).toEqual(lengths);
    record.closeNow();
  });

  test('leaves frames out when the disk falls behind, and says how many in the next one', async () => {
    const calls: Parameters<WriteLater>[] = [];
    const file = new AppendFile(path, (...call) => calls.push(call));
    const record = new WireRecord(file, format, clock, new BlockPool(), 1000);
    const numbers = Array.from({ length: 20 }, (_, index) => record.write(index, frameOf(index)));
    const lost = numbers.filter((number) => number === null).length;

    record.handOver();
    while (calls.length > 0) {
      const [fd, chunks, position, done] = calls.shift()!;
      const bytes = Buffer.concat(chunks);
      writeSync(fd, bytes, 0, bytes.length, position);
      done(null, bytes.length);
    }
    const next = record.write(100, frameOf(100), 'delayed 20 ms');
    record.closeNow();

    expect(lost).toBe(11);
    expect(numbers.slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null]);
    expect(next).toBe(10);
    expect(record.position).toMatchObject({ frames: 10, isComplete: false, lostFromRecord: 11 });
    expect(read(readFileSync(path)).frames.at(-1)?.comment).toBe(
      '11 frames before this one missing from the record: the disk did not keep up; delayed 20 ms',
    );
  });

  test('gives its audience the bytes of the file, each once', async () => {
    const record = new WireRecord(new AppendFile(path), format, clock, new BlockPool(), 1e8);
    const published: Uint8Array[] = [];
    const counts: number[] = [];
    record.write(0, frameOf(0));
    const begin = record.beginForReader();
    record.audience = {
      hasReaders: true,
      publish: (blocks, frames) => {
        published.push(blocks);
        counts.push(frames);
      },
    };

    for (let index = 1; index <= 5000; index++) {
      record.write(index, frameOf(index & 0xff, 300));
      if (index % 7 === 0) record.settle();
    }
    await record.flushed();

    const live = read(Buffer.concat([begin, ...published]));
    const file = read(readFileSync(path));
    expect(live.frames.map(({ bytes, at }) => [bytes, at])).toEqual(
      file.frames.slice(1).map(({ bytes, at }) => [bytes, at]),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
    expect(live.about[0]).toBe('halab: a lab\nfirst frame: 2');
    expect([firstFrameOf('a lab\nfirst frame: 2'), firstFrameOf('a lab'), firstFrameOf(undefined)]).toEqual([
      2, 1, 1,
    ]);
    record.closeNow();
  });
});
