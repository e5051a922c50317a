import { buildArp, buildTcp, parseIpv4, parseMac, TCP_SYN } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { rtacSerialPiece } from '../wires/rtac-serial.ts';
import type { WireInfo } from './control-protocol.ts';
import { frameLine, withNames } from './frame-line.ts';

const segment: WireInfo = {
  tapPath: '/nowhere',
  kind: 'segment',
  originEpochNs: '0',
  ends: [],
  names: {
    '203.0.113.10': 'client',
    '203.0.113.80': 'vip-web',
    '02:00:00:00:00:10': 'client',
    '02:00:00:00:00:02': 'director',
  },
};
const client = parseMac('02:00:00:00:00:10')!;
const director = parseMac('02:00:00:00:00:02')!;

const syn = buildTcp({
  link: { sourceMac: client, destinationMac: director },
  source: parseIpv4('203.0.113.10')!,
  destination: parseIpv4('203.0.113.80')!,
  sourcePort: 40_000,
  destinationPort: 80,
  flags: TCP_SYN,
});
const frame = { wire: 'lan', number: 7, atNs: 12_310_482_500, bytes: syn, comment: undefined };

describe('a line about a frame', () => {
  test('has its number, its time, its hop and its packet, by names', () => {
    expect(frameLine(frame, segment, { numeric: false })).toMatchInlineSnapshot(
      `"     7   +12.310483  client > director  client:40000 > vip-web:80 TCP SYN seq 0 win 64240"`,
    );
  });

  test('has addresses when these are asked for', () => {
    expect(frameLine(frame, segment, { numeric: true })).toMatchInlineSnapshot(
      `"     7   +12.310483  203.0.113.10:40000 > 203.0.113.80:80 TCP SYN seq 0 win 64240"`,
    );
  });

  test('tells what befell the frame', () => {
    const comment = 'lost to web1: cut by f1\nlost to web2: cut by f1';
    expect(frameLine({ ...frame, comment }, segment, { numeric: true })).toMatch(
      / {2}\[lost to web1: cut by f1; lost to web2: cut by f1\]$/,
    );
  });

  test('calls the broadcast address all', () => {
    const bytes = buildArp({
      link: { sourceMac: client, destinationMac: 0xffffffffffff },
      operation: 1,
      senderMac: client,
      senderIp: parseIpv4('203.0.113.10')!,
      targetIp: parseIpv4('203.0.113.99')!,
    });
    expect(frameLine({ ...frame, bytes }, segment, { numeric: false })).toMatchInlineSnapshot(
      `"     7   +12.310483  client > all  who-has 203.0.113.99 tell client"`,
    );
  });

  test('of a serial line shows the way and the bytes', () => {
    const line: WireInfo = { ...segment, kind: 'line', ends: ['primary', 'secondary'] };
    const piece = (from: 0 | 1, text: string) => ({
      ...frame,
      bytes: rtacSerialPiece(from, 0, 0, Buffer.from(text, 'latin1')),
    });
    expect(frameLine(piece(0, '>>>\nt=status\n'), line, { numeric: false })).toMatchInlineSnapshot(
      `"     7   +12.310483  primary > secondary  13 bytes ">>>\\nt=status\\n""`,
    );
    expect(frameLine(piece(1, 'x'.repeat(61)), line, { numeric: false })).toMatch(
      /secondary > primary {2}61 bytes "x{60}"…$/,
    );
  });
});

test('an address that is part of a longer one keeps its number', () => {
  expect(withNames('203.0.113.80:80 203.0.113.800 1203.0.113.80 203.0.113.80.5', segment.names)).toBe(
    'vip-web:80 203.0.113.800 1203.0.113.80 203.0.113.80.5',
  );
});
