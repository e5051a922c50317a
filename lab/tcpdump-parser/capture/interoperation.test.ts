import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildIcmp } from '../build/icmp.ts';
import { isInstalled, outputOf } from '../external-program.ts';
import { PcapEncoder } from './pcap-encoder.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';
import { readCaptureFile } from './read-capture-file.ts';
import { RecordedEvents } from './recorded-events.ts';

const scratch = mkdtempSync(join(tmpdir(), 'interoperation-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const link = { sourceMac: 0x02000000000c, destinationMac: 0x02000000000d };
const frames = [1, 2, 3].map((sequence) =>
  buildIcmp({
    link,
    source: 0xcb00710a,
    destination: 0xcb007150,
    type: 8,
    rest: sequence,
    payload: new Uint8Array(sequence),
  }),
);
const time = (index: number) => ({ seconds: 1_700_000_000 + index, nanoseconds: 123_456_789 + index });

function writePcapng(): string {
  const encoder = new PcapngEncoder();
  const blocks = [
    encoder.sectionHeader({ hardware: 'x86', os: 'Linux', application: 'halab', comment: 'a lab' }),
    encoder.interfaceDescription({
      name: 'outside',
      description: 'clients',
      linkType: 1,
      snapLength: 0,
      nanoseconds: true,
    }),
    encoder.interfaceDescription({ name: 'inside', linkType: 1, snapLength: 0, nanoseconds: true }),
    encoder.nameResolution({
      ipv4: [
        { address: 0xcb00710a, names: ['client'] },
        { address: 0xcb007150, names: ['www', 'vip'] }, // the last is what tshark shows
      ],
      ethernet: [{ address: link.destinationMac, name: 'director' }],
    }),
  ];
  frames.forEach((frame, index) => {
    const comment = index === 1 ? 'the second, größer' : undefined;
    const block = new Uint8Array(encoder.enhancedPacketSize(frame.length, comment));
    encoder.writeEnhancedPacket(block, 0, { interfaceIndex: index % 2, ...time(index), frame, comment });
    blocks.push(block);
  });
  return write('ours.pcapng', ...blocks);
}

function writePcap(resolution: 'microseconds' | 'nanoseconds'): string {
  const encoder = new PcapEncoder(resolution);
  const records = frames.map((frame, index) => {
    const record = new Uint8Array(encoder.recordSize(frame.length));
    encoder.writeRecord(record, 0, { ...time(index), frame });
    return record;
  });
  return write(`${resolution}.pcap`, encoder.fileHeader({ linkType: 1, snapLength: 262144 }), ...records);
}

function write(name: string, ...parts: readonly Uint8Array[]): string {
  const path = join(scratch, name);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

function readBack(path: string): RecordedEvents {
  const events = new RecordedEvents();
  readCaptureFile(path, events);
  expect(events.problems).toEqual([]);
  return events;
}

/** Frames as they were written, in what the format can hold. */
function expected(nanosecondsPerTick: number) {
  return frames.map((frame, index) => ({
    number: index + 1,
    seconds: time(index).seconds,
    nanoseconds: Math.floor(time(index).nanoseconds / nanosecondsPerTick) * nanosecondsPerTick,
    originalLength: frame.length,
    hex: Buffer.from(frame).toString('hex'),
  }));
}

function suite(program: string) {
  const installed = isInstalled(program);
  return {
    run: describe.skipIf(!installed),
    title: installed ? program : `${program} (skipped: not installed)`,
  };
}

const tshark = suite('tshark');
tshark.run(`${tshark.title} reads what is written here`, () => {
  const fields = (path: string, ...names: readonly string[]) =>
    outputOf('tshark', ['-r', path, '-n', '-T', 'fields', ...names.flatMap((name) => ['-e', name])])
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'));

  test('pcapng: times, interfaces, comments and frames', () => {
    expect(
      fields(writePcapng(), 'frame.time_epoch', 'frame.interface_name', 'icmp.seq', 'frame.comment'),
    ).toEqual([
      ['1700000000.123456789', 'outside', '1', ''],
      ['1700000001.123456790', 'inside', '2', 'the second, größer'],
      ['1700000002.123456791', 'outside', '3', ''],
    ]);
  });

  test('pcapng: names', () => {
    const lines = outputOf('tshark', ['-r', writePcapng(), '-N', 'n']);
    expect(lines).toMatch(/client → vip +ICMP/);
  });

  test.for(['microseconds', 'nanoseconds'] as const)('pcap in %s', (resolution) => {
    const [first] = fields(writePcap(resolution), 'frame.time_epoch', 'ip.src', 'ip.dst', 'icmp.seq');
    const fraction = resolution === 'nanoseconds' ? '123456789' : '123456000';
    expect(first).toEqual([`1700000000.${fraction}`, '203.0.113.10', '203.0.113.80', '1']);
  });
});

const tcpdump = suite('tcpdump');
tcpdump.run(`${tcpdump.title} reads what is written here, and its own files are read`, () => {
  test.for(['pcapng', 'microseconds', 'nanoseconds'] as const)('%s', (format) => {
    const path = format === 'pcapng' ? writePcapng() : writePcap(format);
    const lines = outputOf('tcpdump', ['-n', '-tt', '--nano', '-r', path]);
    const fraction = format === 'microseconds' ? '123456000' : '123456789';
    expect(lines.split('\n')[0]).toContain(
      `1700000000.${fraction} IP 203.0.113.10 > 203.0.113.80: ICMP echo request, id 0, seq 1`,
    );

    const rewritten = join(scratch, `tcpdump-${format}.pcap`);
    outputOf('tcpdump', ['--nano', '-r', path, '-w', rewritten]);
    expect(readBack(rewritten).frames).toMatchObject(expected(format === 'microseconds' ? 1000 : 1));
  });
});

const editcap = suite('editcap');
editcap.run(`${editcap.title} rewrites what is written here, and the frames stay the same`, () => {
  test.for([
    ['pcap', 1000],
    ['nsecpcap', 1],
    ['pcapng', 1],
  ] as const)('as %s', ([format, nanosecondsPerTick]) => {
    const rewritten = join(scratch, `editcap.${format}`);
    outputOf('editcap', ['-F', format, writePcapng(), rewritten]);
    const events = readBack(rewritten);
    expect(events.frames).toMatchObject(expected(nanosecondsPerTick));
    if (format !== 'pcapng') return;
    expect(events.frames[1]?.comment).toBe('the second, größer');
    expect(events.interfaces.map(({ name }) => name)).toEqual(['outside', 'inside']);
    expect(events.sections[0]).toMatchObject({ os: 'Linux', comment: 'a lab' });
  });
});
