import { describe, expect, test } from 'vitest';
import { ACK, RST, TestScene, tell } from '../test-scene.ts';
import { lvsGen04 } from './lvs-gen-04.ts';

const vip = '203.0.113.80';
const head = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
const entry = 'TCP CB00710A A028 CB007150 0050 CB007115 0050 ESTABLISHED     899';
const ends = { source: '203.0.113.10', destination: vip, sourcePort: 41_000, destinationPort: 80 };
const segment = { sequence: 1, acknowledgement: 1, id: 3, ttl: 64, payload: '' };
const entries = (scene: TestScene, ...lines: readonly string[]) =>
  scene.observe('ip_vs_conn', [head, ...lines, ''].join('\n'));

function orphan(scene: TestScene, flags: number = ACK): TestScene {
  return scene.tcp({ from: 'client', to: 'director', ...ends, ...segment, flags });
}

function reset(scene: TestScene): TestScene {
  return scene.tcp({
    from: 'director',
    to: 'client',
    source: vip,
    destination: '203.0.113.10',
    sourcePort: 80,
    destinationPort: 41_000,
    ...segment,
    flags: RST,
  });
}

const forward = (scene: TestScene) =>
  scene.tcp({ from: 'director', to: 'web1', ...ends, ...segment, flags: ACK, ttl: 63 });

describe('LVS-GEN-04', () => {
  test('passes when the director resets the segment and has no entry afterwards', () => {
    expect(tell(entries(reset(orphan(new TestScene()))).judge(lvsGen04))).toMatchInlineSnapshot(
      `"pass: 1 segment without SYN and without an entry reset from the virtual address by the director, and no entry made"`,
    );
  });

  test('fails a director that makes an entry for it', () => {
    expect(tell(entries(reset(orphan(new TestScene())), entry).judge(lvsGen04))).toMatchInlineSnapshot(`
      "fail: 1 breach; 0 segments without SYN and without an entry reset by the director
      director made an entry for a segment without SYN
        where     director, lan
        expected  no entry of 203.0.113.10:41000 → 203.0.113.80:80
        seen      TCP ESTABLISHED 899 s 203.0.113.10:41000 → 203.0.113.80:80 → 203.0.113.21:80
        evidence  lan.pcapng#1
        evidence  trace.jsonl: ip_vs_conn of director at +0.000 s"
    `);
  });

  test('fails a director that forwards it though the entries were looked at before', () => {
    const scene = forward(orphan(entries(new TestScene())));
    expect(tell(scene.judge(lvsGen04))).toMatchInlineSnapshot(`
      "fail: 1 breach; 0 segments without SYN and without an entry reset by the director
      director forwarded a segment without SYN of 203.0.113.10:41000 → 203.0.113.80:80, which had no entry
        where     director, lan
        expected  RST from 203.0.113.80 by director itself
        seen      the segment on its way to web1
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that forwards it when the trace has all that happened', () => {
    const scene = forward(orphan(new TestScene({ beginsAtStart: true }).wait(1)));
    expect(scene.judge(lvsGen04).verdict).toBe('fail');
  });

  test('takes a forwarded segment for an old connection when the trace begins later', () => {
    expect(entries(forward(orphan(new TestScene()))).judge(lvsGen04).verdict).toBe('skipped');
  });

  test('does not ask for a reset of a reset, nor of SYN and ACK, nor with sloppy_tcp', () => {
    expect(orphan(new TestScene({ beginsAtStart: true }).wait(1), RST).judge(lvsGen04).verdict).toBe(
      'skipped',
    );
    expect(orphan(new TestScene({ beginsAtStart: true }).wait(1), 0x12).judge(lvsGen04).verdict).toBe(
      'skipped',
    );
    const sloppy = new TestScene({ beginsAtStart: true }).setting('director', {
      what: 'sysctl',
      name: 'net.ipv4.vs.sloppy_tcp',
      value: '1',
    });
    expect(forward(orphan(sloppy)).judge(lvsGen04).verdict).toBe('skipped');
  });

  test('is skipped without a look at the entries afterwards', () => {
    expect(tell(reset(orphan(new TestScene())).wait(1).judge(lvsGen04))).toMatchInlineSnapshot(
      `"skipped: 1 segment without SYN reset by the director; no look at the connection entries after it shows that there is none"`,
    );
  });

  test('is inconclusive when a segment that has no entry gets no answer', () => {
    expect(tell(orphan(entries(new TestScene())).judge(lvsGen04))).toMatchInlineSnapshot(
      `"inconclusive: 1 segment without SYN and without an entry, and no answer in the trace"`,
    );
  });
});
