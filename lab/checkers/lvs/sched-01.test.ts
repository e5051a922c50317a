import { describe, expect, test } from 'vitest';
import { RST, TestScene, tell } from '../test-scene.ts';
import { sched01 } from './sched-01.ts';

const vip = '203.0.113.80';
const web1 = '203.0.113.21:80';
const web2 = '203.0.113.22:80';
/** web1 was added first, web2 last. */
const rr = { [`${vip}:80 rr`]: [web2, web1] };

/** One closed connection after another, to these servers. */
function connect(scene: TestScene, servers: string, options: { vport?: number } = {}): TestScene {
  for (const server of servers.split(' ')) scene.connection({ server: `web${server}`, ...options }).after(5);
  return scene;
}

describe('SCHED-01', () => {
  test('passes when connections alternate, beginning with the server added last', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2 1 2 1');
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(
      `"pass: 6 connections went in turn, the first to the server added last; no server had more open connections than the next in turn, so lc and wlc might have done the same"`,
    );
  });

  test('fails a director that begins with the server added first', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '1 2 1 2 1 2');
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(`
      "fail: 1 of 6 connections went out of turn
      director sent a connection to 203.0.113.80:80 to web1, and rr would have chosen web2
        where     director, lan
        expected  web2: the list is web2 and web1, newest first
        seen      before: no connection
        seen      then: web1
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('judges the turn alone in a capture that begins later', () => {
    expect(tell(connect(new TestScene(), '1 2 1 2 1 2').judge(sched01))).toMatchInlineSnapshot(
      `"pass: 5 connections went in turn; who was chosen before the trace is not known, so only the turn was judged; no server had more open connections than the next in turn, so lc and wlc might have done the same"`,
    );
  });

  test('fails one connection out of turn, and goes on from there', () => {
    const judgement = connect(new TestScene(), '1 2 1 1 2 1 2').judge(sched01);
    expect(tell(judgement)).toMatchInlineSnapshot(`
      "fail: 1 of 6 connections went out of turn
      director sent a connection to 203.0.113.80:80 to web1, and rr would have chosen web2
        where     director, lan
        expected  web2: the list is web2 and web1, newest first
        seen      before: web1 web2 web1
        seen      then: web1
        evidence  lan.pcapng#34
        evidence  lan.pcapng#35"
    `);
  });

  // Other schedulers' choices, as the kernel makes them. Held connections tell those that count them apart.
  describe.for([
    ['sh: one client, one server', '2 2 2 2 2'],
    ['wrr with weights 1 and 2', '2 1 2 2 1 2 2 1 2'],
    ['random', '2 1 1 2 2 1 2 1 1 1'],
  ] as const)('fails %s', ([, servers]) => {
    test('as a sequence', () => {
      expect(connect(new TestScene(), servers).judge(sched01).verdict).toBe('fail');
    });
  });

  test('fails wlc once a server holds a connection, and says that rr would not have cared', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2 1');
    scene.connection({ server: 'web2', isHeld: true, port: 50_000 });
    connect(scene, '1 1 1 1');
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(`
      "fail: 3 of 9 connections went out of turn
      director sent a connection to 203.0.113.80:80 to web1, and rr would have chosen web2
        where     director, lan
        expected  web2: the list is web2 and web1, newest first
        seen      before: web2 web1 web2 web1 web2 web1
        seen      then: web1
        evidence  lan.pcapng#64
        evidence  lan.pcapng#65
      director sent a connection to 203.0.113.80:80 to web1, and rr would have chosen web2
        where     director, lan
        expected  web2: the list is web2 and web1, newest first
        seen      before: web1 web2 web1 web2 web1 web1
        seen      then: web1
        evidence  lan.pcapng#75
        evidence  lan.pcapng#76
      director sent a connection to 203.0.113.80:80 to web1, and rr would have chosen web2
        where     director, lan
        expected  web2: the list is web2 and web1, newest first
        seen      before: web2 web1 web2 web1 web1 web1
        seen      then: web1
        evidence  lan.pcapng#86
        evidence  lan.pcapng#87"
    `);
  });

  test('passes rr while a server holds connections, and says that it was told apart', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2 1');
    scene.connection({ server: 'web2', isHeld: true, port: 50_000 });
    connect(scene, '1 2 1 2').close(50_000, 'web2');
    connect(scene, '1 2');
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(
      `"pass: 11 connections went in turn, the first to the server added last, 2 of them to a server with more open connections than another, where lc and wlc choose otherwise"`,
    );
  });

  test('begins with the newest server of a service that was made in the trace', () => {
    const scene = new TestScene().table(rr);
    scene.command(`ipvsadm -A -t ${vip}:8021 -s rr`);
    const made = { ...rr, [`${vip}:8021 rr`]: ['203.0.113.21:8021', '203.0.113.22:8021'] };
    const story = connect(scene.table(made), '1 2 1 2', { vport: 8021 });
    expect(tell(story.judge(sched01))).toMatchInlineSnapshot(
      `"pass: 4 connections went in turn, the first to the server added last; no server had more open connections than the next in turn, so lc and wlc might have done the same"`,
    );
    const wrong = new TestScene().table(rr).command(`ipvsadm -A -t ${vip}:8021 -s rr`).table(made);
    expect(connect(wrong, '2 1 2 1', { vport: 8021 }).judge(sched01).findings).toHaveLength(1);
  });

  test('fails a director that chooses weight 0', () => {
    const scene = new TestScene().table({ [`${vip}:80 rr`]: [`${web2} 0`, web1] });
    expect(tell(connect(scene, '1 1 2 1').judge(sched01))).toMatchInlineSnapshot(`
      "fail: 1 of 3 connections went out of turn
      director sent a connection to 203.0.113.80:80 to web2, and rr would have chosen web1
        where     director, lan
        expected  web1: the list is web2 and web1, newest first; weight 0: 203.0.113.22
        seen      before: web1 web1
        seen      then: web2
        evidence  lan.pcapng#23
        evidence  lan.pcapng#24"
    `);
  });

  test('passes over weight 0 among three', () => {
    const three = { [`${vip}:80 rr`]: ['203.0.113.23:80 0', web2, web1] };
    expect(connect(new TestScene().table(three), '2 1 2 1 2').judge(sched01)).toMatchObject({
      verdict: 'pass',
      measured: { pastWeightZero: 4 },
    });
  });

  test('leaves services with another scheduler alone', () => {
    const scene = new TestScene().table({ [`${vip}:8021 wlc`]: ['203.0.113.21:8021', '203.0.113.22:8021'] });
    expect(tell(connect(scene, '1 1 1', { vport: 8021 }).judge(sched01))).toMatchInlineSnapshot(
      `"skipped: connections went to services with wlc, none to one with rr"`,
    );
  });

  test("holds the plan's service to the plan's scheduler, whatever the table says", () => {
    const scene = new TestScene().table({ [`${vip}:80 wlc`]: [web2, web1] });
    expect(connect(scene, '2 2 2 2').judge(sched01).verdict).toBe('fail');
  });

  test('is not alarmed by a repeated SYN, doubled frames and a used port', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2');
    const ends = { source: '203.0.113.10', destination: vip, sourcePort: 50_000, destinationPort: 80 };
    const syn = { flags: 2, sequence: 9, acknowledgement: 0, ttl: 64, payload: '' };
    for (const id of [1, 2]) {
      const leg = { from: 'client', to: 'director', ...ends, ...syn, id };
      scene.tcp(leg).tcp(leg).after(1000);
      scene.tcp({ ...leg, from: 'director', to: 'web1', ttl: 63 });
    }
    connect(scene, '2 1');
    // The entry of the first connection from this port leads to the same server, without a choice.
    scene.connection({ server: 'web2', port: 40_001 });
    connect(scene, '2 1');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0 } });
  });

  test('fails a used port that goes to a server that is neither the old one nor next', () => {
    const three = { [`${vip}:80 rr`]: ['203.0.113.10:80', web2, web1] };
    const scene = connect(new TestScene().table(three), '2 1');
    scene.connection({ server: 'web1', port: 40_001 });
    expect(scene.judge(sched01).findings).toHaveLength(1);
  });

  test('counts a choice of a server that never got the packet', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2');
    // web1 does not answer ARP: its connection is chosen for, and never forwarded.
    scene.connection({ server: 'web1', change: (leg, step) => (step === 'syn in' ? leg : undefined) });
    connect(scene.after(6000), '2 1 2');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0 } });
  });

  test('does not order what comes within the same two milliseconds', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1');
    const ends = { source: '203.0.113.10', destination: vip, destinationPort: 80 };
    const syn = { flags: 2, sequence: 9, acknowledgement: 0, ttl: 64, payload: '', id: 3 };
    const leg = (sourcePort: number) => ({ from: 'client', to: 'director', ...ends, ...syn, sourcePort });
    scene.tcp(leg(50_001)).tcp(leg(50_002));
    // The second was handled first.
    scene.tcp({ ...leg(50_002), from: 'director', to: 'web2', ttl: 63 });
    scene.tcp({ ...leg(50_001), from: 'director', to: 'web1', ttl: 63 });
    connect(scene.after(10), '2 1 2 1');
    expect(scene.judge(sched01)).toMatchObject({
      verdict: 'pass',
      measured: { connections: 8, breaches: 0 },
    });
  });

  test('excuses a turn that a connection whose beginning is missing may explain', () => {
    const scene = connect(new TestScene(), '1 2 1 2');
    scene.connection({ server: 'web1', change: (leg, step) => (step.startsWith('syn ') ? undefined : leg) });
    connect(scene, '2 1 2 1 2 1 2 1 2 1 2 1');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0, unsure: 1 } });
  });

  test('does not judge what came while the table was unknown, and finds the turn again', () => {
    const scene = connect(new TestScene().table(rr), '2 1 2 1');
    connect(scene.command('ipvsadm -C').command('ipvsadm -R'), '1 1');
    connect(scene.table(rr), '2 1 2 1');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0 } });
  });

  test("counts a connection of the director's own among the choices", () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2');
    const ends = { source: '203.0.113.2', destination: vip, sourcePort: 50_000, destinationPort: 80 };
    const syn = { flags: 2, sequence: 9, acknowledgement: 0, ttl: 64, payload: '', id: 3 };
    scene.tcp({ from: 'director', to: 'web1', ...ends, ...syn }).after(10);
    connect(scene, '2 1 2');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0 } });
  });

  test('does not count connections that the director refused for want of a server', () => {
    const scene = connect(new TestScene({ beginsAtStart: true }), '2 1 2');
    scene.connection({
      server: 'web1',
      port: 50_000,
      change: (leg, step) => (step === 'syn in' ? leg : undefined),
    });
    scene.icmpError({ from: 'director', code: 3, port: 50_000 }).after(10);
    connect(scene, '1 2 1');
    expect(scene.judge(sched01)).toMatchObject({ verdict: 'pass', measured: { breaches: 0 } });
  });

  test('is inconclusive, with numbers, when most connections go by the director', () => {
    const scene = connect(new TestScene(), '2 1');
    for (let index = 0; index < 6; index++) {
      scene.connection({
        server: 'web1',
        change: (leg, step) =>
          step.endsWith(' out') ? undefined : step.endsWith(' in') ? { ...leg, to: 'web1' } : leg,
      });
    }
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(
      `"inconclusive: 2 connections under rr reached the director, too few to show a turn; 6 connections went by the director (LVS-DR-05 and LVS-DR-06 say why)"`,
    );
  });

  test('is skipped when two connections are all there is', () => {
    expect(tell(connect(new TestScene(), '2 1').judge(sched01))).toMatchInlineSnapshot(
      `"skipped: 2 connections under rr reached the director, 1 of them where two servers could be chosen and the choice before was known: too few to show a turn"`,
    );
  });

  test('does not judge a record with gaps where they may explain it', () => {
    const scene = connect(new TestScene({ isComplete: false }), '2 1 2 2 1 2 1 2 1 2 1 2 1 2 1');
    expect(scene.judge(sched01).verdict).toBe('inconclusive');
  });

  test('alternates by MAC address when nobody in the capture has a name', () => {
    const scene = connect(new TestScene({ foreignMacs: true }), '2 1 2 1 2 1 2');
    expect(tell(scene.judge(sched01))).toMatchInlineSnapshot(
      `"pass: 4 connections went in turn; who was chosen before the trace is not known, so only the turn was judged; no server had more open connections than the next in turn, so lc and wlc might have done the same"`,
    );
  });

  test('is not alarmed by resets', () => {
    const scene = connect(new TestScene(), '2 1 2');
    scene.connection({
      server: 'web1',
      port: 50_000,
      change: (leg, step) => (step.startsWith('fin') ? { ...leg, flags: RST } : leg),
    });
    expect(connect(scene, '2 1').judge(sched01).verdict).toBe('pass');
  });
});
