import { describe, expect, test } from 'vitest';
import { TestScene, tell } from '../test-scene.ts';
import { lvsGen05 } from './lvs-gen-05.ts';

const endpoint = '203.0.113.80:80';
const quiesced = (scheduler: string) => ({
  [`${endpoint} ${scheduler}`]: ['203.0.113.22:80 1', '203.0.113.21:80 0'],
});

describe('LVS-GEN-05', () => {
  test('passes when new connections go to the server that has a weight', () => {
    const scene = new TestScene().table(quiesced('wlc')).connection({ server: 'web2' });
    expect(tell(scene.judge(lvsGen05))).toMatchInlineSnapshot(
      `"pass: none of 1 new connection of services with a server of weight 0 (wlc) went to it"`,
    );
  });

  test('fails a new connection to weight 0', () => {
    const scene = new TestScene().table(quiesced('lc')).connection({ server: 'web1' });
    expect(tell(scene.judge(lvsGen05))).toMatchInlineSnapshot(`
      "fail: 1 of 1 new connection of services with a server of weight 0 (lc) went to it
      director sent a new connection to web1, which has weight 0
        where     director, lan
        expected  no new connection of 203.0.113.80:80 to 203.0.113.21 (weight 0, scheduler lc)
        seen      203.0.113.10:40001 → 203.0.113.80:80 to web1
        evidence  lan.pcapng#2"
    `);
  });

  test('lets what was established before go on', () => {
    const scene = new TestScene()
      .connection({ server: 'web1', port: 50_000, isHeld: true })
      .table(quiesced('rr'));
    expect(scene.close(50_000, 'web1').judge(lvsGen05).verdict).toBe('skipped');
  });

  test('does not mind a used port that its old entry leads to the quiesced server', () => {
    const scene = new TestScene().connection({ server: 'web1', port: 50_000 }).table(quiesced('rr'));
    expect(scene.connection({ server: 'web1', port: 50_000 }).judge(lvsGen05).verdict).toBe('inconclusive');
  });

  test('takes a refusal for right: some schedulers choose nobody else', () => {
    const scene = new TestScene().table(quiesced('sh'));
    scene.connection({
      server: 'web1',
      port: 50_000,
      change: (leg, step) => (step === 'syn in' ? leg : undefined),
    });
    expect(scene.icmpError({ from: 'director', code: 3, port: 50_000 }).judge(lvsGen05).verdict).toBe('pass');
  });

  test('leaves persistent services alone: a template may lead to weight 0', () => {
    const scene = new TestScene()
      .table(quiesced('rr persistent 300 FFFFFFFF'))
      .connection({ server: 'web1' });
    expect(scene.judge(lvsGen05).verdict).toBe('skipped');
  });

  test('drops what came before an unexplained change of the table', () => {
    const scene = new TestScene().table(quiesced('rr')).connection({ server: 'web1' });
    scene.table({ [`${endpoint} rr`]: ['203.0.113.22:80 1', '203.0.113.21:80 1'] });
    expect(tell(scene.judge(lvsGen05))).toMatchInlineSnapshot(
      `"inconclusive: 1 connection came while the table was changing or from a client port that had been used shortly before"`,
    );
  });

  test('counts what came before a command that changed the table', () => {
    const scene = new TestScene().table(quiesced('rr')).connection({ server: 'web1' });
    scene.command(`ipvsadm -e -t ${endpoint} -r 203.0.113.21:80 -g -w 1`);
    scene.table({ [`${endpoint} rr`]: ['203.0.113.22:80 1', '203.0.113.21:80 1'] });
    expect(scene.judge(lvsGen05).verdict).toBe('fail');
  });
});
