import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installed } from './installed.ts';
import {
  frameWith,
  nextText,
  originEpochNs,
  originMonotonicNs,
  readRecord,
  wireOf,
  wiresUnderTest,
} from './wires-under-test.ts';

function lines(directory: string, file: string): unknown[] {
  return readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('the record', () => {
  test('has every frame once, in order, at times between sending and receiving', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const before = await lab.wires.mark('before');
    const frames = Array.from({ length: 2000 }, (_, index) =>
      frameWith('a', 'all', String(index), 60 + (index % 1400)),
    );

    a.send(...frames);
    for (let index = 0; index < frames.length; index++) await nextText(b);
    const after = await lab.wires.mark('after');

    const recorded = await lab.recorded('inside');
    expect(recorded.map(({ bytes }) => bytes)).toEqual(frames);
    const stamps = recorded.map(({ atNs }) => atNs);
    expect(stamps.every((stamp, index) => index === 0 || stamp > stamps[index - 1]!)).toBe(true);
    expect(stamps[0]).toBeGreaterThan(before.atNs);
    expect(stamps.at(-1)).toBeLessThan(after.atNs);
    expect([before.frames, after.frames]).toEqual([{ inside: 0 }, { inside: 2000 }]);
    expect(lines(lab.directory, 'marks.jsonl')).toEqual([
      { ...before, text: 'before' },
      { ...after, text: 'after' },
    ]);
  });

  test("is on the owner's clock", async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const labNs = () => Number(process.hrtime.bigint() - originMonotonicNs);

    const before = labNs();
    a.send(frameWith('a', 'all', 'now'));
    await nextText(b);
    const after = labNs();

    const [frame] = await lab.recorded('inside');
    expect(frame!.atNs).toBeGreaterThan(before);
    expect(frame!.atNs).toBeLessThan(after);
  });

  test('can be read up to the frame that flush answered with', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    for (const text of ['one', 'two']) {
      a.send(frameWith('a', 'all', text));
      await nextText(b);

      const { wires } = await lab.wires.flush();

      const path = join(lab.directory, 'inside.pcapng');
      expect(wireOf({ wires }, 'inside')).toEqual({
        frames: readRecord(path).length,
        fileBytes: readFileSync(path).length,
        isComplete: true,
        lostFromRecord: 0,
      });
    }
  });

  test('is incomplete, and says so, when the disk may hold next to nothing', async () => {
    await using lab = await wiresUnderTest({ limits: { recordQueueBytes: 2000 } });
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    const frames = Array.from({ length: 50 }, (_, index) => frameWith('a', 'all', String(index), 500));

    a.send(...frames);
    for (let index = 0; index < frames.length; index++) expect(await nextText(b)).toBe(String(index));
    await lab.wires.flush();
    a.send(frameWith('a', 'all', 'last'));
    await nextText(b);

    const recorded = await lab.recorded('inside');
    const position = wireOf(await lab.wires.flush(), 'inside');
    expect(position.isComplete).toBe(false);
    expect(position.frames).toBe(recorded.length);
    expect(position.lostFromRecord + recorded.length).toBe(51);
    expect(recorded.at(-1)?.comment).toMatch(
      /^\d+ frames before this one missing from the record: the disk did not keep up$/,
    );
  });

  test('has what was in memory after the wires are stopped', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair({ fault: 'f1', wire: 'inside', effect: { kind: 'duplicate' } });
    a.send(frameWith('a', 'all', 'last words'));
    await nextText(b);

    await lab.wires.stop();

    expect(readRecord(join(lab.directory, 'inside.pcapng'))).toHaveLength(2);
    expect(lines(lab.directory, 'fates.jsonl')).toHaveLength(2);
  });
});

describe.skipIf(!installed('tshark'))('tshark', () => {
  test('shows frames, nanoseconds, interface, comments and names', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    await lab.wires.impair({
      fault: 'f1',
      wire: 'inside',
      effect: { kind: 'drop' },
      occurrences: { nth: 1 },
    });
    a.send(frameWith('a', 'all', 'one'), frameWith('a', 'all', 'two'));
    await nextText(b);
    const [first] = await lab.recorded('inside');

    const fields = ['frame.number', 'frame.time_epoch', 'frame.interface_name', 'frame.comment', 'eth.src'];
    const text = execFileSync(
      'tshark',
      [
        '-r',
        join(lab.directory, 'inside.pcapng'),
        '-T',
        'fields',
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );

    const rows = text
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows.map(([number, , ...rest]) => [number, ...rest])).toEqual([
      ['1', 'inside', 'lost towards b: drop f1', '02:00:00:00:00:0a'],
      ['2', 'inside', '', '02:00:00:00:00:0a'],
    ]);
    const wallNs = originEpochNs + BigInt(first!.atNs);
    expect(rows[0]?.[1]).toBe(String(wallNs).replace(/(\d{9})$/, '.$1'));
  });
});

describe.skipIf(!installed('tcpdump'))('tcpdump', () => {
  test('reads the record of a segment', async () => {
    await using lab = await wiresUnderTest();
    const [a, b] = [await lab.nic('a'), await lab.nic('b')];
    a.send(frameWith('a', 'all', 'one'), frameWith('a', 'all', 'two'));
    await nextText(b);
    await nextText(b);
    await lab.wires.flush();

    const text = execFileSync('tcpdump', ['-e', '-n', '-t', '-r', join(lab.directory, 'inside.pcapng')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });

    expect(text.match(/^02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff/gm)).toHaveLength(2);
  });
});
