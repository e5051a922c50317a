import { describe, expect, test } from 'vitest';
import { TestScene, tell } from '../test-scene.ts';
import { lvsGen06 } from './lvs-gen-06.ts';

const endpoint = '203.0.113.80:80';

function counters(scene: TestScene, web1: string, web2: string): TestScene {
  return scene.table({ [`${endpoint} rr`]: [`203.0.113.22:80 1 ${web2}`, `203.0.113.21:80 1 ${web1}`] });
}

function statistics(scene: TestScene, web1: number, web2: number): TestScene {
  const row = (name: string, conns: number) =>
    `${name}                    ${conns}  ${conns * 6}  0  ${conns * 338}  0`;
  return scene.observe(
    'ip_vs_stats_exact',
    [
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes',
      '  -> RemoteAddress:Port',
      row(`TCP  ${endpoint}`, web1 + web2),
      row('  -> 203.0.113.21:80', web1),
      row('  -> 203.0.113.22:80', web2),
      '',
    ].join('\n'),
  );
}

function requests(scene: TestScene, count = 32, past = false): TestScene {
  const outcomes = Array.from({ length: count }, (_, index) => ({
    localPort: index,
    outcome: 'answered',
    text: '',
    milliseconds: 1,
  }));
  scene.wait(3000).event({
    kind: 'visit',
    at: 3500e6,
    until: 4000e6,
    node: 'client',
    protocol: 'tcp',
    address: '203.0.113.80',
    port: 80,
    outcomes,
  });
  scene.at(3500);
  for (let index = 0; index < count; index++) {
    scene.connection({
      server: index % 2 === 0 ? 'web2' : 'web1',
      change: (leg, step) =>
        !past ? leg : step.endsWith(' out') ? undefined : step.endsWith(' in') ? { ...leg, to: 'web1' } : leg,
    });
  }
  return scene.wait(3000);
}

const begin = () => statistics(counters(new TestScene({ beginsAtStart: true }), '0 0', '0 0'), 0, 0);

describe('LVS-GEN-06', () => {
  test('passes with 16 finished connections on each server', () => {
    const scene = statistics(counters(requests(begin()), '0 16', '0 16'), 16, 16);
    expect(tell(scene.judge(lvsGen06))).toMatchInlineSnapshot(
      `"pass: half of the requests on each server, all of them inactive, in the table and in the statistics"`,
    );
  });

  test('fails an uneven spread in the table', () => {
    const scene = statistics(counters(requests(begin()), '0 15', '0 17'), 16, 16);
    expect(tell(scene.judge(lvsGen06))).toMatchInlineSnapshot(`
      "fail: 1 of 2 looks at the counters showed an uneven spread
      director did not spread 32 requests to 203.0.113.80:80 evenly
        where     director
        expected  16 inactive on each server, none active
        seen      203.0.113.21: 0 active, 15 inactive
        seen      203.0.113.22: 0 active, 17 inactive
        seen      32 connections forwarded from +3.500 s to +3.534 s
        evidence  trace.jsonl: ip_vs of director at +6.535 s"
    `);
  });

  test('fails connections that stay active', () => {
    const scene = statistics(counters(requests(begin()), '1 15', '0 16'), 16, 16);
    expect(scene.judge(lvsGen06).findings.map(({ node }) => node)).toEqual(['director']);
  });

  test('fails an uneven spread in the statistics', () => {
    const scene = statistics(counters(requests(begin()), '0 16', '0 16'), 32, 0);
    expect(tell(scene.judge(lvsGen06))).toMatchInlineSnapshot(`
      "fail: 1 of 2 looks at the counters showed an uneven spread
      director did not spread 32 requests to 203.0.113.80:80 evenly
        where     director
        expected  16 new connections in the statistics of each server
        seen      203.0.113.21: 32 new connections
        seen      203.0.113.22: 0 new connections
        seen      32 connections forwarded from +3.500 s to +3.534 s
        evidence  trace.jsonl: ip_vs_stats_exact of director at +6.536 s"
    `);
  });

  test('counts from the look before: entries of earlier connections may stay or go', () => {
    const before = () => statistics(counters(new TestScene({ beginsAtStart: true }), '0 3', '0 4'), 103, 104);
    const judge = (web1: string, web2: string) =>
      statistics(counters(requests(before()), web1, web2), 119, 120).judge(lvsGen06).verdict;
    expect(judge('0 19', '0 20')).toBe('pass');
    expect(judge('0 16', '0 16')).toBe('pass');
    expect(judge('0 20', '0 20')).toBe('fail');
    expect(judge('0 15', '0 20')).toBe('fail');
  });

  test('is inconclusive when statistics may be two seconds old', () => {
    const scene = begin();
    requests(scene).at(3600);
    const judgement = statistics(counters(scene, '0 16', '0 16'), 12, 12).judge(lvsGen06);
    expect(tell(judgement)).toMatchInlineSnapshot(
      `"inconclusive: the statistics showed 12 and 12 new connections, and may have been up to two seconds old"`,
    );
  });

  test('is inconclusive, with numbers, when requests go by the director', () => {
    const scene = statistics(counters(requests(begin(), 32, true), '0 0', '0 0'), 0, 0);
    expect(tell(scene.judge(lvsGen06))).toMatchInlineSnapshot(
      `"inconclusive: 0 of 32 requests to 203.0.113.80:80 went through the director, 32 did not; 32 connections went straight to a real server (LVS-DR-05 and LVS-DR-06 say why)"`,
    );
  });

  test('is inconclusive when connections overlap', () => {
    const scene = begin().wait(3000).connection({ server: 'web2', port: 50_000, isHeld: true });
    const judgement = statistics(
      counters(requests(scene).close(50_000, 'web2'), '0 16', '0 17'),
      16,
      17,
    ).judge(lvsGen06);
    expect(judgement.verdict).toBe('inconclusive');
  });

  test('is skipped when there were fewer requests', () => {
    const scene = statistics(counters(requests(begin(), 8), '0 4', '0 4'), 4, 4);
    expect(tell(scene.judge(lvsGen06))).toMatchInlineSnapshot(
      `"skipped: no 32 requests to a service with rr and two servers went through a director between two looks at its counters"`,
    );
  });
});
