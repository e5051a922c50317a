import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { FrameSocket } from './frame-socket.ts';
import { frameWith, nextText, type WiresUnderTest, wireOf, wiresUnderTest } from './wires-under-test.ts';

/** Three NICs that the segment knows the addresses of. */
async function threeKnown(lab: WiresUnderTest): Promise<[FrameSocket, FrameSocket, FrameSocket]> {
  const nics = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')] as const;
  const [a, b, c] = nics;
  const said = { a, b, c };
  for (const [name, nic] of Object.entries(said)) {
    nic.send(frameWith(name, 'all', 'hello'));
    for (const other of nics) if (other !== nic) await nextText(other);
  }
  return [a, b, c];
}

describe('forwarding', () => {
  test('floods broadcast and unknown destinations to all but the sender', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = [await lab.nic('a'), await lab.nic('b'), await lab.nic('c')];

    a.send(frameWith('a', 'all', 'broadcast'), frameWith('a', 'b', 'unknown'));

    for (const nic of [b, c])
      expect([await nextText(nic), await nextText(nic)]).toEqual(['broadcast', 'unknown']);
    expect(a.waitingFrames).toBe(0);
  });

  test('sends to a learned address alone', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = await threeKnown(lab);

    a.send(frameWith('a', 'b', 'for b'), frameWith('a', 'all', 'for all'));

    expect([await nextText(b), await nextText(b)]).toEqual(['for b', 'for all']);
    expect(await nextText(c)).toBe('for all');
  });

  test('keeps the order of frames that go different ways', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = await threeKnown(lab);
    const frames = Array.from({ length: 300 }, (_, index) =>
      frameWith('a', ['b', 'all', 'c', 'b', 'b'][index % 5]!, String(index), 60 + (index % 900)),
    );

    a.send(...frames);

    const expected = frames.flatMap((_, index) => (index % 5 === 2 ? [] : [String(index)]));
    const seen: string[] = [];
    while (seen.length < expected.length) seen.push(await nextText(b));
    expect(seen).toEqual(expected);
  });

  test('follows an address to another port and counts the move', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = await threeKnown(lab);

    c.send(frameWith('b', 'all', 'b is here now'));
    await nextText(a);
    await nextText(b);
    a.send(frameWith('a', 'b', 'moved'), frameWith('a', 'all', 'fence'));

    expect([await nextText(c), await nextText(c)]).toEqual(['moved', 'fence']);
    expect(await nextText(b)).toBe('fence');
    expect(wireOf(await lab.wires.stats(), 'inside').macMoves).toBe(1);
  });

  test('does not send a frame back where its destination lives', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = await threeKnown(lab);

    a.send(frameWith('a', 'a', 'to myself'), frameWith('a', 'all', 'fence'));

    expect(await nextText(b)).toBe('fence');
    expect(a.waitingFrames).toBe(0);
    expect((await lab.recorded('inside')).filter(({ bytes }) => bytes.includes('to myself'))).toHaveLength(1);
  });

  test('leaves VLAN tags as they are', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = await threeKnown(lab);
    const tagged = Buffer.from(`02000000000b02000000000a8100000a88b5${'55'.repeat(1500)}`, 'hex');

    a.send(tagged);

    expect(Buffer.from(await b.next())).toEqual(tagged);
  });
});

describe('sizes', () => {
  test('a payload over the MTU and a frame without a header are lost, counted and recorded', async () => {
    await using lab = await wiresUnderTest({ mtu: 100 });
    const [a, b] = await threeKnown(lab);

    a.send(
      frameWith('a', 'b', 'over', 115),
      frameWith('a', 'b', 'runt').subarray(0, 13),
      frameWith('a', 'b', 'fits', 114),
    );

    expect(await nextText(b)).toBe('fits');
    expect(wireOf(await lab.wires.stats(), 'inside').ports[0]?.lostFrom).toEqual({ mtu: 1, runt: 1 });
    expect((await lab.recorded('inside')).slice(3).map(({ comment }) => comment)).toEqual([
      'lost: mtu',
      'lost: runt',
      undefined,
    ]);
    expect(await lab.fates()).toEqual([
      { wire: 'inside', frame: 4, from: 'a', to: null, fate: 'lost', reason: 'mtu' },
      { wire: 'inside', frame: 5, from: 'a', to: null, fate: 'lost', reason: 'runt' },
    ]);
  });
});

describe('connections', () => {
  test('what was learned of a port is forgotten when it disconnects, and it may come back', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = await threeKnown(lab);

    await b.close();
    await lab.statsWhen((stats) => wireOf(stats, 'inside').ports[1]?.isConnected === false);
    a.send(frameWith('a', 'b', 'into the void'));
    expect(await nextText(c)).toBe('into the void');
    const again = await lab.nic('b');
    again.send(frameWith('b', 'a', 'back'));
    expect(await nextText(a)).toBe('back');
    a.send(frameWith('a', 'b', 'welcome'), frameWith('a', 'c', 'fence'));

    expect(await nextText(again)).toBe('welcome');
    expect(await nextText(c)).toBe('fence');
    expect(wireOf(await lab.wires.stats(), 'inside').ports[1]?.connections).toBe(2);
  });

  test('half a frame that a lost connection left is not glued to the next one', async () => {
    await using lab = await wiresUnderTest();
    const b = await lab.nic('b');
    const half = connect(lab.socketPath('a'));
    half.write(Buffer.from('0000003cffffffff', 'hex'));
    await lab.statsWhen((stats) => wireOf(stats, 'inside').ports[0]?.isConnected === true);
    half.destroy();
    await lab.statsWhen((stats) => wireOf(stats, 'inside').ports[0]?.isConnected === false);

    const a = await lab.nic('a');
    a.send(frameWith('a', 'all', 'whole'));

    expect(await nextText(b)).toBe('whole');
  });

  test('a second connection ends the first', async () => {
    await using lab = await wiresUnderTest();
    const first = await lab.nic('a');
    const b = await lab.nic('b');

    const second = await lab.nic('a');
    await first.closed;
    second.send(frameWith('a', 'all', 'still here'));

    expect(await nextText(b)).toBe('still here');
  });

  test("a length that is no frame's ends the connection", async () => {
    await using lab = await wiresUnderTest();
    const socket = connect(lab.socketPath('a'));
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.resume();

    socket.write(Buffer.from('ffffffff00', 'hex'));

    await closed;
    expect(wireOf(await lab.wires.stats(), 'inside').ports[0]?.framingErrors).toBe(1);
  });
});

describe('a port that does not read', () => {
  test('loses what does not fit in its queue, counted, recorded, and without hurting the others', async () => {
    await using lab = await wiresUnderTest({ limits: { portQueueBytes: 64 * 1024 } });
    const [a, b, c] = await threeKnown(lab);
    const count = 3000;

    b.pause();
    for (let index = 0; index < count; index++) a.send(frameWith('a', 'b', String(index), 1000));
    a.send(frameWith('a', 'c', 'fence'));
    expect(await nextText(c)).toBe('fence');
    const port = wireOf(await lab.wires.stats(), 'inside').ports[1];
    const lost = port?.lostTowards['queue-full'] ?? 0;
    const passed = count - lost;

    expect(port?.unsentBytes).toBeLessThanOrEqual(64 * 1024);
    expect(lost).toBeGreaterThan(0);
    // The kernel's socket buffer takes some too, so the first 64 frames fit for certain.
    expect(passed).toBeGreaterThan(64);
    b.resume();
    const seen: string[] = [];
    while (seen.length < passed) seen.push(await nextText(b));
    const frames = await lab.recorded('inside');
    const lostFrames = frames.filter(({ comment }) => comment === 'lost towards b: queue full');
    expect(frames).toHaveLength(3 + count + 1);
    expect(lostFrames).toHaveLength(lost);
    expect((await lab.fates()).map(({ frame, reason }) => [frame, reason])).toEqual(
      lostFrames.map(({ number }) => [number, 'queue-full']),
    );
    const lostTexts = new Set(
      lostFrames.map(({ bytes }) => bytes.toString('utf8', 14).replace(/\0.*$/s, '')),
    );
    expect(seen.filter((text) => lostTexts.has(text))).toEqual([]);
  });
});

describe('pulled cables', () => {
  test('let nothing in or out until they are plugged in again', async () => {
    await using lab = await wiresUnderTest();
    const [a, b, c] = await threeKnown(lab);

    await lab.wires.link({ node: 'b', nic: 'eth0', state: 'down', fault: 'f7' });
    b.send(frameWith('b', 'all', 'from b'));
    await lab.statsWhen((stats) => wireOf(stats, 'inside').ports[1]?.lostFrom['link-down'] === 1);
    a.send(frameWith('a', 'all', 'to all'));
    expect(await nextText(c)).toBe('to all');
    await lab.wires.link({ node: 'b', nic: 'eth0', state: 'up' });
    a.send(frameWith('a', 'all', 'plugged in'));

    expect(await nextText(b)).toBe('plugged in');
    expect(await lab.fates()).toEqual([
      { wire: 'inside', frame: 4, from: 'b', to: null, fate: 'lost', reason: 'link-down', fault: 'f7' },
      { wire: 'inside', frame: 5, from: 'a', to: 'b', fate: 'lost', reason: 'link-down', fault: 'f7' },
    ]);
    expect((await lab.recorded('inside')).map(({ comment }) => comment).slice(3)).toEqual([
      'lost: link down f7',
      'lost towards b: link down f7',
      undefined,
    ]);
  });
});
