import { describe, expect, test } from 'vitest';
import { dip, ip, rip, Scene, type SceneOptions, type TableService } from './direct-routing-scene.ts';
import { lvsDr14 } from './lvs-dr-14.ts';

const absent = ip('203.0.113.86');
const web: TableService = { virtual: '203.0.113.80:80', servers: ['203.0.113.22:80', '203.0.113.21:80'] };
const dead: TableService = { virtual: '203.0.113.80:8014', servers: ['203.0.113.86:8014'] };
const port = { vport: 8014 };
const syn = (id: number) => ({ ...port, flags: 'S', id });

/** The service is made, and a SYN comes at 100 ms; the client repeats it as TCP does. */
function asked(options?: SceneOptions): Scene {
  return new Scene(options)
    .table(0, web)
    .table(20, dead, web)
    .request(100, 'client', 'director', syn(1))
    .request(1127, 'client', 'director', syn(2));
}

function whoHas(scene: Scene, ...moments: readonly number[]): Scene {
  for (const at of moments) scene.whoHas(at, 'director', dip, absent);
  return scene;
}

function reported(scene: Scene, at: number, source = dip): Scene {
  return scene
    .icmp(at, 'director', { code: 1, source, about: syn(1) })
    .icmp(at + 1, 'director', { code: 1, source, about: syn(2) });
}

test('three questions without an answer, and the report 3 s later, pass', () => {
  expect(reported(whoHas(asked(), 105, 1128, 2150), 3172).judge(lvsDr14)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "failures": 1,
        "longestMs": 3067,
        "reported": 2,
      },
      "reason": "1 destination asked for 3 times without an answer, and reported as unreachable by the director's own address 3.067 s later at most (allowed: 2.750 s to 3.881 s)",
      "verdict": "pass",
    }
  `);
});

test.for([
  ['the earliest that is allowed', [101, 1001, 1901], 2851],
  ['the latest that is allowed', [101, 1350, 2600], 3980],
] as const)('the report passes at %s', ([, asks, at]) => {
  expect(reported(whoHas(asked(), ...asks), at).judge(lvsDr14).verdict).toBe('pass');
});

test.for([
  ['before the earliest that is allowed', [101, 1001, 1901], 2849],
  ['after the latest that is allowed', [101, 1350, 2600], 3982],
] as const)('the report fails %s', ([, asks, at]) => {
  const { verdict, findings } = reported(whoHas(asked(), ...asks), at).judge(lvsDr14);

  expect([verdict, findings.length, findings[0]?.node]).toEqual(['fail', 1, 'director']);
});

test('a wire alone shows it, for a server of the plan', () => {
  const scene = new Scene({ beginsAtStart: true })
    .request(100, 'client', 'director', { flags: 'S' })
    .whoHas(102, 'director', dip, rip.web1)
    .whoHas(1125, 'director', dip, rip.web1)
    .whoHas(2149, 'director', dip, rip.web1)
    .icmp(3170, 'director', { code: 1, source: dip, about: { flags: 'S' } });

  expect(scene.judge(lvsDr14).verdict).toBe('pass');
});

describe('fails, and names the director', () => {
  test('when it asks but twice', () => {
    expect(reported(whoHas(asked(), 105, 1128), 2150).judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 2150000000,
            "claim": "director did not ask 3 times, one second apart, for 203.0.113.86 before it gave 203.0.113.10:40001 → 203.0.113.80:8014 up",
            "evidence": [
              "lan.pcapng#2",
              "lan.pcapng#4",
              "lan.pcapng#5",
            ],
            "expected": "3 unanswered who-has 203.0.113.86, 0.750 s to 1.627 s apart, and ICMP host unreachable 2.750 s to 3.881 s after the request came",
            "node": "director",
            "rule": "LVS-DR-14",
            "seen": [
              "2 who-has, 0.005 s and 1.028 s after the request came",
              "the client was told 2.050 s after the request came",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "failures": 1,
          "longestMs": 0,
          "reported": 2,
        },
        "reason": "1 breach with 1 destination that did not answer ARP",
        "verdict": "fail",
      }
    `);
  });

  test('when it asks four times', () => {
    const { verdict, findings } = reported(whoHas(asked(), 105, 1005, 1905, 2805), 3705).judge(lvsDr14);

    expect([verdict, findings[0]?.seen]).toMatchInlineSnapshot(`
      [
        "fail",
        [
          "4 who-has, 0.005 s, 0.905 s, 1.805 s and 2.705 s after the request came",
          "the client was told 3.605 s after the request came",
        ],
      ]
    `);
  });

  test('when it asks every half second', () => {
    const { verdict, findings } = reported(whoHas(asked(), 105, 605, 1105), 1605).judge(lvsDr14);

    expect([verdict, findings[0]?.seen]).toMatchInlineSnapshot(`
      [
        "fail",
        [
          "3 who-has, 0.005 s, 0.505 s and 1.005 s after the request came",
          "the client was told 1.505 s after the request came",
        ],
      ]
    `);
  });

  test('when it gives up without asking', () => {
    const { verdict, findings } = reported(asked(), 130).judge(lvsDr14);

    expect([verdict, findings[0]?.seen]).toMatchInlineSnapshot(`
      [
        "fail",
        [
          "0 who-has",
          "the client was told 0.030 s after the request came",
        ],
      ]
    `);
  });

  test('when it reports as the virtual address', () => {
    const scene = reported(whoHas(asked(), 105, 1128, 2150), 3172, ip('203.0.113.80'));

    expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 3172000000,
            "claim": "director reported 203.0.113.80 as unreachable from 203.0.113.80",
            "evidence": [
              "lan.pcapng#6",
            ],
            "expected": "an address of director's own as source",
            "node": "director",
            "rule": "LVS-DR-14",
            "seen": [
              "ICMP host unreachable 203.0.113.80 → 203.0.113.10 from 02:4f:19:8e:01:00 (director)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "failures": 1,
          "longestMs": 0,
          "reported": 2,
        },
        "reason": "1 breach with 1 destination that did not answer ARP",
        "verdict": "fail",
      }
    `);
  });

  test('when it reports nothing', () => {
    const scene = whoHas(asked(), 105, 1128, 2150)
      .request(3200, 'client', 'director', syn(3))
      .whoHas(3201, 'director', dip, absent)
      .end(4500);

    expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 100000000,
            "claim": "director told nobody that 203.0.113.86 does not answer, and 203.0.113.10:40001 → 203.0.113.80:8014 waited for it",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#2",
              "lan.pcapng#4",
              "lan.pcapng#5",
            ],
            "expected": "ICMP host unreachable to the client within 3.881 s",
            "node": "director",
            "rule": "LVS-DR-14",
            "seen": [
              "3 unanswered who-has 203.0.113.86, 0.005 s, 1.028 s and 2.050 s after the request came, and no ICMP in the 4.400 s to the end of the trace",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "failures": 1,
          "longestMs": 0,
          "reported": 0,
        },
        "reason": "1 breach with 1 destination that did not answer ARP",
        "verdict": "fail",
      }
    `);
  });

  test('in a trace that begins with the lab', () => {
    const scene = new Scene({ beginsAtStart: true }).table(0, web).table(20, dead, web);
    scene.request(100, 'client', 'director', syn(1));

    expect(reported(whoHas(scene, 105, 1128), 2150).judge(lvsDr14).verdict).toBe('fail');
  });
});

describe('does not fail', () => {
  test('when frames come twice', () => {
    const once = reported(whoHas(asked(), 105, 1128, 2150), 3172);

    const twice = reported(
      whoHas(once.request(100.01, 'client', 'director', syn(1)), 105.1, 1128.1, 2150.1),
      3172.1,
    );

    expect(twice.judge(lvsDr14)).toMatchObject({ verdict: 'pass', measured: { failures: 1 } });
  });

  test('when the capture begins in the middle of the asking', () => {
    const scene = new Scene()
      .request(1127, 'client', 'director', { flags: 'S', id: 2 })
      .whoHas(1128, 'director', dip, rip.web1)
      .whoHas(2150, 'director', dip, rip.web1)
      .icmp(3172, 'director', { code: 1, source: dip, about: { flags: 'S', id: 1 } })
      .icmp(3173, 'director', { code: 1, source: dip, about: { flags: 'S', id: 2 } });

    expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "failures": 0,
          "longestMs": 0,
          "reported": 2,
        },
        "reason": "1 destination without an answer to ARP, of which the trace shows the beginning or the end alone",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the capture ends before the report is due', () => {
    expect(whoHas(asked(), 105, 1128, 2150).end(3600).judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "failures": 0,
          "longestMs": 0,
          "reported": 0,
        },
        "reason": "1 destination without an answer to ARP, of which the trace shows the beginning or the end alone",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the request came while the director was asking for itself', () => {
    const scene = new Scene({ beginsAtStart: true })
      .whoHas(100, 'director', dip, rip.web1)
      .whoHas(1120, 'director', dip, rip.web1)
      .request(1500, 'client', 'director', { flags: 'S' })
      .whoHas(2140, 'director', dip, rip.web1)
      .icmp(3160, 'director', { code: 1, source: dip, about: { flags: 'S' } });

    expect(scene.judge(lvsDr14).verdict).toBe('pass');
  });

  test('when the lab stood still meanwhile', () => {
    const scene = whoHas(asked(), 105, 1128, 2150 + 900).stall(1200, 2100);

    expect(reported(scene, 3172 + 900).judge(lvsDr14).verdict).toBe('pass');
  });

  test('but does when it stood still for less than what is too much', () => {
    const scene = whoHas(asked(), 105, 1128, 2150 + 900).stall(1200, 1300);

    expect(reported(scene, 3172 + 900).judge(lvsDr14).verdict).toBe('fail');
  });

  test('when somebody cleared the cache', () => {
    const scene = whoHas(asked(), 105, 1128).command(1500, 'director', ['ip', 'neigh', 'flush', 'all']);

    expect(reported(scene, 2150).judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "failures": 0,
          "longestMs": 0,
          "reported": 2,
        },
        "reason": "1 destination without an answer to ARP under a fault, with frames missing from the record, ARP's settings or cache changed, more errors than the kernel sends, or the director silent since",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when frames are missing from the record', () => {
    const scene = reported(whoHas(asked({ isComplete: false }), 105, 1128), 2150);

    expect(scene.judge(lvsDr14).verdict).toBe('inconclusive');
  });

  test('when the destination answers at last', () => {
    const scene = whoHas(asked(), 105, 1128, 2150)
      .isAt(2160, 'stranger', 'director', absent, dip)
      .request(2161, 'director', 'stranger', syn(2))
      .end(5000);

    expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no request in the trace waited for a destination that does not answer ARP",
        "verdict": "skipped",
      }
    `);
  });

  test('when the director asks for a dead server that no request waits for', () => {
    const scene = new Scene()
      .table(0, web)
      .whoHas(100, 'director', dip, rip.web1)
      .whoHas(1120, 'director', dip, rip.web1)
      .whoHas(2140, 'director', dip, rip.web1)
      .forwarded(2500, 'web2', { flags: 'S' })
      .reply(2503, 'web2', 'client', { flags: 'SA', acknowledgement: 1001 })
      .end(5000);

    expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "directors asked for 203.0.113.21 in vain, and no request waited for it",
        "verdict": "skipped",
      }
    `);
  });

  test('when the client got so many errors that the kernel sends no more', () => {
    const scene = asked();
    for (let error = 0; error < 6; error++)
      scene.icmp(50 + error, 'director', {
        code: 3,
        source: dip,
        about: { flags: 'S', cport: 50_000 + error },
      });
    whoHas(scene, 105, 1128, 2150).request(3200, 'client', 'director', syn(3));

    expect(scene.whoHas(3201, 'director', dip, absent).end(4500).judge(lvsDr14).verdict).toBe('inconclusive');
  });

  test('when a router reports a host as unreachable', () => {
    const scene = asked().icmp(500, 'stranger', { code: 1, source: ip('203.0.113.1'), about: syn(1) });

    expect(scene.judge(lvsDr14).verdict).toBe('skipped');
  });
});

test('is skipped where nobody waits for ARP', () => {
  const scene = new Scene()
    .forwarded(100, 'web1', { flags: 'S' })
    .reply(102, 'web1', 'client', { flags: 'SA', acknowledgement: 1001 });

  expect(scene.judge(lvsDr14)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no request in the trace waited for a destination that does not answer ARP",
      "verdict": "skipped",
    }
  `);
});
