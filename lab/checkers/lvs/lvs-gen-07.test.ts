import { describe, expect, test } from 'vitest';
import type { SceneOptions } from './direct-routing-scene.ts';
import { DirectorStory, type ToldEntry } from './director-story.ts';
import { lvsGen07 } from './lvs-gen-07.ts';

const finWait: ToldEntry = { cport: 40001, state: 'FIN_WAIT', start: 112, seconds: 120 };
const synRecv: ToldEntry = { cport: 40002, vport: 8070, state: 'SYN_RECV', start: 120, seconds: 60 };
const timeWait: ToldEntry = { cport: 40003, vport: 8071, state: 'TIME_WAIT', start: 147, seconds: 120 };
const short: ToldEntry = { cport: 40004, state: 'FIN_WAIT', start: 282, seconds: 3, late: 200 };
const lived = [finWait, synRecv, timeWait, short];

/** One connection of each state, and one that is made after `ipvsadm --set 0 3 0`. */
function connections(options?: SceneOptions): DirectorStory {
  const local = { cport: 40003, vport: 8071 };
  return new DirectorStory(options)
    .opened(100, 40001)
    .closed(110, 40001)
    .request(120, 'client', 'director', { cport: 40002, vport: 8070, flags: 'S' })
    .request(140, 'client', 'director', { ...local, flags: 'S' })
    .reply(141, 'director', 'client', { ...local, flags: 'SA', sequence: 5000, acknowledgement: 1001 })
    .request(142, 'client', 'director', { ...local, flags: 'A', sequence: 1001, id: 2 })
    .request(144, 'client', 'director', { ...local, flags: 'FA', sequence: 1001, id: 3 })
    .reply(146, 'director', 'client', { ...local, flags: 'FA', sequence: 5001 })
    .request(147, 'client', 'director', { ...local, flags: 'A', sequence: 1002, id: 4 })
    .ipvsadm(210, ['--set', '0', '3', '0'])
    .opened(270, 40004)
    .closed(280, 40004);
}

function story(...entries: readonly ToldEntry[]): DirectorStory {
  return connections()
    .look(200, ...entries)
    .watch(300, 4800, 250, ...entries);
}

const judge = (told: DirectorStory) => told.judge(lvsGen07);
/** Verdict, guilty node, claim, and what was seen. */
function outcome(told: DirectorStory) {
  const { verdict, reason, findings } = judge(told);
  const [first] = findings;
  return first === undefined ? [verdict, reason] : [verdict, first.node, first.claim, ...first.seen];
}

test('entries of each state that run down, and one that goes when its time is over, pass', () => {
  expect(judge(story(...lived))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "finWait": 1,
        "synRecv": 1,
        "timeWait": 1,
        "vanished": 1,
      },
      "reason": "entries ran down second by second: 1 in FIN_WAIT from 120 s, 1 in TIME_WAIT from 120 s and 1 in SYN_RECV from 60 s; one with 3 s went 2.996 s to 3.272 s after its last packet",
      "verdict": "pass",
    }
  `);
});

describe('fails, and names the director', () => {
  test.for([
    ['a second too long', 121],
    ['a second too short', 119],
  ] as const)('for FIN_WAIT that is %s', ([, seconds]) => {
    const [verdict, node, claim] = outcome(story({ ...finWait, seconds }, synRecv, timeWait, short));

    expect([verdict, node, claim]).toEqual([
      'fail',
      'director',
      'director did not give an entry in FIN_WAIT 120 s',
    ]);
  });

  test.for([
    ['TIME_WAIT', [finWait, synRecv, { ...timeWait, seconds: 121 }, short], 120],
    ['SYN_RECV', [finWait, { ...synRecv, seconds: 61 }, timeWait, short], 60],
    ['the time that was set', [finWait, synRecv, timeWait, { ...short, seconds: 4 }], 3],
  ] as const)('for %s a second too long', ([, entries, seconds]) => {
    const [verdict, node, claim] = outcome(story(...entries));

    expect([verdict, node]).toEqual(['fail', 'director']);
    expect(claim).toMatch(new RegExp(`^director did not give an entry in [A-Z_]+ ${seconds} s$`));
  });

  test('for the timeout of another state', () => {
    expect(
      outcome(story(finWait, { ...synRecv, state: 'TIME_WAIT' }, timeWait, short)),
    ).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director did not give an entry in TIME_WAIT 120 s",
        "203.0.113.10:40002 → 203.0.113.80:8070 TIME_WAIT with 59 s left, 0.080 s after its last packet: 58.986 s to 60.094 s in all",
      ]
    `);
  });

  test('for time that does not run down', () => {
    const frozen = { ...finWait, start: 1312 };
    const told = connections()
      .look(200, ...lived)
      .watch(300, 1300, 250, ...lived)
      .watch(1550, 4800, 250, frozen, synRecv, timeWait, short);

    expect(judge(told).findings).toMatchInlineSnapshot(`
      [
        {
          "at": 1550000000,
          "claim": "the time that an entry in FIN_WAIT had left at director did not run down second by second",
          "evidence": [
            "trace.jsonl: ip_vs_conn of director at +1.300 s",
            "trace.jsonl: ip_vs_conn of director at +1.550 s",
          ],
          "expected": "118 s left, give or take a second: no packet came in the 0.250 s since it had 118 s",
          "node": "director",
          "rule": "LVS-GEN-07",
          "seen": [
            "203.0.113.10:40001 → 203.0.113.80:80 FIN_WAIT with 119 s left",
          ],
        },
      ]
    `);
  });

  test('for an entry that is gone half a second before its time is over', () => {
    expect(
      judge(story(finWait, synRecv, timeWait, { ...short, late: -500 })).findings,
    ).toMatchInlineSnapshot(`
      [
        {
          "at": 2800000000,
          "claim": "an entry in FIN_WAIT was gone at director before its time was over",
          "evidence": [
            "trace.jsonl: ip_vs_conn of director at +2.550 s",
            "trace.jsonl: ip_vs_conn of director at +2.800 s",
          ],
          "expected": "listed until +3.282 s at least: it had 0 s left at +2.550 s",
          "node": "director",
          "rule": "LVS-GEN-07",
          "seen": [
            "203.0.113.10:40004 → 203.0.113.80:80 was not listed 0.254 s later",
          ],
        },
      ]
    `);
  });

  test('for an entry that goes as soon as its connection is closed', () => {
    const told = story({ ...finWait, late: -118_000 }, synRecv, timeWait, short);

    expect(judge(told)).toMatchObject({ verdict: 'fail', findings: [{ node: 'director' }] });
  });

  test('for an entry that never goes', () => {
    const told = story(finWait, synRecv, timeWait, { ...short, late: 60_000 });

    expect(judge(told).findings).toMatchInlineSnapshot(`
      [
        {
          "at": 4800000000,
          "claim": "an entry in FIN_WAIT was still there at director when its 3 s were long over",
          "evidence": [
            "trace.jsonl: ip_vs_conn of director at +4.800 s",
          ],
          "expected": "no entry after +4.685 s",
          "node": "director",
          "rule": "LVS-GEN-07",
          "seen": [
            "203.0.113.10:40004 → 203.0.113.80:80 FIN_WAIT, 4.518 s after its last packet",
          ],
        },
      ]
    `);
  });

  test('once for each entry, however often it is looked at', () => {
    expect(judge(story({ ...finWait, seconds: 110 }, synRecv, timeWait, short)).measured?.['breaches']).toBe(
      1,
    );
  });
});

describe('does not fail', () => {
  test.for([
    ['at once', 0],
    ['as late as a coarse slot of the timer wheel makes it', 380],
    ['a little later, on a busy host', 1200],
  ] as const)('when an entry goes %s', ([, late]) => {
    expect(judge(story(finWait, synRecv, timeWait, { ...short, late })).verdict).toBe('pass');
  });

  test('when a packet starts an entry anew', () => {
    const told = connections()
      .watch(200, 1200, 250, ...lived)
      .request(1300, 'client', 'director', { cport: 40003, vport: 8071, flags: 'A', sequence: 1002, id: 9 })
      .watch(1450, 4800, 250, finWait, synRecv, { ...timeWait, start: 1300 }, short);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when a packet that starts an entry anew gives it a timeout that was set since', () => {
    const told = connections()
      .watch(200, 1200, 250, ...lived)
      .forwarded(1300, 'web1', { cport: 40001, flags: 'A', sequence: 1002, id: 9 })
      .watch(1450, 4800, 250, { ...finWait, start: 1300, seconds: 3 }, synRecv, timeWait, short);

    expect(judge(told)).toMatchObject({ verdict: 'pass', measured: { vanished: 2 } });
  });

  test('when a packet comes while somebody looks', () => {
    const told = connections()
      .watch(200, 950, 250, ...lived)
      .request(1201, 'client', 'director', { cport: 40003, vport: 8071, flags: 'A', sequence: 1002, id: 9 })
      .look(1200, finWait, synRecv, { ...timeWait, start: 1200 }, short)
      .watch(1450, 4800, 250, finWait, synRecv, { ...timeWait, start: 1201 }, short);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when a reset connection goes after the 10 s of its new state', () => {
    const told = connections()
      .forwarded(190, 'web1', { cport: 40001, flags: 'R', sequence: 1003, id: 9 })
      .watch(
        200,
        12_000,
        250,
        { ...finWait, state: 'CLOSE', start: 190, seconds: 10 },
        synRecv,
        timeWait,
        short,
      );

    expect(judge(told).verdict).not.toBe('fail');
  });

  test('when fragments hide the packets that keep an entry alive', () => {
    const udp: ToldEntry = { cport: 40009, protocol: 'UDP', state: 'UDP', start: 1300, seconds: 300 };
    const told = story(...lived)
      .datagram(190, 'client', 'director', { bytes: 100, id: 1, cport: 40009 })
      .datagram(1300, 'client', 'director', { bytes: 3000, id: 2, cport: 40009 })
      .look(5000, ...lived, udp);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when the record is incomplete, an entry goes early, and a frame of it may be missing', () => {
    const told = connections({ isComplete: false }).watch(200, 4700, 250, finWait, synRecv, timeWait, {
      ...short,
      late: -1500,
    });

    expect(judge(told).verdict).not.toBe('fail');
  });

  test('when entries may be expired early by a setting', () => {
    const setting = { what: 'sysctl', name: 'net.ipv4.vs.expire_nodest_conn', value: '1' } as const;
    const told = story(finWait, synRecv, timeWait, { ...short, late: -1500 }).setting(
      90,
      'director',
      setting,
    );

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not shown: an entry in FIN_WAIT, TIME_WAIT and SYN_RECV that was watched for a second after a known last packet and an entry that went when its time was over; 4 entries could not be judged because of faults, unusual settings or looks that took too long",
      ]
    `);
  });

  test('when a fault was at work', () => {
    const told = story(finWait, synRecv, timeWait, { ...short, late: -1500 }).fault(250, 2500);

    expect(judge(told).verdict).toBe('inconclusive');
  });

  test('when the lab stood still for longer than the entry was too old', () => {
    const told = story(finWait, synRecv, timeWait, { ...short, late: 3000 }).stall(1000, 4000);

    expect(judge(told).verdict).not.toBe('fail');
  });
});

describe('without frames', () => {
  const looks = () =>
    new DirectorStory()
      .look(90)
      .watch(160, 201, 40, ...lived)
      .ipvsadm(210, ['--set', '0', '3', '0'])
      .watch(300, 4800, 250, ...lived);

  test('the looks before and after an entry was made bound its time', () => {
    expect(judge(looks())).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "entries ran down second by second: 1 in FIN_WAIT from 120 s, 1 in TIME_WAIT from 120 s and 1 in SYN_RECV from 60 s; not shown: an entry that went when its time was over",
        "verdict": "skipped",
      }
    `);
  });

  test('a time that no packet between the looks explains fails', () => {
    const told = new DirectorStory().look(90).look(160, { ...finWait, seconds: 118 });

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director did not give an entry in FIN_WAIT 120 s",
        "203.0.113.10:40001 → 203.0.113.80:80 FIN_WAIT with 117 s left, 0.070 s after the look before its last packet: 116.986 s to 118.084 s in all",
      ]
    `);
  });
});

describe('is skipped, and says what is missing', () => {
  test('when nobody looked at the entries', () => {
    expect(outcome(connections())).toMatchInlineSnapshot(`
      [
        "skipped",
        "not shown: an entry in FIN_WAIT, an entry in TIME_WAIT, an entry in SYN_RECV and an entry that went when its time was over",
      ]
    `);
  });

  test('when no entry went', () => {
    expect(outcome(story(finWait, synRecv, timeWait))).toMatchInlineSnapshot(`
      [
        "skipped",
        "entries ran down second by second: 1 in FIN_WAIT from 120 s, 1 in TIME_WAIT from 120 s and 1 in SYN_RECV from 60 s; not shown: an entry that went when its time was over",
      ]
    `);
  });

  test('when entries were looked at once', () => {
    expect(outcome(connections().look(200, ...lived))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not shown: an entry in FIN_WAIT, TIME_WAIT and SYN_RECV that was watched for a second after a known last packet and an entry that went when its time was over",
      ]
    `);
  });

  test('when nobody looked as the entry went', () => {
    const told = connections()
      .look(200, ...lived)
      .watch(300, 1800, 250, ...lived)
      .watch(9000, 9500, 250, ...lived);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "skipped",
        "entries ran down second by second: 1 in FIN_WAIT from 120 s, 1 in TIME_WAIT from 120 s and 1 in SYN_RECV from 60 s; not shown: an entry that was looked at just before and just after it went (1 went unwatched)",
      ]
    `);
  });

  test('when one of the states did not occur', () => {
    expect(judge(story(finWait, timeWait, short)).reason).toContain('not shown: an entry in SYN_RECV');
  });

  test('for wires alone', () => {
    const wires = new DirectorStory().opened(100, 40001).closed(110, 40001);

    expect(judge(wires).verdict).toBe('skipped');
  });
});
