import { describe, expect, test } from 'vitest';
import { type Change, TestScene, tell } from '../test-scene.ts';
import { lvsGen02 } from './lvs-gen-02.ts';

const service = '203.0.113.80:8003';
const nobody = { [`${service} rr`]: ['203.0.113.22:8003 0', '203.0.113.21:8003 0'] };
const only: Change = (leg, step) => (step === 'syn in' ? leg : undefined);

function ask(scene: TestScene, change: Change = only): TestScene {
  return scene.connection({ server: 'web1', port: 41_000, vport: 8003, change });
}

const refuse = (scene: TestScene, code = 3, source?: string) =>
  scene.icmpError({
    from: 'director',
    code,
    port: 41_000,
    vport: 8003,
    ...(source !== undefined && { source }),
  });

const log = (text: string) => ({ kind: 'console', at: 50e6, node: 'director', text }) as const;

describe('LVS-GEN-02', () => {
  test('passes when a service whose servers all have weight 0 refuses with port unreachable', () => {
    const scene = refuse(ask(new TestScene().table(nobody)));
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(
      `"pass: 1 connection to services without an eligible server refused with ICMP port unreachable from the virtual address"`,
    );
  });

  test('passes with the line of the kernel log where the trace has one', () => {
    const scene = refuse(ask(new TestScene().table({ [`${service} rr`]: [] })));
    scene.event(log(`[ 50.559045] IPVS: rr: TCP ${service} - no destination available`));
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(
      `"pass: 1 connection to services without an eligible server refused with ICMP port unreachable from the virtual address, and logged for 1 service"`,
    );
  });

  test('passes a director whose log says other things and not this: the kernel limits how often it says it', () => {
    const scene = refuse(ask(new TestScene().table(nobody))).event(log('[ 3.6] IPVS: ipvs loaded.'));
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(
      `"pass: 1 connection to services without an eligible server refused with ICMP port unreachable from the virtual address"`,
    );
  });

  test('fails a director that answers from its own address', () => {
    const scene = refuse(ask(new TestScene().table(nobody)), 3, '203.0.113.2');
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(`
      "fail: 1 breach in 1 connection to services without an eligible server
      director did not refuse a connection to 203.0.113.80:8003, which has no eligible server
        where     director, lan
        expected  ICMP port unreachable (type 3 code 3) from 203.0.113.80
        seen      SYN 203.0.113.10:41000 → 203.0.113.80:8003
        seen      director answered with ICMP type 3 code 3 from 203.0.113.2
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that says host unreachable', () => {
    expect(refuse(ask(new TestScene().table(nobody)), 1).judge(lvsGen02).findings).toHaveLength(1);
  });

  test('fails a director that forwards to weight 0', () => {
    const scene = ask(new TestScene().table(nobody), (leg) => leg);
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(`
      "fail: 1 breach in 1 connection to services without an eligible server
      director did not refuse a connection to 203.0.113.80:8003, which has no eligible server
        where     director, lan
        expected  ICMP port unreachable (type 3 code 3) from 203.0.113.80
        seen      SYN 203.0.113.10:41000 → 203.0.113.80:8003
        seen      director forwarded it to web1
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that says nothing', () => {
    const scene = ask(new TestScene().table(nobody)).after(1000);
    const again = { from: 'client', to: 'director', source: '203.0.113.10', destination: '203.0.113.80' };
    const syn = { flags: 2, sequence: 41_000_000, acknowledgement: 0, id: 7, ttl: 64, payload: '' };
    scene.tcp({ ...again, sourcePort: 41_000, destinationPort: 8003, ...syn }).after(1000);
    scene.whoHas('203.0.113.21', { from: 'director' }).wait(1);
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(`
      "fail: 1 breach in 1 connection to services without an eligible server
      director did not refuse a connection to 203.0.113.80:8003, which has no eligible server
        where     director, lan
        expected  ICMP port unreachable (type 3 code 3) from 203.0.113.80
        seen      SYN 203.0.113.10:41000 → 203.0.113.80:8003
        seen      director answered nothing in the 2.001 s to the end of the trace
        evidence  lan.pcapng#1"
    `);
  });

  test('does not judge a service with an eligible server', () => {
    const scene = ask(new TestScene().table({ [`${service} rr`]: ['203.0.113.21:8003 1'] }));
    expect(tell(scene.judge(lvsGen02))).toMatchInlineSnapshot(
      `"skipped: no connection came to a service that a table shows without an eligible server"`,
    );
  });

  test('does not judge while a command changes the table', () => {
    const scene = new TestScene()
      .table(nobody)
      .command(`ipvsadm -e -t ${service} -r 203.0.113.21:8003 -g -w 1`);
    expect(ask(scene, (leg) => leg).judge(lvsGen02).verdict).toBe('skipped');
  });

  test('a command that was refused changed nothing', () => {
    const scene = new TestScene().table(nobody).command(`ipvsadm -A -t ${service} -s rr`, { exitCode: 255 });
    expect(refuse(ask(scene)).judge(lvsGen02).verdict).toBe('pass');
  });
});
