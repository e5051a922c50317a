import { describe, expect, test } from 'vitest';
import { kinds, layerOf, layersOf, layersWith, stopOf } from './literal-frames.ts';
import { dissectTcpOptions } from './tcp-options.ts';

const FIRST_LENGTH = 55;

describe('TCP options', () => {
  test("a client's usual ones are taken apart", () => {
    expect(layerOf(layersOf('tcp-syn'), 'tcp').options).toEqual([
      { kind: 'mss', value: 1460 },
      { kind: 'sack-permitted' },
      { kind: 'timestamps', value: 0x92fe594d, echo: 0 },
      { kind: 'window-scale', shift: 7 },
    ]);
  });

  test('selective acknowledgements are taken apart', () => {
    expect(layerOf(layersOf('tcp-sack'), 'tcp').options).toEqual([
      {
        kind: 'sack',
        blocks: [
          { left: 1000, right: 1500 },
          { left: 2000, right: 3000 },
        ],
      },
    ]);
  });

  test('an unknown kind, and a known one of the wrong length, are kept as they are', () => {
    expect(layerOf(layersOf('tcp-unknown-option'), 'tcp').options).toEqual([
      { kind: 'unknown', type: 253, data: 'abcd' },
      { kind: 'unknown', type: 2, data: '05' },
    ]);
  });

  test.for([
    ['03 02', 'window-scale'],
    ['04 03 00', 'sack-permitted'],
    ['05 02', 'sack'],
    ['05 09 00 00 00 00 00 00 00', 'sack'],
    ['08 09 00 00 00 00 00 00 00', 'timestamps'],
  ] as const)('%s is too odd to be a %s option', ([hex]) => {
    const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const { options, error } = dissectTcpOptions(bytes, 0, bytes.length);
    expect(error).toBeUndefined();
    expect(options).toEqual([{ kind: 'unknown', type: bytes[0], data: hex.replaceAll(' ', '').slice(4) }]);
  });

  test('nothing is read behind the end of the list', () => {
    const { options, error } = dissectTcpOptions(Uint8Array.from([1, 1, 0, 2, 4]), 0, 5);
    expect([options, error]).toEqual([[], undefined]);
  });

  test.for([
    [0, { needed: 2, available: 0 }],
    [1, { needed: 2, available: 1 }],
    [21, { needed: 21, available: 20 }],
    [255, { needed: 255, available: 20 }],
  ] as const)('a length of %d is malformed', ([value, numbers]) => {
    const layers = layersWith('tcp-syn', FIRST_LENGTH, value);
    expect(stopOf(layers)).toEqual({ layer: 'tcp', offset: 54, ...numbers, limitedBy: 'tcp-option-length' });
    expect(layerOf(layers, 'tcp').options).toEqual([]);
  });

  test('a length of 20 takes all there is', () => {
    const layers = layersWith('tcp-syn', FIRST_LENGTH, 20);
    expect(stopOf(layers)).toBeUndefined();
    expect(layerOf(layers, 'tcp').options).toHaveLength(1);
  });

  test('a kind without a length byte is malformed', () => {
    const { options, error } = dissectTcpOptions(Uint8Array.from([1, 2]), 0, 2);
    expect(options).toEqual([]);
    expect(error).toMatchObject({ offset: 1, needed: 2, available: 1, limitedBy: 'tcp-option-length' });
  });

  test('options before the bad one, and the payload behind the header, are kept', () => {
    const layers = layersOf('tcp-option-length-zero');
    expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'tcp', 'payload', 'malformed']);
    expect(layerOf(layers, 'tcp').options).toEqual([{ kind: 'mss', value: 1460 }]);
    expect(layerOf(layers, 'payload').length).toBe(3);
  });
});
