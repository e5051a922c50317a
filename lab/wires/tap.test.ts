import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FrameNotSeen } from './tap.ts';
import { frameWith, nextText, wireOf, wiresUnderTest } from './wires-under-test.ts';

const patient = { within: 4000 };

describe('a tap', () => {
  test('gives the frames from connecting on, with the numbers and times of the file', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    a.send(frameWith('a', 'all', 'before'));
    await nextText(b);

    const tap = await lab.tap('inside');
    a.send(frameWith('a', 'all', 'first'), frameWith('a', 'all', 'second'));
    const seen = [];
    for await (const frame of tap) {
      seen.push(frame);
      if (seen.length === 2) break;
    }

    const frames = await lab.recorded('inside');
    expect(seen.map(({ wire, number, atNs, bytes }) => [wire, number, atNs, Buffer.from(bytes)])).toEqual(
      frames.slice(1).map(({ number, atNs, bytes }) => ['inside', number, atNs, bytes]),
    );
    expect(seen.map(({ number }) => number)).toEqual([2, 3]);
  });

  test('finds a frame that came before the wait, and tells what befell it', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const tap = await lab.tap('inside');
    await lab.wires.impair({
      fault: 'f1',
      wire: 'inside',
      effect: { kind: 'drop' },
      occurrences: { nth: 2 },
    });
    a.send(frameWith('a', 'all', 'one'), frameWith('a', 'all', 'two'), frameWith('a', 'all', 'three'));
    expect([await nextText(b), await nextText(b)]).toEqual(['one', 'three']);

    const frame = await tap.waitForFrame(({ bytes }) => Buffer.from(bytes).includes('two'), patient);

    expect([frame.number, frame.comment]).toEqual([2, 'lost towards b: drop f1']);
    expect((await tap.waitForFrame(() => true, patient)).number).toBe(3);
  });

  test('says what passed instead when a frame is not seen in time', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const tap = await lab.tap('inside');
    a.send(frameWith('a', 'all', 'one'), frameWith('a', 'all', 'two'));
    await nextText(b);
    await tap.waitForFrame(({ number }) => number === 1, patient);

    const wait = tap.waitForFrame(() => false, { within: 50 });

    await expect(wait).rejects.toThrow(FrameNotSeen);
    await expect(wait).rejects.toThrow(
      'the frame waited for did not pass inside within 0.05 s: 1 others did, the last one number 2',
    );
  });

  test('ends with the wires, and a wait on it is told so', async () => {
    await using lab = await wiresUnderTest();
    const tap = await lab.tap('inside');
    const told = expect(tap.waitForFrame(() => true, patient)).rejects.toMatchObject({
      code: 'LAB_WIRES_GONE',
    });

    await lab.wires.stop();

    await told;
    for await (const frame of tap) expect.fail(`frame ${frame.number} came after the end`);
  });

  test('can be had many times on one wire', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const taps = [await lab.tap('inside'), await lab.tap('inside'), await lab.tap('inside')];

    a.send(frameWith('a', 'all', 'for everyone'));
    await nextText(b);

    for (const tap of taps) expect((await tap.waitForFrame(() => true, patient)).number).toBe(1);
    expect(wireOf(await lab.wires.stats(), 'inside').taps.connected).toBe(3);
  });
});

describe('a reader that does not read', () => {
  test('is disconnected, counted, and costs the wire nothing', async () => {
    await using lab = await wiresUnderTest({ limits: { tapQueueBytes: 100_000 } });
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const lazy = connect(lab.wires.tapPath('inside')).pause();
    const closed = new Promise<void>((done) => lazy.once('close', () => done()));
    await lab.statsWhen((stats) => wireOf(stats, 'inside').taps.connected === 1);
    const count = 1000;

    for (let index = 0; index < count; index++) a.send(frameWith('a', 'all', String(index), 1000));
    for (let index = 0; index < count; index++) expect(await nextText(b)).toBe(String(index));

    const { taps, frames } = wireOf(await lab.wires.stats(), 'inside');
    expect(taps).toMatchObject({ connected: 0, disconnectedSlow: 1 });
    expect(taps.framesUnsent).toBeGreaterThan(50);
    expect(frames).toBe(count);
    lazy.resume();
    await closed;
  });
});
