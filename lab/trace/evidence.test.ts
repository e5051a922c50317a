import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildArp, type CapturedFrame, PcapngEncoder, readCaptureFile } from 'tcpdump-parser';
import { expect, test } from 'vitest';
import type { TraceEvent } from './event.ts';
import { type EvidenceWindow, eventsFor, type TraceHeader, writeEvidence } from './evidence.ts';

const encoder = new PcapngEncoder();

function frame(index: number): Uint8Array {
  const bytes = buildArp({ operation: 1, senderMac: index, senderIp: index, targetIp: 1 });
  const block = new Uint8Array(encoder.enhancedPacketSize(bytes.length));
  encoder.writeEnhancedPacket(block, 0, {
    interfaceIndex: 0,
    seconds: 1000,
    nanoseconds: index,
    frame: bytes,
  });
  return block;
}

const position = (atNs: number, frames: number, fileBytes: number) => ({
  atNs,
  wires: { lan: { frames, fileBytes, isComplete: true, lostFromRecord: 0 } },
});

const header: TraceHeader = {
  kind: 'header',
  halab: '0.1.0',
  topology: 't',
  subject: 's',
  seed: 1,
  originEpochNs: '1000000000000',
  beginsAtStart: false,
  isComplete: true,
};

test('a slice has the header of the record and the frames of its window, counted anew', () => {
  const directory = mkdtempSync(join(tmpdir(), 'halab-evidence-'));
  try {
    const record = join(directory, 'record');
    mkdirSync(join(record, 'nodes', 'web1'), { recursive: true });
    writeFileSync(join(record, 'nodes', 'web1', 'console.log'), 'booted\n');
    writeFileSync(
      join(record, 'stalls.jsonl'),
      '{"beginNs":5,"lengthNs":3}\n{"beginNs":900,"lengthNs":30}\n',
    );
    const head = Buffer.concat([
      encoder.sectionHeader({ application: 'test' }),
      encoder.interfaceDescription({ name: 'lan', linkType: 1, snapLength: 0, nanoseconds: true }),
    ]);
    const frames = [1, 2, 3, 4].map(frame);
    writeFileSync(join(record, 'lan.pcapng'), Buffer.concat([head, ...frames]));
    const size = frames[0]?.length ?? 0;
    const window = {
      from: position(100, 1, head.length + size),
      to: position(500, 3, head.length + 3 * size),
    };
    const target = join(directory, 'out');

    writeEvidence({ recordDirectory: record, target, window, events: [], header });

    const seen: [number, number][] = [];
    readCaptureFile(join(target, 'lan.pcapng'), {
      frame: ({ number, nanoseconds }: CapturedFrame) => seen.push([number, nanoseconds]),
      problem: ({ text }) => {
        throw new Error(text);
      },
    });
    expect(seen).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(readFileSync(join(target, 'web1.console.log'), 'utf8')).toBe('booted\n');
    // Neither stall is of this window.
    expect(readFileSync(join(target, 'trace.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('of the time before a window, settings and the last table of each node are kept', () => {
  const mark = (at: number): TraceEvent => ({ kind: 'mark', at, text: `${at}` });
  const table = (at: number, node: string): TraceEvent => ({
    kind: 'observation',
    at,
    until: at + 1,
    node,
    what: 'ip_vs',
    text: `${at}`,
  });
  const setting: TraceEvent = {
    kind: 'setting',
    at: 5,
    until: 6,
    node: 'web1',
    setting: { what: 'sysctl', name: 'net.ipv4.conf.all.arp_ignore', value: '1' },
  };
  const all = [
    mark(1),
    table(2, 'd1'),
    setting,
    table(10, 'd1'),
    table(11, 'd2'),
    mark(20),
    mark(150),
    mark(600),
  ];
  const window: EvidenceWindow = { from: position(100, 0, 0), to: position(500, 0, 0) };
  expect(eventsFor(window, all, false).map(({ at }) => at)).toEqual([5, 10, 11, 150]);
  expect(eventsFor(window, all, true).map(({ at }) => at)).toEqual([1, 2, 5, 10, 11, 20, 150]);
});
