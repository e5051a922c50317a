import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installed } from './installed.ts';
import type { PortStats } from './protocol.ts';
import { readSerialPiece } from './rtac-serial.ts';
import type { SerialSocket } from './wires-under-test.ts';
import { type WiresUnderTest, wireOf, wiresUnderTest } from './wires-under-test.ts';

const headerBytes = 12;

async function joined(lab: WiresUnderTest): Promise<[primary: SerialSocket, secondary: SerialSocket]> {
  return [await lab.serial('primary'), await lab.serial('secondary')];
}

/** Sending end and text of each recorded piece; pieces are cut by chance, so neighbours are joined. */
async function pieces(lab: WiresUnderTest): Promise<[from: 0 | 1, text: string][]> {
  const joinedUp: [0 | 1, string][] = [];
  for (const frame of await lab.recorded('ring')) {
    const { from, bytes } = readSerialPiece(frame.bytes)!;
    const last = joinedUp.at(-1);
    const text = Buffer.from(bytes).toString('latin1');
    if (last?.[0] === from) last[1] += text;
    else joinedUp.push([from, text]);
  }
  return joinedUp;
}

describe('a null-modem', () => {
  test('carries bytes both ways and records them with their direction and time', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);

    primary.send('ping\0');
    expect(await secondary.take(5)).toBe('ping\0');
    secondary.send('pong');
    expect(await primary.take(4)).toBe('pong');

    expect(await pieces(lab)).toEqual([
      [0, 'ping\0'],
      [1, 'pong'],
    ]);
    const [first] = await lab.recorded('ring');
    const wall = 1_700_000_000_000_000n + BigInt(Math.floor(first!.atNs / 1000));
    const header = first!.bytes;
    expect(BigInt(header.readUInt32BE(0)) * 1_000_000n + BigInt(header.readUInt32BE(4))).toBe(wall);
    expect(header.toString('hex', 8, 12)).toBe('011f0000');
  });

  test('loses what is sent while nobody is at the other end, and says so', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const primary = await lab.serial('primary');
    primary.send('hello?');
    await lab.statsWhen((stats) => wireOf(stats, 'ring').ports[1]?.lostTowards['not-connected'] === 6);

    const secondary = await lab.serial('secondary');
    primary.send('hello!');

    expect(await secondary.take(6)).toBe('hello!');
    expect((await lab.recorded('ring')).map(({ comment }) => comment)).toEqual([
      'lost bytes 0-5 towards secondary: not connected',
      undefined,
    ]);
  });

  test('takes the time that its baud asks for', async () => {
    await using lab = await wiresUnderTest({ ring: { baud: 19_200 } });
    const [primary, secondary] = await joined(lab);
    const began = process.hrtime.bigint();

    primary.send('x'.repeat(192));
    await secondary.take(7);
    const firstMs = Number(process.hrtime.bigint() - began) / 1e6;
    expect(await secondary.take(185)).toBe('x'.repeat(185));
    const lastMs = Number(process.hrtime.bigint() - began) / 1e6;

    expect(firstMs).toBeGreaterThanOrEqual(3.6);
    expect(lastMs).toBeGreaterThanOrEqual(100);
  });

  test('holds back a sender that is ahead of the line, and loses nothing', async () => {
    await using lab = await wiresUnderTest({ ring: { baud: 4_000_000 }, limits: { cableQueueBytes: 1000 } });
    const [primary, secondary] = await joined(lab);
    const text = Array.from({ length: 20_000 }, (_, index) => String(index % 10)).join('');

    primary.send(text);

    expect(await secondary.take(20_000)).toBe(text);
  });
});

describe("a cable's faults", () => {
  test('cut, one-way block and heal', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);
    const lostTowards = (index: number, reason: 'cut' | 'block', bytes: number) =>
      lab.statsWhen((stats) => wireOf(stats, 'ring').ports[index]?.lostTowards[reason] === bytes);

    await lab.wires.impair({ fault: 'f1', wire: 'ring', effect: { kind: 'cut' } });
    primary.send('lost');
    secondary.send('lost too');
    await lostTowards(1, 'cut', 4);
    await lostTowards(0, 'cut', 8);
    await lab.wires.heal('f1');
    await lab.wires.impair({ fault: 'f2', wire: 'ring', from: 'primary', effect: { kind: 'block' } });
    primary.send('gone');
    await lostTowards(1, 'block', 4);
    secondary.send('passes');

    expect(await primary.take(6)).toBe('passes');
    expect(
      (await lab.recorded('ring')).map(({ comment }) => comment).filter((comment) => comment?.includes('f2')),
    ).toEqual(['lost bytes 0-3 towards secondary: block f2']);
  });

  test('drop and corrupt the bytes named', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);
    await lab.wires.impair({
      fault: 'f1',
      wire: 'ring',
      from: 'primary',
      occurrences: { from: 3, count: 2 },
      effect: { kind: 'drop' },
    });
    await lab.wires.impair({
      fault: 'f2',
      wire: 'ring',
      from: 'primary',
      occurrences: { nth: 1 },
      effect: { kind: 'corrupt' },
    });

    primary.send('abcdef');
    const arrived = await secondary.take(4);

    expect(arrived.slice(1)).toBe('bef');
    expect(Math.log2(arrived.charCodeAt(0) ^ 'a'.charCodeAt(0)) % 1).toBe(0);
    const frames = await lab.recorded('ring');
    expect(frames.map(({ comment }) => comment)).toEqual([
      'lost bytes 2-3 towards secondary: drop f1; corrupted bytes 0-0 towards secondary: f2',
      'corrupted copy of frame 1 towards secondary: f2',
    ]);
    expect(frames[1]?.bytes.toString('latin1', headerBytes)).toBe(arrived.slice(0, 2));
    expect(await lab.fates()).toEqual([
      {
        wire: 'ring',
        frame: 1,
        from: 'primary',
        to: 'secondary',
        fate: 'lost',
        reason: 'drop',
        fault: 'f1',
        bytes: { from: 2, count: 2 },
      },
      {
        wire: 'ring',
        frame: 1,
        from: 'primary',
        to: 'secondary',
        fate: 'corrupted',
        fault: 'f2',
        bytes: { from: 0, count: 1 },
      },
      { wire: 'ring', frame: 2, from: 'primary', to: 'secondary', fate: 'copy', fault: 'f2', of: 1 },
    ]);
  });

  test('delay one direction, never before its time', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);
    await lab.wires.impair({
      fault: 'f1',
      wire: 'ring',
      from: 'primary',
      effect: { kind: 'delay', delayMs: 60 },
    });
    const began = process.hrtime.bigint();

    primary.send('late');
    secondary.send('soon');
    expect(await primary.take(4)).toBe('soon');
    expect(await secondary.take(4)).toBe('late');

    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeGreaterThanOrEqual(60);
  });

  test('healed, let nothing overtake what is still delayed', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);
    await lab.wires.impair({ fault: 'f1', wire: 'ring', effect: { kind: 'delay', delayMs: 100 } });
    primary.send('first ');
    await lab.statsWhen((stats) => wireOf(stats, 'ring').ports[0]?.bytesIn === 6);

    await lab.wires.heal('f1');
    primary.send('second');

    expect(await secondary.take(12)).toBe('first second');
  });

  test('a pulled plug stops both directions', async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);

    await lab.wires.link({ node: 'secondary', nic: 'ttyS1', state: 'down', fault: 'f3' });
    primary.send('to');
    secondary.send('fro');
    await lab.statsWhen((stats) => wireOf(stats, 'ring').ports[0]?.lostTowards['link-down'] === 3);
    await lab.statsWhen((stats) => wireOf(stats, 'ring').ports[1]?.lostTowards['link-down'] === 2);
    await lab.wires.link({ node: 'secondary', nic: 'ttyS1', state: 'up' });
    primary.send('back');

    expect(await secondary.take(4)).toBe('back');
  });

  test('cut what is still under way', async () => {
    await using lab = await wiresUnderTest({ ring: { baud: 1200 } });
    const [primary, secondary] = await joined(lab);
    primary.send('x'.repeat(120));
    await secondary.take(7);

    await lab.wires.impair({ fault: 'f1', wire: 'ring', effect: { kind: 'cut' } });
    const isThrough = ({ bytesOut, lostTowards }: PortStats) => bytesOut + (lostTowards.cut ?? 0) === 120;
    const stats = await lab.statsWhen((answer) => isThrough(wireOf(answer, 'ring').ports[1]!));

    expect(wireOf(stats, 'ring').ports[1]?.lostTowards.cut).toBeGreaterThanOrEqual(7);
  });
});

describe.skipIf(!installed('tshark'))('tshark', () => {
  test("shows the direction, the control lines and the bytes of a cable's record", async () => {
    await using lab = await wiresUnderTest({ ring: {} });
    const [primary, secondary] = await joined(lab);
    primary.send('ping');
    await secondary.take(4);
    secondary.send('pong');
    await primary.take(4);
    await lab.wires.flush();

    const fields = ['frame.interface_name', 'rtacser.eventtype', 'rtacser.cts', 'rtacser.dcd', 'data.data'];
    const text = execFileSync(
      'tshark',
      ['-r', join(lab.directory, 'ring.pcapng'), '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );

    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('\t')),
    ).toEqual([
      ['ring', '0x01', '1', '1', Buffer.from('ping').toString('hex')],
      ['ring', '0x02', '1', '1', Buffer.from('pong').toString('hex')],
    ]);
  });
});
