import { describe, expect, test } from 'vitest';
import { type ByteImpairment, byteImpairment, byteSeveredBy, judgeBytes } from './byte-impairment.ts';
import type { Effect, Impairment } from './spec.ts';

const ms = 1e6;
const all = { from: undefined, towards: undefined };

function impairment(effect: Effect, rest: Partial<Impairment> = {}, seed = 7): ByteImpairment {
  return byteImpairment({ fault: 'f1', wire: 'ring', effect, ...rest }, all, seed);
}

function textOf(runs: ReturnType<typeof judgeBytes>['runs']): string[] {
  return runs.map(({ bytes }) => Buffer.from(bytes).toString());
}

test('passes a piece as it is when nothing is impaired', () => {
  const { runs, fates } = judgeBytes([], 5, 0, Buffer.from('hello'));

  expect(runs).toMatchObject([{ from: 0, dueNs: 5, corruptedBy: [] }]);
  expect(textOf(runs)).toEqual(['hello']);
  expect(fates).toEqual([]);
});

describe('drop', () => {
  test('takes out exactly the bytes named, across pieces', () => {
    const drop = impairment({ kind: 'drop' }, { occurrences: { from: 4, count: 3 } });

    const first = judgeBytes([drop], 0, 0, Buffer.from('hello'));
    const second = judgeBytes([drop], 0, 0, Buffer.from('world'));

    expect([textOf(first.runs), textOf(second.runs)]).toEqual([['hel'], ['orld']]);
    expect(first.fates).toEqual([{ from: 3, count: 2, fate: 'lost', reason: 'drop', fault: 'f1' }]);
    expect(second.fates).toEqual([{ from: 0, count: 1, fate: 'lost', reason: 'drop', fault: 'f1' }]);
    expect([drop.matched, drop.affected]).toEqual([10, 3]);
  });

  test('in the middle leaves two runs', () => {
    const { runs } = judgeBytes(
      [impairment({ kind: 'drop' }, { occurrences: { nth: 3 } })],
      0,
      0,
      Buffer.from('hello'),
    );

    expect(runs.map(({ from }) => from)).toEqual([0, 3]);
    expect(textOf(runs)).toEqual(['he', 'lo']);
  });
});

describe('cut and block', () => {
  test('a cut stops both directions, a block one', () => {
    const from0 = { from: new Set([0]), towards: new Set([1]) };
    const cut = byteImpairment({ fault: 'f1', wire: 'ring', effect: { kind: 'cut' } }, from0);
    const block = byteImpairment({ fault: 'f1', wire: 'ring', effect: { kind: 'block' } }, from0);
    const passes = (one: ByteImpairment, from: 0 | 1) =>
      judgeBytes([one], 0, from, Buffer.from('x')).runs.length === 1;

    expect([passes(cut, 0), passes(cut, 1), passes(block, 0), passes(block, 1)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(byteSeveredBy([block], 0)).toBe(block);
    expect(byteSeveredBy([block], 1)).toBeUndefined();
  });
});

describe('delay', () => {
  test('adds to every byte and never lets a later byte go first', () => {
    const delay = impairment({ kind: 'delay', delayMs: 20 }, { occurrences: { from: 1, count: 2 } });

    const { runs, fates } = judgeBytes([delay], 0, 0, Buffer.from('abcd'));

    expect(runs.map(({ dueNs }) => dueNs)).toEqual([20 * ms]);
    expect(textOf(runs)).toEqual(['abcd']);
    expect(fates).toEqual([{ from: 0, count: 4, fate: 'delayed', delayNs: 20 * ms, fault: 'f1' }]);
  });

  test('keeps the directions apart', () => {
    const delay = impairment({ kind: 'delay', delayMs: 20 }, { occurrences: { nth: 1 } });
    judgeBytes([delay], 0, 0, Buffer.from('a'));

    expect(judgeBytes([delay], 1, 1, Buffer.from('b')).runs[0]?.dueNs).toBe(1);
  });

  test('with jitter keeps the order over thousands of bytes', () => {
    const jitter = impairment({ kind: 'degrade', delayMs: 1, jitterMs: 5 });

    const { runs } = judgeBytes([jitter], 0, 0, Buffer.alloc(5000));

    const dues = runs.map(({ dueNs }) => dueNs);
    expect(dues).toEqual(dues.toSorted((left, right) => left - right));
    expect(dues[0]).toBeGreaterThanOrEqual(1 * ms);
    expect(dues.at(-1)).toBeLessThan(6 * ms);
  });
});

describe('corruption', () => {
  test('flips one bit of each byte named and says whose fault it was', () => {
    const corrupt = impairment({ kind: 'corrupt' }, { occurrences: { from: 2, count: 2 } });

    const { runs, fates } = judgeBytes([corrupt], 0, 0, Buffer.alloc(5));

    expect(runs).toHaveLength(1);
    expect(Array.from(runs[0]!.bytes, (byte) => byte.toString(2).replaceAll('0', '').length)).toEqual([
      0, 1, 1, 0, 0,
    ]);
    expect(runs[0]?.corruptedBy).toEqual(['f1']);
    expect(fates).toEqual([{ from: 1, count: 2, fate: 'corrupted', fault: 'f1' }]);
  });
});

describe('percentages', () => {
  test('of 0 and 100 are exact, and others are exact for a seed', () => {
    const lost = (lossPercent: number, seed: number) => {
      const { runs } = judgeBytes(
        [impairment({ kind: 'degrade', lossPercent }, {}, seed)],
        0,
        0,
        Buffer.alloc(10_000),
      );
      return 10_000 - runs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    };

    expect([lost(0, 1), lost(100, 1)]).toEqual([0, 10_000]);
    expect([lost(5, 1), lost(5, 2), lost(5, 1)]).toEqual([516, 522, 516]);
  });
});
