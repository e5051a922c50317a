import { describe, expect, test } from 'vitest';
import { LinePacing } from './line-pacing.ts';

describe('LinePacing', () => {
  test('takes ten bits a byte', () => {
    const lots = new LinePacing(19_200).lots(new Uint8Array(192), 0);

    expect(lots.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(192);
    expect(lots.at(-1)?.dueNs).toBeCloseTo(100_000_000, -1);
    expect(lots[0]?.bytes.length).toBe(7);
    expect(lots[0]?.dueNs).toBeCloseTo(3_645_833, -1);
  });

  test('lets fast lines have lots of 4 ms', () => {
    expect(new LinePacing(115_200).lots(new Uint8Array(100), 0)[0]?.bytes.length).toBe(46);
  });

  test('begins a piece when the one before it is through, or at once on an idle line', () => {
    const pacing = new LinePacing(10_000);

    pacing.lots(new Uint8Array(5), 0);

    expect(pacing.lots(new Uint8Array(1), 1_000_000)[0]?.dueNs).toBe(6_000_000);
    expect(pacing.lots(new Uint8Array(1), 50_000_000)[0]?.dueNs).toBe(51_000_000);
  });
});
