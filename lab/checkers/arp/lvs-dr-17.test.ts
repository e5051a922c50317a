import { describe, expect, test } from 'vitest';
import { lvsDr } from '../../../topologies/lvs-dr.ts';
import { TestScene, tell } from '../test-scene.ts';
import { lvsDr17 } from './lvs-dr-17.ts';

const vip = '203.0.113.80';
const pair = {
  ...lvsDr,
  nodes: {
    ...lvsDr.nodes,
    backup: { role: 'director', nics: { eth0: { segment: 'lan', address: '203.0.113.3' } } },
  },
  services: { web: { ...lvsDr.services!.web, director: ['director', 'backup'] } },
} as const;

/** The client uses the director; then the backup announces the address. */
function takeover(): TestScene {
  const scene = new TestScene({ topology: pair }).whoHas(vip, { from: 'client' });
  scene.isAt(vip, { from: 'director', to: 'client' }).connection({ server: 'web1' }).after(1000);
  return scene.announce(vip, 'backup').after(10);
}

describe('LVS-DR-17', () => {
  test('passes when the client sends to the new director', () => {
    const scene = takeover().connection({ server: 'web1', director: 'backup' });
    expect(tell(scene.judge(lvsDr17))).toMatchInlineSnapshot(
      `"pass: 1 host after 1 announced move of a virtual address sent to the new card"`,
    );
  });

  test('passes when the director has a new card', () => {
    const card = '02:4f:19:8e:01:d1';
    const scene = new TestScene()
      .whoHas(vip, { from: 'client' })
      .isAt(vip, { from: 'director', to: 'client' });
    scene
      .connection({ server: 'web1' })
      .setting('director', { what: 'mac', nic: 'eth0', mac: card })
      .after(100);
    scene.announce(vip, card).after(10).connection({ server: 'web1', director: card });
    expect(tell(scene.judge(lvsDr17))).toMatchInlineSnapshot(
      `"pass: 1 host after 1 announced move of a virtual address sent to the new card"`,
    );
  });

  test('fails a client that keeps to the old director', () => {
    const scene = takeover().after(1500).connection({ server: 'web1' });
    expect(tell(scene.judge(lvsDr17))).toMatchInlineSnapshot(`
      "fail: 1 of 1 host after 1 announced move of a virtual address kept to the old card
      client still sent packets for 203.0.113.80 to 02:4f:19:8e:01:00 1.510 s after backup had announced 02:4f:19:8e:04:00
        where     client, lan
        expected  packets for 203.0.113.80 go to 02:4f:19:8e:04:00 (backup) from +1.001 s on
        seen      gratuitous ARP: 203.0.113.80 is-at 02:4f:19:8e:04:00 (backup)
        seen      a packet for 203.0.113.80 to 02:4f:19:8e:01:00, the card that had it before (director)
        evidence  lan.pcapng#14
        evidence  lan.pcapng#15"
    `);
  });

  test('lets packets pass that were under way within the second', () => {
    const scene = takeover().connection({ server: 'web1' }).after(100);
    expect(scene.connection({ server: 'web1', director: 'backup' }).judge(lvsDr17).verdict).toBe('pass');
  });

  test('is inconclusive when the lab stood still meanwhile', () => {
    const scene = takeover().after(1500);
    scene.event({ kind: 'stall', at: 1100e6, until: 2400e6, where: 'wires' });
    expect(tell(scene.connection({ server: 'web1' }).judge(lvsDr17))).toMatchInlineSnapshot(
      `"inconclusive: packets still went to the old card more than a second after the announcement, but the lab stood still meanwhile"`,
    );
  });

  test("reads the client's own neighbour table", () => {
    const look = (mac: string) => {
      const scene = takeover().after(1500);
      const plan = scene.plan.nodes.find(({ name }) => name === mac)!.nics[0]!.mac;
      return scene
        .observe(
          'neighbours',
          `203.0.113.2 dev eth0 lladdr 02:00:00:00:00:01 STALE\n${vip} dev eth0 lladdr ${plan} REACHABLE\n`,
          'client',
        )
        .judge(lvsDr17);
    };
    expect(look('backup').verdict).toBe('pass');
    expect(look('director')).toMatchObject({ verdict: 'fail', findings: [{ node: 'client' }] });
  });

  test('is not concerned with real servers that announce the address', () => {
    const scene = new TestScene().connection({ server: 'web1' }).announce(vip, 'web1').after(1500);
    expect(tell(scene.connection({ server: 'web1' }).judge(lvsDr17))).toMatchInlineSnapshot(
      `"skipped: no director announced a virtual address that another network card had held before"`,
    );
  });

  test('is skipped when nobody sends afterwards', () => {
    expect(tell(takeover().wait(5000).judge(lvsDr17))).toMatchInlineSnapshot(
      `"skipped: nobody that had sent to the old card was seen sending to the virtual address after the announcement"`,
    );
  });
});
