import { describe, expect, test } from 'vitest';
import { kinds, layerOf, layersOf, layersSnappedTo, layersWith, range, stopOf } from './literal-frames.ts';
import { summarizeTcp } from './tcp.ts';

const OFFSET_AND_FLAGS = 46;

describe('TCP', () => {
  test('is taken apart', () => {
    const [, , tcp, payload] = layersOf('tcp-data');
    expect(tcp).toEqual({
      layer: 'tcp',
      offset: 34,
      length: 32,
      sourcePort: 40001,
      destinationPort: 80,
      sequence: 2,
      acknowledgement: 0xfffffff1,
      flags: 0x018,
      window: 502,
      checksum: 0x2031,
      urgentPointer: 0,
      options: [{ kind: 'timestamps', value: 0x92fe5950, echo: 0x74ab0001 }],
    });
    expect(payload).toEqual({ layer: 'payload', offset: 66, length: 18, wireLength: 18 });
  });

  test('padding of a short frame is no payload', () => {
    expect(kinds(layersOf('tcp-syn-bare'))).toEqual(['ethernet', 'ipv4', 'tcp']);
    expect(layerOf(layersOf('tcp-fin-odd'), 'payload')).toMatchObject({ length: 1, wireLength: 1 });
  });

  test('a capture that was cut knows how long the payload was', () => {
    expect(layerOf(layersOf('tcp-snapped'), 'payload')).toMatchObject({ length: 14, wireLength: 1460 });
  });

  test('cut anywhere it is malformed', () => {
    for (const length of range(34, 74)) {
      const layers = layersSnappedTo('tcp-syn', length);
      const needed = length < 54 ? 20 : 40;
      expect(stopOf(layers)).toEqual({
        layer: 'tcp',
        offset: 34,
        needed,
        available: length - 34,
        limitedBy: 'snap-length',
      });
      expect(kinds(layers).includes('tcp')).toBe(length >= 54); // the fixed part is kept
    }
  });

  test('every data offset is judged by the 50 bytes that are there', () => {
    for (const words of range(0, 16)) {
      const layers = layersWith('tcp-data', OFFSET_AND_FLAGS, words << 4);
      const length = words * 4;
      const tcp = { layer: 'tcp', offset: 34 };
      expect(layerOf(layers, 'tcp').length).toBe(length);
      if (words < 5)
        expect(stopOf(layers)).toEqual({
          ...tcp,
          needed: 20,
          available: length,
          limitedBy: 'tcp-data-offset',
        });
      else if (length > 50) {
        expect(stopOf(layers)).toEqual({
          ...tcp,
          needed: length,
          available: 50,
          limitedBy: 'ipv4-total-length',
        });
      } else expect(layerOf(layers, 'payload')).toMatchObject({ offset: 34 + length, length: 50 - length });
    }
  });

  test.for([
    [0x000, 'none'],
    [0x002, 'SYN'],
    [0x012, 'SYN,ACK'],
    [0x011, 'FIN,ACK'],
    [0x014, 'RST,ACK'],
    [0x0ff, 'SYN,FIN,RST,PSH,ACK,URG,ECE,CWR'],
  ] as const)('flags %d are summarised as %s', ([flags, names]) => {
    const tcp = layerOf(
      layersWith('tcp-syn-bare', OFFSET_AND_FLAGS, 0x50 | (flags >>> 8), flags & 0xff),
      'tcp',
    );
    const acknowledgement = flags & 0x10 ? ' ack 0' : '';
    expect(summarizeTcp(tcp, 0)).toBe(`TCP ${names} seq 1${acknowledgement} win 64240`);
  });

  test('a payload is counted in the summary', () => {
    expect(summarizeTcp(layerOf(layersOf('tcp-syn'), 'tcp'), 7)).toBe('TCP SYN seq 1 win 64240 length 7');
  });
});
