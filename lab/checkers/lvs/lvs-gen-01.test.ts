import { describe, expect, test } from 'vitest';
import { ACK, RST, SYN, TestScene, tell } from '../test-scene.ts';
import { lvsGen01 } from './lvs-gen-01.ts';

const vip = '203.0.113.80';

/** The client's SYN to a port, and what comes back, if anything. */
function ask(
  scene: TestScene,
  options: { port?: number; vport: number; answer?: number; by?: string },
): TestScene {
  const { port = 41_000, vport, answer, by = 'director' } = options;
  const ends = { source: '203.0.113.10', destination: vip, sourcePort: port, destinationPort: vport };
  const syn = { flags: SYN, sequence: port * 1000, acknowledgement: 0, id: 1, ttl: 64, payload: '' };
  scene.tcp({ from: 'client', to: 'director', ...ends, ...syn });
  if (answer === undefined) return scene;
  return scene.tcp({
    from: by,
    to: 'client',
    source: vip,
    destination: '203.0.113.10',
    sourcePort: vport,
    destinationPort: port,
    flags: answer,
    sequence: 0,
    acknowledgement: port * 1000 + 1,
    id: 0,
    ttl: 64,
    payload: '',
  });
}

describe('LVS-GEN-01', () => {
  test('passes when the director resets what goes to a port without a service', () => {
    expect(
      tell(ask(new TestScene(), { vport: 8001, answer: RST | ACK }).judge(lvsGen01)),
    ).toMatchInlineSnapshot(`"pass: 1 connection to ports without a service reset by the director itself"`);
  });

  test('fails a director whose table has no service there and that forwards all the same', () => {
    const scene = new TestScene().table({ [`${vip}:80 rr`]: ['203.0.113.22:80', '203.0.113.21:80'] });
    scene.connection({ server: 'web1', vport: 8001 });
    expect(tell(scene.judge(lvsGen01))).toMatchInlineSnapshot(`
      "fail: 1 of 1 connection to ports without a service were not reset by the director
      director did not reset a connection to 203.0.113.80:8001, where no service is
        where     director, lan
        expected  RST from 203.0.113.80:8001 by director itself
        seen      SYN 203.0.113.10:40001 → 203.0.113.80:8001
        seen      director forwarded it to web1
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that leaves the client without an answer', () => {
    const scene = new TestScene().table({ [`${vip}:80 rr`]: ['203.0.113.22:80'] });
    ask(scene, { vport: 8001 }).after(1000);
    ask(scene, { vport: 8001 }).after(1000).whoHas('203.0.113.21', { from: 'director' }).wait(1);
    expect(tell(scene.judge(lvsGen01))).toMatchInlineSnapshot(`
      "fail: 1 of 1 connection to ports without a service were not reset by the director
      director did not reset a connection to 203.0.113.80:8001, where no service is
        where     director, lan
        expected  RST from 203.0.113.80:8001 by director itself
        seen      SYN 203.0.113.10:41000 → 203.0.113.80:8001
        seen      director answered nothing in the 2.001 s to the end of the trace
        evidence  lan.pcapng#1"
    `);
  });

  test('is inconclusive when the client asks once and the trace has no answer', () => {
    expect(tell(ask(new TestScene(), { vport: 8001 }).wait(3000).judge(lvsGen01))).toMatchInlineSnapshot(
      `"inconclusive: 1 connection to ports without a service, and no answer in the trace"`,
    );
  });

  test('takes a port that a capture shows forwarded for a service that the plan lacks', () => {
    const scene = new TestScene().connection({ server: 'web1', vport: 8001 });
    expect(tell(scene.judge(lvsGen01))).toMatchInlineSnapshot(
      `"skipped: the director has services that the plan does not: 203.0.113.80:8001"`,
    );
  });

  test("leaves a daemon of the director's own alone", () => {
    const scene = ask(new TestScene(), { vport: 22, answer: SYN | ACK });
    expect(tell(scene.judge(lvsGen01))).toMatchInlineSnapshot(
      `"skipped: 1 connection to ports without a service, all accepted by a daemon of the director's own"`,
    );
  });

  test('knows the services of an experiment from the table', () => {
    const scene = new TestScene().table({ [`${vip}:8001 rr`]: ['203.0.113.21:8001'] });
    scene.connection({ server: 'web1', vport: 8001 });
    expect(scene.judge(lvsGen01).verdict).toBe('skipped');
  });

  test('does not judge while a command changes the table', () => {
    const scene = new TestScene().table({ [`${vip}:80 rr`]: ['203.0.113.21:80'] });
    scene.command(`ipvsadm -A -t ${vip}:8001 -s rr`).connection({ server: 'web1', vport: 8001 });
    expect(scene.judge(lvsGen01).verdict).toBe('skipped');
  });

  test('drops what it found under a table that turns out to have changed meanwhile', () => {
    const scene = new TestScene().table({ [`${vip}:80 rr`]: ['203.0.113.21:80'] });
    scene.connection({ server: 'web1', vport: 8001 });
    scene.table({ [`${vip}:80 rr`]: ['203.0.113.21:80'], [`${vip}:8001 rr`]: ['203.0.113.21:8001'] });
    expect(tell(scene.judge(lvsGen01))).toMatchInlineSnapshot(
      `"inconclusive: 1 connection came while the director's table was changing"`,
    );
  });
});
