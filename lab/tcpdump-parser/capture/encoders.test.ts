import { describe, expect, test } from 'vitest';
import { literalFrame } from '../dissect/literal-frames.ts';
import { captureBytesFolder, readFrameFiles } from '../fuzz/frame-file.ts';
import { PcapEncoder } from './pcap-encoder.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';
import { eventsOf } from './recorded-events.ts';

const frame = literalFrame('arp-request').bytes;
const hex = Buffer.from(frame).toString('hex');
const encoder = new PcapngEncoder();
const section = encoder.sectionHeader();
const ethernet = encoder.interfaceDescription({ linkType: 1, snapLength: 0, nanoseconds: true });

function packet(options: Partial<Parameters<PcapngEncoder['writeEnhancedPacket']>[2]> = {}): Uint8Array {
  const full = { interfaceIndex: 0, seconds: 0, nanoseconds: 0, frame, ...options };
  const target = new Uint8Array(encoder.enhancedPacketSize(full.frame.length, full.comment)).fill(0xee);
  expect(encoder.writeEnhancedPacket(target, 0, full)).toBe(target.length);
  return target;
}

describe('PcapEncoder', () => {
  test.for(['microseconds', 'nanoseconds'] as const)('writes in %s what is read back', (resolution) => {
    const pcap = new PcapEncoder(resolution);
    const record = new Uint8Array(pcap.recordSize(frame.length));
    const values = { seconds: 4_294_967_295, nanoseconds: 999_999_999, frame, originalLength: 1514 };
    expect(pcap.writeRecord(record, 0, values)).toBe(record.length);

    const { frames, problems } = eventsOf(pcap.fileHeader({ linkType: 276, snapLength: 42 }), record);

    expect(problems).toEqual([]);
    const nanoseconds = resolution === 'nanoseconds' ? 999_999_999 : 999_999_000;
    expect(frames).toMatchObject([
      { linkType: 276, seconds: 4_294_967_295, nanoseconds, originalLength: 1514, hex },
    ]);
  });

  test('writes the literal file, byte for byte', () => {
    const pcap = new PcapEncoder('microseconds');
    const frames = [frame, literalFrame('arp-reply').bytes];
    const bytes = new Uint8Array(24 + frames.reduce((sum, { length }) => sum + pcap.recordSize(length), 0));
    bytes.set(pcap.fileHeader({ linkType: 1, snapLength: 262144 }));
    const times = [1000, 999_999_000];
    frames.reduce((at, content, index) => {
      const time = { seconds: 1_700_000_000 + index, nanoseconds: times[index]! };
      return at + pcap.writeRecord(bytes, at, { ...time, frame: content });
    }, 24);
    const file = readFrameFiles(captureBytesFolder).find(({ name }) => name === 'pcap-microseconds');
    expect(bytes).toEqual(file!.bytes);
  });

  test('refuses a target that is too small', () => {
    const pcap = new PcapEncoder('nanoseconds');
    const target = new Uint8Array(pcap.recordSize(frame.length));
    expect(() => pcap.writeRecord(target, 1, { seconds: 0, nanoseconds: 0, frame })).toThrow(RangeError);
    expect(target.every((byte) => byte === 0)).toBe(true);
  });
});

describe('PcapngEncoder', () => {
  test('writes sections, interfaces and names that are read back', () => {
    const about = { hardware: 'QEMU', os: 'Linux 6.1', application: 'halab', comment: 'größer ≥ 1' };
    const inside = {
      name: 'inside',
      description: 'real servers',
      comment: 'ß',
      linkType: 1,
      snapLength: 2000,
    };
    const ipv4 = [{ address: 0xcb007150, names: ['vip', 'www'] }];
    const { sections, interfaces, nameRecords, problems } = eventsOf(
      encoder.sectionHeader(about),
      encoder.interfaceDescription({ ...inside, nanoseconds: true }),
      encoder.nameResolution({ ipv4, ethernet: [{ address: 0x02000000000d, name: 'director' }] }),
      encoder.nameResolution({}),
    );
    expect(problems).toEqual([]);
    expect(sections).toEqual([{ format: 'pcapng', byteOrder: 'little-endian', ...about }]);
    expect(interfaces).toEqual([{ index: 0, ...inside, timeResolution: { base: 10, exponent: 9 } }]);
    expect(nameRecords).toEqual([
      { ipv4, ipv6: [], ethernet: [{ address: 0x02000000000d, names: ['director'] }] },
      { ipv4: [], ipv6: [], ethernet: [] },
    ]);
  });

  test.for([
    [0, 0],
    [0, 999_999_999],
    [4, 294_967_295],
    [4, 294_967_296], // 2^32 ticks
    [1_700_000_000, 123_456_789],
    [4_294_967_295, 999_999_999],
    [17_179_869_183, 999_999_999], // 2^34 - 1
  ] as const)('writes the time %d s %d ns exactly', ([seconds, nanoseconds]) => {
    const { frames } = eventsOf(section, ethernet, packet({ seconds, nanoseconds }));
    expect(frames).toMatchObject([{ seconds, nanoseconds, hex }]);
  });

  test.for([0, 1, 2, 3, 4, 5, 1514])('writes a frame of %d bytes, padded with zeroes', (length) => {
    const content = new Uint8Array(length).fill(0xab);
    const block = packet({ frame: content, originalLength: 9000 });
    expect(block.length % 4).toBe(0);
    expect(block.subarray(28 + length, -4).every((byte) => byte === 0)).toBe(true);
    const { frames, problems } = eventsOf(section, ethernet, block);
    expect(problems).toEqual([]);
    expect(frames).toMatchObject([{ hex: 'ab'.repeat(length), originalLength: 9000, comment: undefined }]);
  });

  test.for(['', 'a', 'ab', 'abc', 'abcd', 'gruß', '😀', 'two\nlines'])('writes the comment %j', (comment) => {
    const { frames, problems } = eventsOf(section, ethernet, packet({ comment }));
    expect(problems).toEqual([]);
    expect(frames).toMatchObject([{ comment, hex }]);
  });

  test('cuts a comment that is too long for an option at a character', () => {
    const comment = `x${'ß'.repeat(40_000)}`; // the limit of 65,535 bytes falls between two
    const long = '😀'.repeat(20_000); // and here inside one
    const { frames, problems } = eventsOf(section, ethernet, packet({ comment }), packet({ comment: long }));
    expect(problems).toEqual([]);
    expect(frames[0]?.comment).toBe(`x${'ß'.repeat(32_767)}`);
    expect(frames[1]?.comment).toBe('😀'.repeat(16_383));
  });

  test('writes only into its own part of the target', () => {
    const size = encoder.enhancedPacketSize(frame.length, 'note');
    const target = new Uint8Array(size + 16).fill(0xee);
    encoder.writeEnhancedPacket(target, 8, {
      interfaceIndex: 0,
      seconds: 1,
      nanoseconds: 2,
      frame,
      comment: 'note',
    });
    expect([...target.subarray(0, 8), ...target.subarray(size + 8)]).toEqual(Array(16).fill(0xee));
  });

  test('refuses a target that is too small', () => {
    const target = new Uint8Array(encoder.enhancedPacketSize(frame.length) - 1);
    const write = () =>
      encoder.writeEnhancedPacket(target, 0, { interfaceIndex: 0, seconds: 0, nanoseconds: 0, frame });
    expect(write).toThrow(RangeError);
    expect(target.every((byte) => byte === 0)).toBe(true);
  });
});
