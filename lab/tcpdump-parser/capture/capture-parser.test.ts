import { describe, expect, test } from 'vitest';
import { literalFrame } from '../dissect/literal-frames.ts';
import { captureBytesFolder, readFrameFiles } from '../fuzz/frame-file.ts';
import { eventsOf } from './recorded-events.ts';

const files = readFrameFiles(captureBytesFolder);
const request = Buffer.from(literalFrame('arp-request').bytes).toString('hex');
const reply = Buffer.from(literalFrame('arp-reply').bytes).toString('hex');

function bytesOf(name: string): Uint8Array {
  return files.find((file) => file.name === name)!.bytes;
}

/** With some bytes written over. */
function changed(name: string, at: number, ...values: readonly number[]): Uint8Array {
  const bytes = bytesOf(name).slice();
  bytes.set(values, at);
  return bytes;
}

describe('Classic pcap', () => {
  test('in microseconds, little-endian', () => {
    const events = eventsOf(bytesOf('pcap-microseconds'));
    expect(events.problems).toEqual([]);
    expect(events.sections).toMatchObject([{ format: 'pcap', byteOrder: 'little-endian' }]);
    expect(events.interfaces).toMatchObject([
      {
        index: 0,
        linkType: 1,
        snapLength: 262144,
        timeResolution: { base: 10, exponent: 6 },
        name: undefined,
      },
    ]);
    const common = { interfaceIndex: 0, linkType: 1, flags: 0, comment: undefined };
    expect(events.frames).toEqual([
      { number: 1, ...common, seconds: 1_700_000_000, nanoseconds: 1000, originalLength: 42, hex: request },
      {
        number: 2,
        ...common,
        seconds: 1_700_000_001,
        nanoseconds: 999_999_000,
        originalLength: 60,
        hex: reply,
      },
    ]);
  });

  test('in nanoseconds, big-endian', () => {
    const events = eventsOf(bytesOf('pcap-nanoseconds-big-endian'));
    expect(events.problems).toEqual([]);
    expect(events.sections).toMatchObject([{ format: 'pcap', byteOrder: 'big-endian' }]);
    expect(events.frames.map(({ seconds, nanoseconds, hex }) => [seconds, nanoseconds, hex])).toEqual([
      [1_700_000_000, 1, request],
      [1_700_000_001, 999_999_999, reply],
    ]);
  });

  test('a fraction of more than a second is carried over', () => {
    const events = eventsOf(changed('pcap-microseconds', 28, 0x80, 0x84, 0x1e, 0x00)); // 2,000,000 µs
    expect(events.frames[0]).toMatchObject({ seconds: 1_700_000_002, nanoseconds: 0 });
  });

  test('the FCS length above the link type is not part of it', () => {
    const events = eventsOf(changed('pcap-microseconds', 20, 1, 0, 0, 0x54));
    expect(events.frames[0]?.linkType).toBe(1);
  });

  test('a captured length that no frame has ends the file there', () => {
    const events = eventsOf(changed('pcap-microseconds', 32, 0x01, 0x00, 0x04, 0x00)); // 262,145
    expect(events.frames).toEqual([]);
    expect(events.problems).toEqual([
      {
        layer: 'pcap',
        offset: 24,
        needed: 262_145,
        available: 262_144,
        limitedBy: 'frame-bytes-max',
        text: 'pcap at byte 24: record claims 262145 captured bytes, more than the 262144 that any frame has',
      },
    ]);
  });

  test('an older version is refused', () => {
    const events = eventsOf(changed('pcap-microseconds', 6, 3));
    expect(events.problems).toMatchObject([{ layer: 'pcap', offset: 4, limitedBy: 'version' }]);
    expect(events.problems[0]?.text).toBe('pcap at byte 4: version is 2.3, 2.4 is read here');
  });
});

describe('pcapng', () => {
  const events = eventsOf(bytesOf('pcapng'));

  test('is read without a problem, and unknown blocks are stepped over', () => {
    expect(events.problems).toEqual([]);
    expect(events.frames.map((frame) => frame.number)).toEqual([1, 2, 3, 4]);
  });

  test('the section says where it comes from', () => {
    expect(events.sections).toEqual([
      {
        format: 'pcapng',
        byteOrder: 'little-endian',
        hardware: 'x86',
        os: 'Linux',
        application: 'by hand',
        comment: 'first\nsecond',
      },
    ]);
  });

  test('interfaces have names and resolutions', () => {
    expect(events.interfaces).toEqual([
      {
        index: 0,
        linkType: 1,
        snapLength: 262144,
        timeResolution: { base: 10, exponent: 9 },
        name: 'eth0',
        description: 'außen',
        comment: 'outside',
      },
      {
        index: 1,
        linkType: 1,
        snapLength: 0,
        timeResolution: { base: 2, exponent: 20 },
        name: 'eth1',
        description: undefined,
        comment: undefined,
      },
    ]);
  });

  test('names are told by kind of address', () => {
    expect(events.nameRecords).toEqual([
      {
        ipv4: [{ address: 0xcb007150, names: ['vip', 'www.vip'] }],
        ipv6: [{ address: '2001:db8::80', names: ['v6'] }],
        ethernet: [{ address: 0x02000000000d, names: ['director'] }],
      },
    ]);
  });

  test('an enhanced packet has its time, its flags and its comment', () => {
    expect(events.frames[0]).toEqual({
      number: 1,
      interfaceIndex: 0,
      linkType: 1,
      seconds: 1_700_000_000,
      nanoseconds: 123_456_789,
      originalLength: 42,
      flags: 1,
      comment: 'gruß',
      hex: request,
    });
  });

  test('a resolution in powers of two and an offset in seconds give the same kind of time', () => {
    expect(events.frames[1]).toMatchObject({
      interfaceIndex: 1,
      seconds: 1_700_000_000,
      nanoseconds: 500_000_000,
    });
    expect(events.frames[1]).toMatchObject({ flags: 0, comment: undefined, hex: reply });
  });

  test('a simple packet has no time', () => {
    expect(events.frames[2]).toMatchObject({ interfaceIndex: 0, seconds: 0, nanoseconds: 0, hex: request });
  });

  test('an obsolete packet block is read as well', () => {
    expect(events.frames[3]).toMatchObject({
      seconds: 1_700_000_001,
      flags: 2,
      originalLength: 1514,
      hex: reply,
    });
  });

  test('statistics are told', () => {
    expect(events.counters).toEqual([
      { interfaceIndex: 0, received: 5, droppedByInterface: 1, droppedBySystem: 2 ** 33 },
    ]);
  });

  test('each section has its own byte order and its own interfaces, counted on through the file', () => {
    const sections = eventsOf(bytesOf('pcapng-big-endian-sections'));
    expect(sections.problems).toEqual([]);
    expect(sections.sections.map((section) => section.byteOrder)).toEqual(['big-endian', 'little-endian']);
    const told = sections.frames.map((frame) => [
      frame.interfaceIndex,
      frame.linkType,
      frame.seconds,
      frame.nanoseconds,
    ]);
    expect(told).toEqual([
      [0, 1, 1_700_000_000, 1000],
      [1, 1, 1_700_000_002, 0],
      [2, 101, 1_700_000_003, 0],
    ]);
  });
});

describe('What cannot be read is told as a value', () => {
  const kuznetzov = Uint8Array.of(0x34, 0xcd, 0xb2, 0xa1, 2, 0, 4, 0);

  test.for([
    ['an empty file', new Uint8Array(0), 'file', 'the file is empty: neither pcap nor pcapng'],
    ['three bytes', Uint8Array.of(0xd4, 0xc3, 0xb2), 'file', 'the file has 3 bytes: neither pcap nor pcapng'],
    ['text', Buffer.from('hello'), 'magic', 'the file begins with 68656c6c: neither pcap nor pcapng'],
    [
      'a compressed capture',
      Uint8Array.of(0x1f, 0x8b, 8, 0),
      'magic',
      'the file begins with 1f8b0800: a compressed file; decompress it first',
    ],
    [
      "Kuznetzov's pcap",
      kuznetzov,
      'magic',
      `the file begins with 34cdb2a1: Kuznetzov's modified pcap, whose record header has more fields; convert it with "editcap -F pcap"`,
    ],
  ] as const)('%s', ([, bytes, limitedBy, text]) => {
    const { problems, frames } = eventsOf(bytes);
    expect(frames).toEqual([]);
    expect(problems).toMatchObject([{ layer: 'pcap', offset: 0, limitedBy, text }]);
  });

  test.for(files)('$name cut at every length keeps the frames before the cut', ({ bytes }) => {
    const whole = eventsOf(bytes);
    for (let length = 0; length < bytes.length; length++) {
      const { frames, problems } = eventsOf(bytes.subarray(0, length));
      expect(frames, `${length} bytes`).toEqual(whole.frames.slice(0, frames.length));
      expect(problems.length, `${length} bytes`).toBeLessThanOrEqual(1);
      if (problems.length === 0) continue; // cut between two records
      const [problem] = problems;
      expect(problem, `${length} bytes`).toMatchObject({ limitedBy: 'file' });
      expect(problem!.offset + problem!.available).toBe(length);
      expect(problem!.available).toBeLessThan(problem!.needed);
    }
  });

  test('a truncated last frame is named', () => {
    const bytes = bytesOf('pcap-microseconds');
    const { frames, problems } = eventsOf(bytes.subarray(0, bytes.length - 1));
    expect(frames).toHaveLength(1);
    expect(problems).toEqual([
      {
        layer: 'pcap',
        offset: 82,
        needed: 76,
        available: 75,
        limitedBy: 'file',
        text: 'pcap at byte 82: the file ends inside frame 2: its record',
      },
    ]);
  });
});

describe('A broken pcapng block', () => {
  /** Where the first block of that type begins. */
  const at = (type: number) => {
    const bytes = bytesOf('pcapng');
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    let offset = 0;
    while (view.getUint32(offset, true) !== type) offset += view.getUint32(offset + 4, true);
    return offset;
  };
  const packet = at(6);
  const names = at(4);
  const numbers = (bytes: Uint8Array) => eventsOf(bytes).frames.map((frame) => [frame.number, frame.hex]);

  test('with an impossible captured length is left out, and the next is frame 1', () => {
    const bytes = changed('pcapng', packet + 20, 255);
    const { problems } = eventsOf(bytes);
    expect(problems).toMatchObject([
      { layer: 'pcapng', offset: packet, needed: 255, available: 68, limitedBy: 'block-length' },
    ]);
    expect(numbers(bytes)).toEqual([
      [1, reply],
      [2, request],
      [3, reply],
    ]);
  });

  test('with an unknown interface is left out', () => {
    const { problems, frames } = eventsOf(changed('pcapng', packet + 8, 2));
    expect(problems).toMatchObject([
      { offset: packet, needed: 3, available: 2, limitedBy: 'interface-count' },
    ]);
    expect(frames).toHaveLength(3);
  });

  test('with a bad option keeps its frame', () => {
    const options = packet + 28 + 44;
    const { problems, frames } = eventsOf(changed('pcapng', options + 2, 99));
    expect(problems).toMatchObject([
      { offset: options + 4, needed: 99, available: 20, limitedBy: 'option-length' },
    ]);
    expect(frames).toHaveLength(4);
    expect(frames[0]).toMatchObject({ hex: request, comment: undefined, flags: 0 });
  });

  test.for([
    [13, 'length that is no multiple of 4'],
    [8, 'length below the smallest block'],
    [0, 'length of 0'],
  ] as const)('with a length of %d ends the reading: %s', ([length]) => {
    const { problems, frames } = eventsOf(changed('pcapng', packet + 4, length));
    expect(frames).toEqual([]);
    expect(problems).toMatchObject([
      { offset: packet, needed: 12, available: length, limitedBy: 'block-length' },
    ]);
  });

  test('whose two lengths differ ends the reading', () => {
    const bytes = bytesOf('pcapng');
    const total = bytes[packet + 4]!;
    const { problems, frames } = eventsOf(changed('pcapng', packet + total - 4, total + 4));
    expect(frames).toEqual([]);
    expect(problems).toMatchObject([
      { offset: packet, needed: total, available: total + 4, limitedBy: 'trailing-block-length' },
    ]);
  });

  test('that is stepped over is checked by its two lengths as well', () => {
    const bytes = bytesOf('pcapng');
    const custom = at(0xbad);
    const total = bytes[custom + 4]!;
    const { problems, frames } = eventsOf(changed('pcapng', custom + total - 4, 0));
    expect(frames).toHaveLength(2);
    expect(problems).toMatchObject([{ offset: custom, needed: total, limitedBy: 'trailing-block-length' }]);
  });

  test('of names keeps the names that are sound', () => {
    const tooShort = eventsOf(changed('pcapng', names + 8 + 2, 3));
    expect(tooShort.problems).toMatchObject([
      { offset: names + 20, limitedBy: 'name-record-length' }, // what follows is taken for a record
      { offset: names + 12, needed: 4, available: 3, limitedBy: 'name-record-length' },
    ]);
    const tooLong = eventsOf(changed('pcapng', names + 8 + 2, 0xff, 0xff));
    expect(tooLong.problems).toMatchObject([{ needed: 0xffff, limitedBy: 'name-record-length' }]);
    expect(tooLong.frames).toHaveLength(4);
  });

  test('a section of another version, or without its byte order, ends the reading', () => {
    expect(eventsOf(changed('pcapng', 12, 2)).problems).toMatchObject([{ offset: 12, limitedBy: 'version' }]);
    expect(eventsOf(changed('pcapng', 8, 0)).problems).toMatchObject([
      { offset: 8, limitedBy: 'byte-order-magic' },
    ]);
  });

  /** A block of zeroes, four bytes longer than the longest that is held. */
  const huge = (type: number) => {
    const bytes = new Uint8Array(16 * 1024 * 1024 + 4);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, type, true);
    view.setUint32(4, bytes.length, true);
    view.setUint32(bytes.length - 4, bytes.length, true);
    return bytes;
  };
  const limit = 16 * 1024 * 1024;

  test('too long to hold is stepped over', () => {
    const bytes = bytesOf('pcapng');
    const { problems, frames } = eventsOf(bytes, huge(6), bytes);
    const problem = {
      offset: bytes.length,
      needed: limit + 4,
      available: limit,
      limitedBy: 'block-bytes-max',
    };
    expect(problems).toMatchObject([problem]);
    expect(frames).toHaveLength(8);
  });

  test('of an unknown type may be as long as it likes', () => {
    const { problems, frames } = eventsOf(bytesOf('pcapng'), huge(0x77), bytesOf('pcapng'));
    expect(problems).toEqual([]);
    expect(frames).toHaveLength(8);
  });

  test('too long to hold that describes an interface ends the reading', () => {
    const { problems, frames } = eventsOf(bytesOf('pcapng'), huge(1), bytesOf('pcapng'));
    expect(problems).toMatchObject([{ limitedBy: 'block-bytes-max' }]);
    expect(frames).toHaveLength(4);
  });

  test('that is too short to describe an interface ends the reading', () => {
    const short = Uint8Array.of(1, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0);
    const { problems, frames } = eventsOf(bytesOf('pcapng'), short, bytesOf('pcapng'));
    expect(problems).toMatchObject([{ needed: 20, available: 16, limitedBy: 'block-length' }]);
    expect(frames).toHaveLength(4);
  });
});

describe('However a file is cut', () => {
  test.for(files)('$name gives the same, byte by byte and cut in two anywhere', ({ bytes }) => {
    const whole = eventsOf(bytes);
    expect(eventsOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    for (let at = 0; at <= bytes.length; at++) {
      expect(eventsOf(bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).toEqual(whole);
    }
  });
});
