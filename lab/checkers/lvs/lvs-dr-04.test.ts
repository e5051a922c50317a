import { describe, expect, test } from 'vitest';
import { TestScene, tell } from '../test-scene.ts';
import { lvsDr04 } from './lvs-dr-04.ts';

function statistics(
  scene: TestScene,
  service: string,
  rows: Readonly<Record<string, readonly [number, number]>>,
): TestScene {
  const row = (name: string, [packetsIn, packetsOut]: readonly [number, number]) =>
    `${name}    4  ${packetsIn}  ${packetsOut}  5408  ${packetsOut * 50}`;
  const sum = Object.values(rows).reduce<[number, number]>(
    (all, one) => [all[0] + one[0], all[1] + one[1]],
    [0, 0],
  );
  const lines = [
    row(`TCP  ${service}`, sum),
    ...Object.entries(rows).map(([server, counts]) => row(`  -> ${server}`, counts)),
  ];
  return scene.observe(
    'ip_vs_stats_exact',
    `Prot LocalAddress:Port Conns InPkts OutPkts InBytes OutBytes\n${lines.join('\n')}\n`,
  );
}

const web = '203.0.113.80:80';

describe('LVS-DR-04', () => {
  test('passes when nothing goes out', () => {
    const scene = statistics(new TestScene(), web, {
      '203.0.113.21:80': [96, 0],
      '203.0.113.22:80': [96, 0],
    });
    expect(tell(scene.judge(lvsDr04))).toMatchInlineSnapshot(
      `"pass: 3 counters of direct routing with incoming packets show none going out"`,
    );
  });

  test('fails a director that counts outgoing packets', () => {
    const scene = statistics(new TestScene(), web, { '203.0.113.21:80': [96, 12] });
    expect(tell(scene.judge(lvsDr04))).toMatchInlineSnapshot(`
      "fail: 2 of 2 counters of direct routing show outgoing packets
      director counted 12 outgoing packets of 203.0.113.80:80, which is routed directly
        where     director
        expected  OutPkts 0
        seen      InPkts 96, OutPkts 12
        evidence  trace.jsonl: ip_vs_stats_exact of director at +0.000 s
      director counted 12 outgoing packets of 203.0.113.80:80 → 203.0.113.21:80, which is routed directly
        where     director
        expected  OutPkts 0
        seen      InPkts 96, OutPkts 12
        evidence  trace.jsonl: ip_vs_stats_exact of director at +0.000 s"
    `);
  });

  test('does not mind a destination that is the director itself', () => {
    const table = { '203.0.113.80:8016 rr': ['127.0.0.1:8016', '203.0.113.21:8016'] };
    const scene = statistics(new TestScene().table(table), '203.0.113.80:8016', {
      '127.0.0.1:8016': [5, 5],
      '203.0.113.21:8016': [5, 0],
    });
    expect(tell(scene.judge(lvsDr04))).toMatchInlineSnapshot(
      `"pass: 1 counter of direct routing with incoming packets show none going out"`,
    );
  });

  test('does not judge services that neither the plan nor a table knows', () => {
    const scene = statistics(new TestScene(), '203.0.113.80:9000', { '203.0.113.21:9000': [5, 5] });
    expect(tell(scene.judge(lvsDr04))).toMatchInlineSnapshot(
      `"skipped: 1 look at the statistics, and no incoming packet of a directly routed service in them"`,
    );
  });

  test('is skipped when nobody looked', () => {
    expect(tell(new TestScene().wait(1).judge(lvsDr04))).toMatchInlineSnapshot(
      `"skipped: nobody looked at the statistics of a director (ip_vs_stats_exact)"`,
    );
  });
});
