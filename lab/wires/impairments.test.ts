import { buildArp, parseIpv4, parseMac } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import type { Effect, Impairment } from './impairments/spec.ts';
import { frameWith, macOf, nextText, wiresUnderTest } from './wires-under-test.ts';

const inside = (effect: Effect, rest: Partial<Impairment> = {}): Impairment => ({
  fault: 'f1',
  wire: 'inside',
  effect,
  ...rest,
});

describe('a cut', () => {
  test('lets nothing pass between its parties until it is healed, and everything else', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];

    await lab.wires.impair(inside({ kind: 'cut' }, { from: 'a', towards: 'b' }));
    a.send(frameWith('a', 'all', 'from a'));
    b.send(frameWith('b', 'all', 'from b'));
    expect([await nextText(c), await nextText(c)].sort()).toEqual(['from a', 'from b']);
    await lab.wires.heal('f1');
    a.send(frameWith('a', 'all', 'healed'));
    b.send(frameWith('b', 'all', 'healed'));

    expect([await nextText(a), await nextText(b)]).toEqual(['healed', 'healed']);
    expect((await lab.recorded('inside')).map(({ comment }) => comment).sort()).toEqual([
      'lost towards a: cut f1',
      'lost towards b: cut f1',
      undefined,
      undefined,
    ]);
  });

  test('stops a frame that is still under way', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];
    await lab.wires.impair(inside({ kind: 'delay', delayMs: 300 }, { fault: 'f1', towards: 'b' }));
    a.send(frameWith('a', 'all', 'under way'));
    await nextText(c);

    await lab.wires.impair(inside({ kind: 'cut' }, { fault: 'f2', from: 'a', towards: 'b' }));
    await lab.statsWhen(({ delayedFrames }) => delayedFrames === 0);

    expect(b.waitingFrames).toBe(0);
    expect(await lab.fates()).toEqual([
      { wire: 'inside', frame: 1, from: 'a', to: 'b', fate: 'delayed', fault: 'f1', delayNs: 300_000_000 },
      { wire: 'inside', frame: 1, from: 'a', to: 'b', fate: 'lost', reason: 'cut', fault: 'f2' },
    ]);
  });

  test('of one fault is left when another fault is healed', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];
    await lab.wires.impair(inside({ kind: 'block' }, { fault: 'f1', from: 'a', towards: 'b' }));
    await lab.wires.impair(inside({ kind: 'block' }, { fault: 'f2', from: 'a', towards: 'c' }));

    await lab.wires.heal('f2');
    a.send(frameWith('a', 'all', 'one'));

    expect(await nextText(c)).toBe('one');
    expect(b.waitingFrames).toBe(0);
    expect((await lab.wires.stats()).impairments).toEqual([
      { fault: 'f1', wire: 'inside', matched: 1, affected: 1 },
    ]);
  });

  test('of one fault may have several parts, healed together', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair(inside({ kind: 'block' }, { from: 'a', towards: ['b', 'c'] }));
    await lab.wires.impair(inside({ kind: 'block' }, { from: ['b', 'c'], towards: 'a' }));

    await lab.wires.heal('f1');
    a.send(frameWith('a', 'all', 'there'));
    expect(await nextText(b)).toBe('there');
    b.send(frameWith('b', 'all', 'and back'));

    expect(await nextText(a)).toBe('and back');
    await expect(lab.wires.heal('f1')).rejects.toThrow('no fault is called "f1"; known: none');
  });
});

describe('a delay', () => {
  test('lets frames arrive in order, none before its time', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair(inside({ kind: 'degrade', delayMs: 20, jitterMs: 10 }));
    const began = process.hrtime.bigint();

    a.send(...Array.from({ length: 100 }, (_, index) => frameWith('a', 'all', String(index))));
    const seen = [await nextText(b)];
    const firstMs = Number(process.hrtime.bigint() - began) / 1e6;
    while (seen.length < 100) seen.push(await nextText(b));

    expect(firstMs).toBeGreaterThanOrEqual(20);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    const delays = (await lab.fates()).map(({ delayNs }) => delayNs ?? 0);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20e6);
    expect(Math.max(...delays)).toBeLessThan(30e6);
    expect((await lab.recorded('inside'))[0]?.comment).toMatch(/^delayed 2\d(\.\d+)? ms towards b: f1$/);
  });

  test('does not hold back what goes another way', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];
    await lab.wires.impair(inside({ kind: 'delay', delayMs: 200 }, { towards: 'b' }));

    a.send(frameWith('a', 'all', 'split'));
    await nextText(c);

    expect(b.waitingFrames).toBe(0);
    expect(await nextText(b)).toBe('split');
  });
});

describe('loss', () => {
  test('takes exactly the frames that the record says', async () => {
    await using lab = await wiresUnderTest({ seed: 5 });
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair(inside({ kind: 'degrade', lossPercent: 50 }, { towards: 'b' }));

    a.send(...Array.from({ length: 200 }, (_, index) => frameWith('a', 'all', String(index))));
    const { impairments } = await lab.statsWhen((stats) => stats.impairments[0]?.matched === 200);
    const lost = (await lab.fates()).map(({ frame }) => String((frame ?? 0) - 1));
    const expected = Array.from({ length: 200 }, (_, index) => String(index)).filter(
      (text) => !lost.includes(text),
    );
    const seen: string[] = [];
    while (seen.length < expected.length) seen.push(await nextText(b));

    expect(seen).toEqual(expected);
    expect(lost).toHaveLength(impairments[0]?.affected ?? 0);
    expect(lost).toHaveLength(108);
  });
});

describe('a filter', () => {
  test('drops the third ARP reply from a and nothing else', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const arp = (operation: number) =>
      buildArp({
        operation,
        senderMac: parseMac(macOf('a'))!,
        senderIp: parseIpv4('192.0.2.11')!,
        targetMac: parseMac(macOf('b'))!,
        targetIp: parseIpv4('192.0.2.12')!,
      });
    await lab.wires.impair(
      inside(
        { kind: 'drop' },
        { from: 'a', match: { arp: { operation: 'reply' } }, occurrences: { nth: 3 } },
      ),
    );

    a.send(arp(2), arp(1), arp(2), frameWith('a', 'b', 'x'), arp(2), arp(2), frameWith('a', 'all', 'fence'));
    const arrived: number[] = [];
    for (let frame = await b.next(); frame[13] !== 0xb5 || frame[14] === 0x78; frame = await b.next()) {
      arrived.push(frame[21]!);
    }

    expect(arrived).toEqual([2, 1, 2, 0, 2]);
    expect(
      (await lab.recorded('inside')).flatMap(({ number, comment }) =>
        comment === undefined ? [] : [[number, comment]],
      ),
    ).toEqual([[5, 'lost towards b: drop f1']]);
  });
});

describe('copies', () => {
  test('a corrupted frame is recorded as it came and as it arrived', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];
    await lab.wires.impair(inside({ kind: 'corrupt' }, { from: 'a', occurrences: { nth: 1 } }));
    const sent = frameWith('a', 'all', 'spoil me');

    a.send(sent, frameWith('a', 'all', 'but not me'));

    const arrived = Buffer.from(await b.next());
    expect(Buffer.from(await c.next())).toEqual(arrived);
    expect(arrived).not.toEqual(sent);
    expect(arrived.subarray(0, 14)).toEqual(sent.subarray(0, 14));
    expect(await nextText(b)).toBe('but not me');
    const frames = await lab.recorded('inside');
    expect(frames.slice(0, 2).map(({ bytes, comment }) => [bytes, comment])).toEqual([
      [sent, 'corrupted towards b, c: f1'],
      [arrived, 'corrupted copy of frame 1 towards b, c: f1'],
    ]);
    expect(frames[2]?.comment).toBeUndefined();
    const stamps = frames.map(({ atNs }) => atNs);
    expect(stamps).toEqual(stamps.toSorted((left, right) => left - right));
    expect((await lab.fates()).map(({ frame, to, fate, of }) => [frame, to, fate, of])).toEqual([
      [1, 'b', 'corrupted', undefined],
      [1, 'c', 'corrupted', undefined],
      [2, 'b', 'copy', 1],
      [2, 'c', 'copy', 1],
    ]);
  });

  test('a duplicated frame arrives twice and is recorded twice', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair(inside({ kind: 'duplicate' }, { occurrences: { nth: 1 } }));

    a.send(frameWith('a', 'all', 'twice'), frameWith('a', 'all', 'once'));

    expect([await nextText(b), await nextText(b), await nextText(b)]).toEqual(['twice', 'twice', 'once']);
    expect((await lab.recorded('inside')).map(({ comment }) => comment)).toEqual([
      'duplicated towards b: f1',
      'duplicate of frame 1 towards b: f1',
      undefined,
    ]);
  });
});

describe('reordering', () => {
  test('lets the next frame overtake', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair(inside({ kind: 'degrade', reorderPercent: 100 }));

    a.send(...['1', '2', '3', '4'].map((text) => frameWith('a', 'all', text)));

    const seen = [await nextText(b), await nextText(b), await nextText(b), await nextText(b)];
    expect(seen).toEqual(['2', '1', '4', '3']);
  });
});

describe('a rate', () => {
  test('spaces frames by their length', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    // 1000 bytes take 8 ms at 1 Mbit/s.
    await lab.wires.impair(inside({ kind: 'degrade', rate: { kbitPerSecond: 1000 } }));
    const began = process.hrtime.bigint();

    a.send(...Array.from({ length: 5 }, (_, index) => frameWith('a', 'all', String(index), 1000)));
    for (let index = 0; index < 5; index++) expect(await nextText(b)).toBe(String(index));

    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeGreaterThanOrEqual(40);
  });
});

describe('a request that makes no sense', () => {
  test('is refused with the nearest names and changes nothing', async () => {
    await using lab = await wiresUnderTest();
    const refusal = (request: Promise<unknown>) => request.then(String, (error: Error) => error.message);

    const refusals = [
      await refusal(lab.wires.impair(inside({ kind: 'cut' }, { wire: 'insde' }))),
      await refusal(lab.wires.impair(inside({ kind: 'cut' }, { from: 'd', towards: ['b', 'web'] }))),
      await refusal(
        lab.wires.impair(inside({ kind: 'degrade', lossPercent: 101 }, { match: { icmp: { type: 256 } } })),
      ),
      await refusal(lab.wires.link({ node: 'aa', nic: 'eth0', state: 'down' })),
      await refusal(lab.wires.link({ node: 'a', nic: 'eth1', state: 'down' })),
    ];

    expect(refusals).toMatchInlineSnapshot(`
      [
        "the wires refused: no wire is called "insde": did you mean "inside"? known: inside",
        "the wires refused: no node on inside is called "d"; known: a, b, c
      no node on inside is called "web"; known: a, b, c",
        "the wires refused: effect.lossPercent is 101: a percentage from 0 to 100 is wanted
      match.icmp.type is 256: a whole number from 0 to 255 is wanted",
        "the wires refused: no node is called "aa": did you mean "a"? known: a, b, c",
        "the wires refused: no NIC of a is called "eth1": did you mean "eth0"? known: eth0",
      ]
    `);
    expect((await lab.wires.stats()).impairments).toEqual([]);
  });
});
