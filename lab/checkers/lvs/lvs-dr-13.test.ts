import { describe, expect, test } from 'vitest';
import {
  cip,
  type Datagram,
  dip,
  fragments,
  ip,
  rip,
  Scene,
  type SceneOptions,
  type TableService,
} from './direct-routing-scene.ts';
import { lvsDr13 } from './lvs-dr-13.ts';

const echo: TableService = {
  protocol: 'UDP',
  virtual: '203.0.113.80:8013',
  servers: ['203.0.113.22:8013', '203.0.113.21:8013'],
};
const request = (id: number, more: Partial<Datagram> = {}): Datagram => ({
  bytes: 4000,
  vport: 8013,
  id,
  ...more,
});

function configured(options?: SceneOptions): Scene {
  return new Scene(options).table(0, echo);
}

/** Comes, goes on after 4 ms, is answered after 20. */
function exchanged(scene: Scene, at: number, id: number, server: 'web1' | 'web2' = 'web1'): Scene {
  return scene
    .datagram(at, 'client', 'director', request(id))
    .datagram(at + 4, 'director', server, request(id))
    .datagram(at + 20, server, 'client', { ...request(9000 + id), bytes: 4005 });
}

/** The client waited in vain until 3100 ms; everybody goes on living. */
function missed(scene: Scene): Scene {
  return scene
    .visit(90, 3100, { protocol: 'udp', address: '203.0.113.80', port: 8013, outcomes: [[40001, 'timeout']] })
    .isAt(3000, 'web1', 'client', rip.web1, cip)
    .whoHas(3001, 'director', dip, rip.web1)
    .end(3100);
}

test('fragments that go on under the same ID and are answered pass', () => {
  const scene = exchanged(exchanged(configured(), 100, 1), 200, 2, 'web2');

  expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "answered": 2,
        "breaches": 0,
        "datagrams": 2,
        "unanswered": 0,
      },
      "reason": "2 datagrams reached a real server in fragments of the same IP ID; 2 answered with the virtual address as source",
      "verdict": "pass",
    }
  `);
});

test('wires alone show it, and an answer need not be in fragments', () => {
  const scene = new Scene()
    .datagram(100, 'client', 'director', request(1))
    .datagram(104, 'director', 'web1', request(1))
    .datagram(120, 'web1', 'client', { ...request(2), bytes: 10 });

  expect(scene.judge(lvsDr13).verdict).toBe('pass');
});

describe('fails, and names', () => {
  test('the director that gives fragments another ID', () => {
    const scene = exchanged(configured(), 50, 1)
      .datagram(100, 'client', 'director', request(2))
      .datagram(104, 'director', 'web1', request(777));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 104000000,
            "claim": "director sent datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 2 on with another ID",
            "evidence": [
              "lan.pcapng#10",
              "lan.pcapng#13",
            ],
            "expected": "fragments with ID 2",
            "node": "director",
            "rule": "LVS-DR-13",
            "seen": [
              "fragments of the same ports, length and checksum with ID 777",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 1,
          "breaches": 1,
          "datagrams": 1,
          "unanswered": 0,
        },
        "reason": "1 breach with datagrams in fragments; 1 datagram reached a real server in fragments of the same IP ID, 1 answered",
        "verdict": "fail",
      }
    `);
  });

  test('the director that sends fragments to two servers', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1, { without: [1] }))
      .datagram(105, 'director', 'web2', request(1, { without: [0, 2] }));

    expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 105001000,
            "claim": "director sent fragments of datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1 to two nodes",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#4",
              "lan.pcapng#6",
            ],
            "expected": "all fragments of a datagram at one real server",
            "node": "director",
            "rule": "LVS-DR-13",
            "seen": [
              "the first went to web1, another to web2",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 0,
          "breaches": 1,
          "datagrams": 0,
          "unanswered": 0,
        },
        "reason": "1 breach with datagrams in fragments; 0 datagrams reached a real server in fragments of the same IP ID, 0 answered",
        "verdict": "fail",
      }
    `);
  });

  test('the director that keeps a fragment to itself', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1, { without: [1] }));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 104000000,
            "claim": "director did not send on the whole of datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#4",
            ],
            "expected": "fragments with that ID that make up 4008 bytes",
            "node": "director",
            "rule": "LVS-DR-13",
            "seen": [
              "fragments with 2528 bytes",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 0,
          "breaches": 1,
          "datagrams": 0,
          "unanswered": 0,
        },
        "reason": "1 breach with datagrams in fragments; 0 datagrams reached a real server in fragments of the same IP ID, 0 answered",
        "verdict": "fail",
      }
    `);
  });

  test('the director that sends nothing on', () => {
    const scene = configured().datagram(100, 'client', 'director', request(1));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 100002000,
            "claim": "director did not send on datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1",
            "evidence": [
              "lan.pcapng#1",
            ],
            "expected": "fragments with that ID that make up 4008 bytes, to a real server",
            "node": "director",
            "rule": "LVS-DR-13",
            "seen": [
              "all fragments came to director; none left in the 3.000 s to the end of the trace",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 0,
          "breaches": 1,
          "datagrams": 0,
          "unanswered": 0,
        },
        "reason": "1 breach with datagrams in fragments; 0 datagrams reached a real server in fragments of the same IP ID, 0 answered",
        "verdict": "fail",
      }
    `);
  });

  test('the director that sends them to no real server', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'client', request(1, { source: cip, destination: ip('203.0.113.80') }));

    const { verdict, findings } = scene.judge(lvsDr13);
    expect([verdict, findings[0]?.node, findings[0]?.claim, findings[0]?.expected]).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director sent datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1 to client, which is no real server of the service",
        "the network card of 203.0.113.22 (web2) and 203.0.113.21 (web1) as destination",
      ]
    `);
  });

  test('the server that answers under its own address', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1))
      .datagram(120, 'web1', 'client', { ...request(2), source: rip.web1 });

    expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 120000000,
            "claim": "web1 answered datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1 as 203.0.113.21",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#4",
              "lan.pcapng#7",
            ],
            "expected": "an answer from 203.0.113.80",
            "node": "web1",
            "rule": "LVS-DR-13",
            "seen": [
              "203.0.113.21:8013 → 203.0.113.10:40001 from 02:4f:19:8e:02:00 (web1)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 0,
          "breaches": 1,
          "datagrams": 1,
          "unanswered": 0,
        },
        "reason": "1 breach with datagrams in fragments; 1 datagram reached a real server in fragments of the same IP ID, 0 answered",
        "verdict": "fail",
      }
    `);
  });

  test('the server that does not answer a client that waits', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 104000000,
            "claim": "web1 got datagram 203.0.113.10:40001 → 203.0.113.80:8013 with ID 1 and never answered",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#4",
            ],
            "expected": "an answer from 203.0.113.80",
            "node": "web1",
            "rule": "LVS-DR-13",
            "seen": [
              "no answer in the 2.996 s to the end of the trace, while web1 sent other frames and the client waited",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "answered": 0,
          "breaches": 1,
          "datagrams": 1,
          "unanswered": 1,
        },
        "reason": "1 breach with datagrams in fragments; 1 datagram reached a real server in fragments of the same IP ID, 0 answered",
        "verdict": "fail",
      }
    `);
  });
});

describe('does not fail', () => {
  test('when fragments of two datagrams are mixed and out of order', () => {
    const scene = configured();
    const legs = [
      [100, 'client', 'director'],
      [104, 'director', 'web1'],
    ] as const;
    for (const [at, from, to] of legs) {
      const frames = [1, 2].map((id) => fragments(from, to, request(id)));
      for (const [index, [datagram, fragment]] of [
        [0, 2],
        [1, 0],
        [1, 2],
        [0, 0],
        [0, 1],
        [1, 1],
      ].entries())
        scene.frame(at + index * 0.01, frames[datagram!]![fragment!]!);
    }
    scene.datagram(120, 'web1', 'client', request(51)).datagram(121, 'web1', 'client', request(52));

    expect(scene.judge(lvsDr13)).toMatchObject({ verdict: 'pass', measured: { datagrams: 2, answered: 2 } });
  });

  test('when frames come twice', () => {
    const scene = exchanged(exchanged(configured(), 100, 1), 100.0005, 1);

    expect(scene.judge(lvsDr13)).toMatchObject({ verdict: 'pass', measured: { datagrams: 1 } });
  });

  test('when the same ID comes again later', () => {
    const scene = exchanged(exchanged(configured(), 100, 1), 2200, 1);

    expect(scene.judge(lvsDr13)).toMatchObject({ verdict: 'pass', measured: { datagrams: 2 } });
  });

  test('when the director cuts them otherwise', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1, { fragmentBytes: 1272 }))
      .datagram(120, 'web1', 'client', request(2));

    expect(scene.judge(lvsDr13).verdict).toBe('pass');
  });

  test('when a fragment never came', () => {
    const scene = configured().datagram(100, 'client', 'director', request(1, { without: [1] }));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 datagram came to a director with fragments missing, so there was nothing to send on",
        "verdict": "skipped",
      }
    `);
  });

  test('when a fragment was lost on its way to the director', () => {
    const lost = { 1: 'lost towards director: drop f1' };
    const scene = configured().datagram(100, 'client', 'director', request(1), lost);

    expect(missed(scene).judge(lvsDr13).verdict).toBe('skipped');
  });

  test('when a fragment was lost on its way to the server', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1), { 1: 'lost towards web1: drop f1' });

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "answered": 0,
          "breaches": 0,
          "datagrams": 1,
          "unanswered": 0,
        },
        "reason": "1 datagram reached a real server in fragments of the same IP ID, and no answer of a real server in the trace",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the first fragment came before the trace', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1, { without: [0] }))
      .datagram(104, 'director', 'web1', request(1))
      .datagram(120, 'web1', 'client', request(2));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 datagram seen leaving a director in fragments and not coming to it as a whole: the trace begins in the middle, or has no wire on the clients' side",
        "verdict": "skipped",
      }
    `);
  });

  test('when the trace ends before they can go on', () => {
    const scene = configured().datagram(100, 'client', 'director', request(1)).end(1000);

    expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 datagram in fragments seen coming to a director and not leaving it; why cannot be told: the end of the trace, a fault, a table that was changing, or frames missing from the record",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the director says why it sends nothing on', () => {
    const [about = new Uint8Array()] = fragments('client', 'director', request(1));
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .icmp(101, 'director', { code: 3, about });

    expect(missed(scene).judge(lvsDr13).verdict).toBe('skipped');
  });

  test('when there is no service', () => {
    const scene = new Scene().table(0).datagram(100, 'client', 'director', request(1));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 datagram in fragments came for a port that no service with direct routing has",
        "verdict": "skipped",
      }
    `);
  });

  test('when a client asks the server itself and gets its answer', () => {
    const scene = exchanged(configured(), 50, 7)
      .datagram(90, 'client', 'web1', { ...request(3), bytes: 20, destination: rip.web1 })
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1))
      .datagram(110, 'web1', 'client', { ...request(4), bytes: 20, source: rip.web1 })
      .datagram(120, 'web1', 'client', request(5));

    expect(scene.judge(lvsDr13).verdict).toBe('pass');
  });

  test('when nobody says that an answer was due', () => {
    const scene = configured()
      .datagram(100, 'client', 'director', request(1))
      .datagram(104, 'director', 'web1', request(1))
      .isAt(3000, 'web1', 'client', rip.web1, cip);

    expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "answered": 0,
          "breaches": 0,
          "datagrams": 1,
          "unanswered": 1,
        },
        "reason": "1 datagram reached a real server in fragments of the same IP ID, and no answer of a real server in the trace",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when frames are missing from the record', () => {
    const scene = configured({ isComplete: false }).datagram(100, 'client', 'director', request(1));

    expect(missed(scene).judge(lvsDr13).verdict).toBe('inconclusive');
  });

  test('when they go by the director', () => {
    const scene = configured().datagram(100, 'client', 'web1', request(1));

    expect(missed(scene).judge(lvsDr13)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 datagram in fragments went straight to a real server and by the director (LVS-DR-05 and LVS-DR-06 say why)",
        "verdict": "inconclusive",
      }
    `);
  });
});

test('is skipped when nothing is in fragments', () => {
  const scene = new Scene().forwarded(100, 'web1', { flags: 'S' });

  expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no datagram in fragments for a virtual address came to a director in the trace",
      "verdict": "skipped",
    }
  `);
});

test('is skipped when the clients are on another wire', () => {
  const scene = configured()
    .datagram(104, 'director', 'web1', request(1))
    .datagram(120, 'web1', 'client', request(2));

  expect(scene.judge(lvsDr13)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "1 datagram seen leaving a director in fragments and not coming to it as a whole: the trace begins in the middle, or has no wire on the clients' side",
      "verdict": "skipped",
    }
  `);
});
