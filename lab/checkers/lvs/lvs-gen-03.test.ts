import { describe, expect, test } from 'vitest';
import { TestScene, tell } from '../test-scene.ts';
import { lvsGen03 } from './lvs-gen-03.ts';

const vip = '203.0.113.80';
const head = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
const ping = (scene: TestScene, answeredBy?: string) =>
  scene.ping(vip, { from: 'client', to: 'director', answeredBy });

describe('LVS-GEN-03', () => {
  test('passes when the director answers and has no entry afterwards', () => {
    const tcp = 'TCP CB00710A 9C41 CB007150 0050 CB007115 0050 FIN_WAIT        118';
    const scene = ping(new TestScene(), 'director').observe('ip_vs_conn', `${head}\n${tcp}\n`);
    expect(tell(scene.judge(lvsGen03))).toMatchInlineSnapshot(
      `"pass: 1 echo request answered by the director, and no entry for any of them"`,
    );
  });

  test('fails a director that makes an entry', () => {
    const entry = 'ICMP CB00710A 0000 CB007150 0000 CB007115 0000 NONE        2';
    const scene = ping(new TestScene(), 'director').observe('ip_vs_conn', `${head}\n${entry}\n`);
    expect(tell(scene.judge(lvsGen03))).toMatchInlineSnapshot(`
      "fail: 1 breach, 1 echo request answered by the director
      director made a connection entry for an echo request
        where     director
        expected  no entry of 203.0.113.10 but those of TCP and UDP
        seen      ICMP NONE 2 s 203.0.113.10:0 → 203.0.113.80:0 → 203.0.113.21:0
        evidence  trace.jsonl: ip_vs_conn of director at +0.000 s"
    `);
  });

  test('fails a director that lets a real server answer', () => {
    expect(tell(ping(new TestScene(), 'web1').judge(lvsGen03))).toMatchInlineSnapshot(`
      "fail: 1 breach, 0 echo requests answered by the director
      director left an echo request to web1 to answer
        where     director, lan
        expected  an echo reply by director itself
        seen      ICMP 203.0.113.80 → 203.0.113.10, web1 → client
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('is skipped without a look at the entries', () => {
    expect(tell(ping(new TestScene(), 'director').wait(1).judge(lvsGen03))).toMatchInlineSnapshot(
      `"skipped: 1 echo request answered by the director; no look at the connection entries after them shows that there is none"`,
    );
  });

  test('is skipped in a capture without events, however right the wires look', () => {
    expect(tell(ping(new TestScene(), 'director').judge(lvsGen03))).toMatchInlineSnapshot(
      `"skipped: 1 echo request answered by the director; no look at the connection entries after them shows that there is none"`,
    );
  });

  test('names the address that nobody pinged', () => {
    expect(tell(new TestScene().connection({ server: 'web1' }).judge(lvsGen03))).toMatchInlineSnapshot(
      `"skipped: no ICMP echo request to 203.0.113.80 at a director in the trace"`,
    );
  });

  test('does not mind that a real server answers who reached it past the director', () => {
    const scene = new TestScene().ping(vip, { from: 'client', to: 'web1', answeredBy: 'web1' });
    expect(scene.judge(lvsGen03).verdict).toBe('skipped');
  });
});
