import { describe, expect, test } from 'vitest';
import {
  type FrameImpairment,
  frameImpairment,
  type Judgement,
  judgeFrame,
  severedBy,
} from './frame-impairment.ts';
import type { Effect, Impairment } from './spec.ts';

const ms = 1e6;
const frames = 10_000;

/** 60 bytes: two addresses, an experimental type, a counter. */
function frameNumbered(number: number): Uint8Array {
  const frame = Buffer.alloc(60);
  Buffer.from('020000000002' + '020000000001' + '88b5', 'hex').copy(frame);
  frame.writeUInt32BE(number, 14);
  return frame;
}

function impairment(effect: Effect, rest: Partial<Impairment> = {}, seed = 7): FrameImpairment {
  return frameImpairment({ fault: 'f1', wire: 'inside', effect, ...rest }, allPorts, undefined, seed);
}

const allPorts = { from: undefined, towards: undefined };

/** One frame every millisecond from port 0 to port 1. */
function run(impairments: readonly FrameImpairment[], count: number): Judgement[] {
  return Array.from({ length: count }, (_, index) =>
    judgeFrame(impairments, index * ms, 0, [1], frameNumbered(index)),
  );
}

function fateCounts(judgements: readonly Judgement[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fate } of judgements.flatMap(({ fates }) => fates)) counts[fate] = (counts[fate] ?? 0) + 1;
  return counts;
}

describe('loss', () => {
  test('at 0 % loses nothing and at 100 % everything', () => {
    expect(fateCounts(run([impairment({ kind: 'degrade', lossPercent: 0 })], frames))).toEqual({});
    expect(fateCounts(run([impairment({ kind: 'degrade', lossPercent: 100 })], frames))).toEqual({
      lost: frames,
    });
  });

  test.for([
    [1, 10, 984],
    [2, 10, 991],
    [1, 50, 4995],
  ] as const)('with seed %s at %s percent loses exactly %s of 10,000', ([seed, lossPercent, lost]) => {
    expect(fateCounts(run([impairment({ kind: 'degrade', lossPercent }, {}, seed)], frames))).toEqual({
      lost,
    });
  });

  test('loses the same frames again for the same seed', () => {
    const lost = (seed: number) =>
      run([impairment({ kind: 'degrade', lossPercent: 10 }, {}, seed)], 1000).map(
        ({ fates }) => fates.length,
      );

    expect(lost(3)).toEqual(lost(3));
    expect(lost(3)).not.toEqual(lost(4));
  });

  test('loses a flooded frame for all ports or for none', () => {
    const lossy = impairment({ kind: 'degrade', lossPercent: 50 });

    const reached = new Set(
      Array.from({ length: 200 }, (_, index) => {
        const { deliveries } = judgeFrame([lossy], index, 0, [1, 2, 3], frameNumbered(index));
        return deliveries.flatMap(({ to }) => to).length;
      }),
    );

    expect([...reached].sort()).toEqual([0, 3]);
  });

  test('of one fault is not changed by what another fault draws', () => {
    const lost = (others: readonly FrameImpairment[]) =>
      run([...others, impairment({ kind: 'degrade', lossPercent: 10 })], 2000).map(({ fates }) =>
        fates.some(({ fault }) => fault === 'f1'),
      );

    expect(lost([impairment({ kind: 'degrade', duplicatePercent: 30 }, { fault: 'f0' })])).toEqual(lost([]));
  });
});

describe('delay', () => {
  test('lets a frame go neither before nor after its time', () => {
    const [judgement] = run([impairment({ kind: 'degrade', delayMs: 20 })], 1);

    expect(judgement?.deliveries).toMatchObject([{ to: [1], dueNs: 20 * ms, kind: 'original' }]);
    expect(judgement?.fates).toEqual([{ to: 1, fate: 'delayed', fault: 'f1', delayNs: 20 * ms }]);
  });

  test('adds up over impairments, each telling its own part', () => {
    const both = [
      impairment({ kind: 'delay', delayMs: 20 }),
      impairment({ kind: 'delay', delayMs: 5 }, { fault: 'f2' }),
    ];

    const [judgement] = run(both, 1);

    expect(judgement?.deliveries[0]?.dueNs).toBe(25 * ms);
    expect(judgement?.fates.map(({ fault, delayNs }) => [fault, delayNs])).toEqual([
      ['f1', 20 * ms],
      ['f2', 5 * ms],
    ]);
  });

  test('with jitter stays between delay and delay plus jitter and never changes the order', () => {
    const judgements = run([impairment({ kind: 'degrade', delayMs: 10, jitterMs: 5 })], frames);

    const dues = judgements.map(({ deliveries }) => deliveries[0]!.dueNs);
    const delays = dues.map((due, index) => due - index * ms);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10 * ms);
    expect(Math.max(...delays)).toBeLessThan(15 * ms);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(4.9 * ms);
    expect(dues).toEqual(dues.toSorted((left, right) => left - right));
  });
});

describe('duplication', () => {
  test('sends the frame and then its copy, exactly as often as the seed says', () => {
    const judgements = run([impairment({ kind: 'degrade', duplicatePercent: 25 })], frames);

    expect(fateCounts(judgements)).toEqual({ duplicated: 2453 });
    const doubled = judgements.find(({ deliveries }) => deliveries.length > 1);
    expect(doubled?.deliveries.map(({ kind }) => kind)).toEqual(['original', 'duplicate']);
    expect(doubled?.deliveries[0]?.frame).toBe(doubled?.deliveries[1]?.frame);
  });
});

describe('corruption', () => {
  test('flips one bit of the payload and leaves the frame that came in alone', () => {
    const frame = frameNumbered(1);
    const before = Buffer.from(frame);

    const { deliveries, fates } = judgeFrame([impairment({ kind: 'corrupt' })], 0, 0, [1, 2], frame);

    expect(Buffer.from(frame)).toEqual(before);
    expect(deliveries).toHaveLength(1);
    expect(deliveries[0]).toMatchObject({ to: [1, 2], kind: 'corrupted copy', fault: 'f1' });
    const changed = Array.from(deliveries[0]!.frame).flatMap((byte, at) =>
      byte === before[at] ? [] : [at, byte ^ before[at]!],
    );
    expect(changed).toHaveLength(2);
    expect(changed[0]).toBeGreaterThanOrEqual(14);
    expect(Math.log2(changed[1]!) % 1).toBe(0);
    expect(fates.map(({ to, fate }) => [to, fate])).toEqual([
      [1, 'corrupted'],
      [2, 'corrupted'],
    ]);
  });

  test('has nothing to flip in a frame without payload', () => {
    const { deliveries, fates } = judgeFrame(
      [impairment({ kind: 'corrupt' })],
      0,
      0,
      [1],
      frameNumbered(1).slice(0, 14),
    );

    expect(deliveries[0]?.kind).toBe('original');
    expect(fates).toEqual([]);
  });
});

describe('reordering', () => {
  test('holds a frame until the next one has overtaken it', () => {
    const reorder = impairment({ kind: 'degrade', reorderPercent: 100 });

    const first = judgeFrame([reorder], 0, 0, [1], frameNumbered(1));
    const second = judgeFrame([reorder], 3 * ms, 0, [1], frameNumbered(2));

    expect(first.fates).toEqual([{ to: 1, fate: 'held', fault: 'f1' }]);
    expect(second.fates).toEqual([]);
    expect(second.deliveries[0]?.dueNs).toBe(3 * ms);
    expect(second.overtaken).toEqual([first.deliveries[0]]);
    expect(first.deliveries[0]?.dueNs).toBe(3 * ms);
  });

  test('lets a held frame go after 100 ms when none follows', () => {
    const reorder = impairment({ kind: 'degrade', reorderPercent: 100 });

    const { deliveries } = judgeFrame([reorder], 0, 0, [1], frameNumbered(1));

    expect(deliveries[0]?.dueNs).toBe(100 * ms);
  });

  test('is not overtaken by a frame that was lost, nor by one that goes elsewhere', () => {
    const reorder = impairment({ kind: 'degrade', reorderPercent: 100 });
    const lossTo1 = frameImpairment(
      { fault: 'f2', wire: 'inside', effect: { kind: 'block' }, occurrences: { from: 2 } },
      allPorts,
    );
    judgeFrame([reorder, lossTo1], 0, 0, [1], frameNumbered(1));

    expect(judgeFrame([reorder, lossTo1], 1 * ms, 0, [1], frameNumbered(2)).overtaken).toEqual([]);
    expect(judgeFrame([reorder], 2 * ms, 0, [2], frameNumbered(3)).overtaken).toEqual([]);
    expect(judgeFrame([reorder], 3 * ms, 0, [1], frameNumbered(4)).overtaken).toHaveLength(1);
  });

  test('loses and repeats nothing over thousands of frames', () => {
    const judgements = run([impairment({ kind: 'degrade', reorderPercent: 20 })], frames);

    const sent = judgements.flatMap(({ deliveries }) => deliveries);
    const order = sent
      .map(({ dueNs, frame }, index) => ({ dueNs, index, number: Buffer.from(frame).readUInt32BE(14) }))
      .toSorted((left, right) => left.dueNs - right.dueNs || right.number - left.number)
      .map(({ number }) => number);
    expect(new Set(order).size).toBe(frames);
    const late = order.filter((number, index) => index > 0 && number < order[index - 1]!);
    expect(late).toHaveLength(1619);
    expect(fateCounts(judgements)).toEqual({ held: 1619 });
  });
});

describe('rate', () => {
  test('spaces frames by their length and loses what the queue cannot hold', () => {
    // 480 kbit/s: 60 bytes take 1 ms. Three frames fit in the queue.
    const slow = impairment({ kind: 'degrade', rate: { kbitPerSecond: 480, queueBytes: 180 } });

    const judgements = Array.from({ length: 5 }, (_, index) =>
      judgeFrame([slow], 0, 0, [1], frameNumbered(index)),
    );

    expect(judgements.map(({ deliveries }) => deliveries[0]?.dueNs)).toEqual([
      1 * ms,
      2 * ms,
      3 * ms,
      undefined,
      undefined,
    ]);
    expect(judgements[3]?.fates).toEqual([{ to: 1, fate: 'lost', reason: 'rate', fault: 'f1' }]);
    // One frame has left at 1 ms: there is room for one more, and not 1 ns earlier.
    expect(judgeFrame([slow], 1 * ms - 1, 0, [1], frameNumbered(6)).deliveries).toEqual([]);
    expect(judgeFrame([slow], 1 * ms, 0, [1], frameNumbered(7)).deliveries[0]?.dueNs).toBe(4 * ms);
  });

  test('gives each pair of ports its own line', () => {
    const slow = impairment({ kind: 'degrade', rate: { kbitPerSecond: 480 } });

    const { deliveries } = judgeFrame([slow], 0, 0, [1, 2], frameNumbered(1));
    const back = judgeFrame([slow], 0, 1, [0], frameNumbered(2));

    expect(deliveries).toMatchObject([{ to: [1, 2], dueNs: 1 * ms }]);
    expect(back.deliveries[0]?.dueNs).toBe(1 * ms);
  });
});

describe('direction', () => {
  const from1To2 = { from: new Set([1]), towards: new Set([2]) };
  const passes = (effect: Effect, from: number, to: number) =>
    judgeFrame(
      [frameImpairment({ fault: 'f1', wire: 'inside', effect }, from1To2)],
      0,
      from,
      [to],
      frameNumbered(0),
    ).deliveries.length > 0;

  test('of a cut is both ways between its parties and nowhere else', () => {
    const cut = { kind: 'cut' } as const;

    expect([passes(cut, 1, 2), passes(cut, 2, 1), passes(cut, 1, 3), passes(cut, 3, 2)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('of a block is one way', () => {
    const block = { kind: 'block' } as const;

    expect([passes(block, 1, 2), passes(block, 2, 1)]).toEqual([false, true]);
  });

  test('takes one port out of a flooded frame and tells of that one', () => {
    const block = frameImpairment({ fault: 'f1', wire: 'inside', effect: { kind: 'block' } }, from1To2);

    const { deliveries, fates } = judgeFrame([block], 0, 1, [0, 2, 3], frameNumbered(0));

    expect(deliveries.map(({ to }) => to)).toEqual([[0, 3]]);
    expect(fates).toEqual([{ to: 2, fate: 'lost', reason: 'block', fault: 'f1' }]);
  });

  test('of what is severed is told only for cuts and blocks of everything', () => {
    const always = frameImpairment({ fault: 'f1', wire: 'inside', effect: { kind: 'cut' } }, from1To2);
    const sometimes = frameImpairment(
      { fault: 'f2', wire: 'inside', effect: { kind: 'cut' }, occurrences: { nth: 1 } },
      allPorts,
    );

    expect(severedBy([sometimes, always], 2, 1)).toBe(always);
    expect(severedBy([sometimes, always], 2, 3)).toBeUndefined();
  });
});

describe('occurrences', () => {
  const lostNumbers = (rest: Partial<Impairment>) =>
    run([impairment({ kind: 'drop' }, rest)], 8).flatMap(({ fates }, index) =>
      fates.length > 0 ? [index + 1] : [],
    );

  test.for([
    [{ nth: 3 }, [3]],
    [{ from: 3, count: 2 }, [3, 4]],
    [{ from: 6 }, [6, 7, 8]],
  ] as const)('%o select the frames %o', ([occurrences, expected]) => {
    expect(lostNumbers({ occurrences })).toEqual(expected);
  });

  test('count only frames that match', () => {
    const isOdd = (frame: Uint8Array) => frame[17]! % 2 === 1;
    const third = frameImpairment(
      { fault: 'f1', wire: 'inside', effect: { kind: 'drop' }, occurrences: { nth: 3 } },
      allPorts,
      isOdd,
    );

    const lost = run([third], 10).flatMap(({ fates }, index) => (fates.length > 0 ? [index] : []));

    expect(lost).toEqual([5]);
    expect([third.matched, third.affected]).toEqual([5, 1]);
  });

  test('count a flooded frame once', () => {
    const second = impairment({ kind: 'drop' }, { occurrences: { nth: 2 } });
    const flood = (number: number) =>
      judgeFrame([second], 0, 0, [1, 2, 3], frameNumbered(number)).fates.length;

    expect([flood(1), flood(2), flood(3)]).toEqual([0, 3, 0]);
  });
});
