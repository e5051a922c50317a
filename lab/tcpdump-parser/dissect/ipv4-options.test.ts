import { describe, expect, test } from 'vitest';
import { kinds, layerOf, layersOf, layersSnappedTo, layersWith, range, stopOf } from './literal-frames.ts';

const FIRST_LENGTH = 35;

describe('IPv4 options', () => {
  test('a recorded route and an unknown option are taken apart', () => {
    expect(layerOf(layersOf('ipv4-record-route'), 'ipv4').options).toEqual([
      { kind: 'record-route', pointer: 8, addresses: ['203.0.113.1', '0.0.0.0'] },
      { kind: 'unknown', type: 0x5e, data: 'abcd' },
    ]);
  });

  test('a router alert is taken apart', () => {
    expect(layerOf(layersOf('ipv4-options'), 'ipv4').options).toEqual([{ kind: 'router-alert', value: 0 }]);
  });

  test.for([131, 137] as const)('option %d is a source route', (type) => {
    const [option] = layerOf(layersWith('ipv4-record-route', 34, type), 'ipv4').options;
    expect(option).toMatchObject({
      kind: type === 131 ? 'loose-source-route' : 'strict-source-route',
      pointer: 8,
    });
  });

  test('cut anywhere the header is malformed', () => {
    for (const length of range(34, 50)) {
      expect(stopOf(layersSnappedTo('ipv4-record-route', length))).toEqual({
        layer: 'ipv4',
        offset: 14,
        needed: 36,
        available: length - 14,
        limitedBy: 'snap-length',
      });
    }
  });

  test.for([
    [0, { needed: 2, available: 0 }],
    [1, { needed: 2, available: 1 }],
    [17, { needed: 17, available: 16 }],
    [255, { needed: 255, available: 16 }],
  ] as const)(
    'an option length of %d is malformed, and what follows the header is kept',
    ([value, numbers]) => {
      const layers = layersWith('ipv4-record-route', FIRST_LENGTH, value);
      expect(kinds(layers)).toEqual(['ethernet', 'ipv4', 'icmp', 'malformed']);
      expect(stopOf(layers)).toEqual({
        layer: 'ipv4',
        offset: 34,
        ...numbers,
        limitedBy: 'ipv4-option-length',
      });
      expect(layerOf(layers, 'ipv4').options).toEqual([]);
    },
  );

  test('an option length of 16 takes all there is', () => {
    const layers = layersWith('ipv4-record-route', FIRST_LENGTH, 16);
    expect(stopOf(layers)).toBeUndefined();
    expect(layerOf(layers, 'ipv4').options).toHaveLength(1);
  });
});
