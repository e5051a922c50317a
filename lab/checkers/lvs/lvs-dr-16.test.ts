import { describe, expect, test } from 'vitest';
import { Scene, type TableService, vip } from './direct-routing-scene.ts';
import { lvsDr16 } from './lvs-dr-16.ts';

const web: TableService = { virtual: '203.0.113.80:80', servers: ['203.0.113.22:80', '203.0.113.21:80'] };
const fallback: TableService = { virtual: '203.0.113.80:8016', servers: ['127.0.0.1:8016'] };
const port = { vport: 8016 };
const addCommand = '-A -t 203.0.113.80:8016 -s rr\n-a -t 203.0.113.80:8016 -r 127.0.0.1:8016 -g -w 1';

/** The service is added, and looked at in both ways. */
function configured(listed: TableService = fallback, table: TableService = fallback): Scene {
  return new Scene()
    .table(0, web)
    .command(10, 'director', ['ipvsadm', '-R'], addCommand)
    .table(20, table, web)
    .listing(30, web, listed);
}

/** A connection that the director serves; both sides close it. */
function served(scene: Scene, replies: { readonly ttl?: number } = {}): Scene {
  const reply = { ...port, ...replies };
  return scene
    .request(100, 'client', 'director', { ...port, flags: 'S' })
    .reply(101, 'director', 'client', { ...reply, flags: 'SA', sequence: 5000, acknowledgement: 1001 })
    .request(102, 'client', 'director', { ...port, flags: 'A', sequence: 1001, acknowledgement: 5001 })
    .request(103, 'client', 'director', { ...port, flags: 'PA', sequence: 1001, bytes: 50 })
    .reply(104, 'director', 'client', {
      ...reply,
      flags: 'PA',
      sequence: 5001,
      acknowledgement: 1051,
      bytes: 90,
    })
    .request(105, 'client', 'director', { ...port, flags: 'FA', sequence: 1051, acknowledgement: 5091 })
    .reply(106, 'director', 'client', { ...reply, flags: 'FA', sequence: 5091, acknowledgement: 1052 })
    .request(107, 'client', 'director', { ...port, flags: 'A', sequence: 1052, acknowledgement: 5092 });
}

const entry = (state: string) => `40001 203.0.113.80:8016 127.0.0.1:8016 ${state}`;

test('a connection that the director serves itself passes, with the listing and the entry', () => {
  expect(served(configured()).entries(150, entry('TIME_WAIT')).judge(lvsDr16)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "connections": 1,
        "listed": 1,
        "timeWait": 1,
      },
      "reason": "1 connection served by the director itself; its destination was listed as Route; 1 entry ended in TIME_WAIT",
      "verdict": "pass",
    }
  `);
});

test('an address of its own counts like 127.0.0.1', () => {
  const own: TableService = { virtual: '203.0.113.80:8016', servers: ['203.0.113.2:8016'] };
  const scene = served(new Scene().table(0, web).table(20, own, web).listing(30, own));

  expect(
    scene.entries(150, '40001 203.0.113.80:8016 203.0.113.2:8016 TIME_WAIT').judge(lvsDr16).verdict,
  ).toBe('pass');
});

describe('fails, and names the director', () => {
  test('when it forwards the connection', () => {
    const scene = configured()
      .forwarded(100, 'web1', { ...port, flags: 'S' })
      .reply(102, 'web1', 'client', { ...port, flags: 'SA', acknowledgement: 1001 });

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 101000000,
            "claim": "director forwarded 203.0.113.10:40001 → 203.0.113.80:8016 to web1, and is the service's only destination itself",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#2",
            ],
            "expected": "an answer by director itself",
            "node": "director",
            "rule": "LVS-DR-16",
            "seen": [
              "it left director for web1 0.001 s later",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 0,
          "listed": 1,
          "timeWait": 0,
        },
        "reason": "1 breach with destinations of the director's own; 0 connections served there, 1 listing as Route, 0 entries in TIME_WAIT",
        "verdict": "fail",
      }
    `);
  });

  test('when its answers have been through a router', () => {
    const scene = served(configured(), { ttl: 63 }).entries(150, entry('TIME_WAIT'));

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 101000000,
            "claim": "director answered 203.0.113.10:40001 → 203.0.113.80:8016 with TTL 63",
            "evidence": [
              "lan.pcapng#1",
              "lan.pcapng#2",
            ],
            "expected": "TTL 64, as of a packet that director made itself",
            "node": "director",
            "rule": "LVS-DR-16",
            "seen": [
              "TTL 63 from 203.0.113.80: the packet was made elsewhere and passed on",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 0,
          "listed": 1,
          "timeWait": 1,
        },
        "reason": "1 breach with destinations of the director's own; 0 connections served there, 1 listing as Route, 1 entry in TIME_WAIT",
        "verdict": "fail",
      }
    `);
  });

  test('when the destination is listed otherwise than it was added', () => {
    const local: TableService = { ...fallback, servers: [['127.0.0.1:8016', 'Local']] };
    const scene = served(configured(local)).entries(150, entry('TIME_WAIT'));

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 30000000,
            "claim": "director listed its own destination 127.0.0.1:8016 as Local",
            "evidence": [
              "trace.jsonl: ip_vs_listing of director at +0.030 s",
            ],
            "expected": "127.0.0.1:8016 as Route, as it was added",
            "node": "director",
            "rule": "LVS-DR-16",
            "seen": [
              "tcp 203.0.113.80:8016: 127.0.0.1:8016 Local",
            ],
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 1,
          "listed": 0,
          "timeWait": 1,
        },
        "reason": "1 breach with destinations of the director's own; 1 connection served there, 0 listings as Route, 1 entry in TIME_WAIT",
        "verdict": "fail",
      }
    `);
  });

  test('when the entry of a closed connection is not in TIME_WAIT', () => {
    expect(served(configured()).entries(150, entry('FIN_WAIT')).judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 150000000,
            "claim": "director had the entry for 203.0.113.10:40001 → 203.0.113.80:8016 in FIN_WAIT",
            "evidence": [
              "lan.pcapng#7",
              "trace.jsonl: ip_vs_conn of director at +0.150 s",
            ],
            "expected": "an entry in TIME_WAIT",
            "node": "director",
            "rule": "LVS-DR-16",
            "seen": [
              "FIN_WAIT 0.044 s later",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 1,
          "listed": 1,
          "timeWait": 0,
        },
        "reason": "1 breach with destinations of the director's own; 1 connection served there, 1 listing as Route, 0 entries in TIME_WAIT",
        "verdict": "fail",
      }
    `);
  });

  test('when the entry of a closed connection is not there', () => {
    const { verdict, findings } = served(configured()).entries(150).judge(lvsDr16);

    expect([verdict, findings[0]?.claim]).toMatchInlineSnapshot(`
      [
        "fail",
        "director had no entry for 203.0.113.10:40001 → 203.0.113.80:8016",
      ]
    `);
  });

  test('when it answers nothing, though it lives', () => {
    const scene = configured()
      .request(100, 'client', 'director', { ...port, flags: 'S' })
      .request(1100, 'client', 'director', { ...port, flags: 'S', id: 2 })
      .whoHas(1200, 'director', 0xcb007102, 0xcb007115)
      .end(1300);

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 100000000,
            "claim": "director did not answer 203.0.113.10:40001 → 203.0.113.80:8016, and is the service's only destination itself",
            "evidence": [
              "lan.pcapng#1",
            ],
            "expected": "an answer by director itself",
            "node": "director",
            "rule": "LVS-DR-16",
            "seen": [
              "no answer in the 1.200 s to the end of the trace, while director sent other frames",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 0,
          "listed": 1,
          "timeWait": 0,
        },
        "reason": "1 breach with destinations of the director's own; 0 connections served there, 1 listing as Route, 0 entries in TIME_WAIT",
        "verdict": "fail",
      }
    `);
  });
});

describe('does not fail', () => {
  test('when frames come twice, late and in another order', () => {
    const scene = served(served(configured()));

    expect(scene.entries(150, entry('TIME_WAIT')).judge(lvsDr16).verdict).toBe('pass');
  });

  test('when a look comes while the connection is being closed', () => {
    const scene = configured()
      .request(100, 'client', 'director', { ...port, flags: 'S' })
      .reply(101, 'director', 'client', { ...port, flags: 'SA', acknowledgement: 1001 })
      .request(105, 'client', 'director', { ...port, flags: 'FA', sequence: 1001 })
      .entries(106, entry('CLOSE_WAIT'));

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "not shown: a look at the entry (ip_vs_conn) of a connection that both sides had closed",
        "verdict": "skipped",
      }
    `);
  });

  test('when the client resets what it had closed', () => {
    const scene = served(configured())
      .request(110, 'client', 'director', { ...port, flags: 'R', sequence: 1052 })
      .entries(150, entry('CLOSE'));

    expect(scene.judge(lvsDr16).verdict).toBe('skipped');
  });

  test('when the client has taken the port for another connection by then', () => {
    const scene = served(configured())
      .request(140, 'client', 'director', { ...port, flags: 'S', sequence: 90_000 })
      .entries(150, entry('SYN_RECV'));

    expect(scene.judge(lvsDr16).verdict).toBe('skipped');
  });

  test('when the entry has gone after its 120 s', () => {
    const scene = served(configured()).entries(150, entry('TIME_WAIT'));

    expect(scene.entries(120_200).judge(lvsDr16).verdict).toBe('pass');
  });

  test('but does when it has gone 2 s before that', () => {
    const scene = served(configured()).entries(150, entry('TIME_WAIT'));

    expect(scene.entries(118_000).judge(lvsDr16).verdict).toBe('fail');
  });

  test('when nothing listens on the port', () => {
    const scene = configured()
      .request(100, 'client', 'director', { ...port, flags: 'S' })
      .reply(101, 'director', 'client', { ...port, flags: 'RA', acknowledgement: 1001 });

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 0,
          "listed": 1,
          "timeWait": 0,
        },
        "reason": "not shown: a connection that the director answered itself and a look at the entry (ip_vs_conn) of a connection that both sides had closed; 1 connection reset by the director: nothing listens on that port",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when a setting gave packets another TTL', () => {
    const setting = { what: 'sysctl', name: 'net.ipv4.ip_default_ttl', value: '63' } as const;
    const scene = served(configured().setting(50, 'director', setting), { ttl: 63 });

    expect(scene.entries(150, entry('TIME_WAIT')).judge(lvsDr16).verdict).toBe('pass');
  });

  test('when translation to an address of its own is listed as such', () => {
    const masq: TableService = { ...fallback, servers: [['203.0.113.2:8080', 'Masq']] };
    const scene = served(new Scene().table(0, web).table(20, masq, web).listing(30, masq));

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no connection to a service whose only destination is the director itself in the trace",
        "verdict": "skipped",
      }
    `);
  });

  test('when a fault is at work', () => {
    const scene = served(configured()).fault(90, 200).entries(150, entry('SYN_RECV'));

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 1,
          "listed": 1,
          "timeWait": 0,
        },
        "reason": "not shown: a look at the entry (ip_vs_conn) of a connection that both sides had closed; 1 entry looked at under a fault or an unusual setting",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when frames are missing from the record', () => {
    const scene = new Scene({ isComplete: false })
      .table(20, fallback)
      .request(100, 'client', 'director', { ...port, flags: 'S' })
      .request(1100, 'client', 'director', { ...port, flags: 'S', id: 2 })
      .whoHas(1200, 'director', 0xcb007102, 0xcb007115)
      .end(1300);

    expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 0,
          "listed": 0,
          "timeWait": 0,
        },
        "reason": "not shown: a connection that the director answered itself, a listing (ip_vs_listing) with the director's own destination and a look at the entry (ip_vs_conn) of a connection that both sides had closed; 1 connection without an answer in the trace",
        "verdict": "inconclusive",
      }
    `);
  });
});

test('is skipped where no destination is the director itself', () => {
  const scene = new Scene()
    .table(0, web)
    .listing(10, web)
    .forwarded(100, 'web1', { flags: 'S' })
    .reply(102, 'web1', 'client', { flags: 'SA', acknowledgement: 1001, vip });

  expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no connection to a service whose only destination is the director itself in the trace",
      "verdict": "skipped",
    }
  `);
});

test('is skipped for wires alone', () => {
  const scene = new Scene()
    .request(100, 'client', 'director', { ...port, flags: 'S' })
    .reply(101, 'director', 'client', { ...port, flags: 'SA', acknowledgement: 1001 });

  expect(scene.judge(lvsDr16)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no connection to a service whose only destination is the director itself in the trace",
      "verdict": "skipped",
    }
  `);
});
