import { PcapngEncoder } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import { WholeBlocks } from './whole-blocks.ts';

const encoder = new PcapngEncoder();
const header = Buffer.concat([
  encoder.sectionHeader({ application: 'halab' }),
  encoder.interfaceDescription({ linkType: 1, snapLength: 0, nanoseconds: true }),
]);

function packet(frame: Uint8Array): Buffer {
  const options = { interfaceIndex: 0, seconds: 1, nanoseconds: 2, frame };
  const target = Buffer.alloc(encoder.enhancedPacketSize(frame.length, undefined));
  encoder.writeEnhancedPacket(target, 0, options);
  return target;
}

const packets = [Buffer.alloc(60, 1), Buffer.alloc(61, 2), Buffer.alloc(62, 3)].map(packet);
const capture = Buffer.concat([header, ...packets]);

test('what is given at any moment ends with a whole block, and nothing is lost', () => {
  const ends = [
    header.length,
    ...packets.map((_, index) => header.length + Buffer.concat(packets.slice(0, index + 1)).length),
  ];
  const blocks = new WholeBlocks();
  const given: Buffer[] = [];
  for (const byte of capture) {
    given.push(blocks.push(Buffer.of(byte)));
    const length = Buffer.concat(given).length;
    expect([0, encoder.sectionHeader({ application: 'halab' }).length, ...ends]).toContain(length);
  }
  expect(Buffer.concat(given).equals(capture)).toBe(true);
  expect(blocks.frames).toBe(3);
});

test('after the last frame that is wanted nothing more is given', () => {
  const blocks = new WholeBlocks(2);
  const given = blocks.push(capture);
  expect(given.equals(capture.subarray(0, capture.length - (packets[2]?.length ?? 0)))).toBe(true);
  expect([blocks.isFull, blocks.frames]).toEqual([true, 2]);
  expect(blocks.push(packets[0] ?? Buffer.of()).length).toBe(0);
});

test('a section in the other byte order is cut as well', () => {
  // A section header of 28 bytes, section length not given, then a name resolution block of 12: big-endian.
  const bytes = Buffer.from(
    '0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c 00000004 0000000c 0000000c'.replaceAll(
      ' ',
      '',
    ),
    'hex',
  );
  expect(new WholeBlocks().push(bytes.subarray(0, 39)).length).toBe(28);
  expect(new WholeBlocks().push(bytes).length).toBe(40);
});
