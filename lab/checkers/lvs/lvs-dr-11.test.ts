import { describe, expect, test } from 'vitest';
import { cip, dip, ip, rip, Scene, type SceneOptions, type TableService } from './direct-routing-scene.ts';
import { lvsDr11 } from './lvs-dr-11.ts';

const web: TableService = { virtual: '203.0.113.80:80', servers: ['203.0.113.22:80', '203.0.113.21:80'] };
const spare: TableService = { virtual: '203.0.113.82:80', servers: ['203.0.113.21:80'] };
const address = {
  what: 'address',
  change: 'added',
  address: '203.0.113.82',
  prefixLength: 32,
  device: 'eth0',
  scope: 'global',
} as const;
const spareVip = ip('203.0.113.82');
const syn = { flags: 'S', vip: spareVip };
const entry = (state: string) => `40001 203.0.113.82:80 203.0.113.21:80 ${state}`;

/** The director alone has the address, and a service on it that leads to web1. */
function configured(options?: SceneOptions): Scene {
  return new Scene(options).table(0, web).setting(10, 'director', address).table(20, spare, web);
}

function visited(scene: Scene, outcome = 'timeout', until = 1600): Scene {
  return scene.visit(90, until, { address: '203.0.113.82', port: 80, outcomes: [[0, outcome]] });
}

/** The SYN goes to web1, twice. */
function asked(scene: Scene = configured()): Scene {
  return visited(scene)
    .forwarded(100, 'web1', syn)
    .forwarded(1127, 'web1', { ...syn, id: 2 });
}

test('silence, a timeout and an entry in SYN_RECV pass', () => {
  expect(asked().entries(1610, entry('SYN_RECV')).judge(lvsDr11)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "connections": 1,
        "entries": 1,
        "unanswered": 1,
      },
      "reason": "1 connection to a real server without the virtual address stayed without any answer; 1 entry in SYN_RECV",
      "verdict": "pass",
    }
  `);
});

test('an address that was taken away from the server counts as well', () => {
  const taken = { ...address, change: 'removed', address: '203.0.113.80', device: 'lo' } as const;
  const scene = new Scene()
    .table(0, web)
    .setting(10, 'web1', taken)
    .forwarded(100, 'web1', { flags: 'S' })
    .entries(1200, '40001 203.0.113.80:80 203.0.113.21:80 SYN_RECV');

  expect(scene.judge(lvsDr11).verdict).toBe('pass');
});

describe('fails, and names', () => {
  test('the server that refuses', () => {
    const scene = asked().reply(102, 'web1', 'client', { flags: 'RA', vip: spareVip, acknowledgement: 1001 });

    expect(scene.entries(1610, entry('SYN_RECV')).judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 102000000,
            "claim": "web1 answered 203.0.113.10:40001 → 203.0.113.82:80, and web1 does not have 203.0.113.82",
            "evidence": [
              "lan.pcapng#2",
              "lan.pcapng#3",
            ],
            "expected": "nothing from web1: what is not for it is dropped",
            "node": "web1",
            "rule": "LVS-DR-11",
            "seen": [
              "203.0.113.82 → 203.0.113.10, 02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:00:00 (client)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 1,
          "entries": 1,
          "unanswered": 0,
        },
        "reason": "1 breach with 1 connection to a real server without the virtual address; 0 stayed without any answer; 1 entry in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test.for([
    ['accepts', { flags: 'SA' }],
    ['refuses under its own address', { flags: 'RA', source: rip.web1 }],
  ] as const)('the server that %s', ([, reply]) => {
    const scene = asked().reply(102, 'web1', 'client', { ...reply, vip: spareVip, acknowledgement: 1001 });
    const { verdict, findings } = scene.judge(lvsDr11);

    expect([verdict, findings.length, findings[0]?.node]).toEqual(['fail', 1, 'web1']);
  });

  test('the server that reports an error', () => {
    const { verdict, findings } = asked()
      .icmp(102, 'web1', { code: 1, source: rip.web1, about: syn })
      .judge(lvsDr11);

    expect([verdict, findings[0]?.node, findings[0]?.claim]).toMatchInlineSnapshot(`
      [
        "fail",
        "web1",
        "web1 answered with ICMP type 3 code 1: 203.0.113.10:40001 → 203.0.113.82:80, and web1 does not have 203.0.113.82",
      ]
    `);
  });

  test('the server that routes the packet on', () => {
    const { verdict, findings } = asked()
      .request(102, 'web1', 'director', { ...syn, ttl: 62 })
      .judge(lvsDr11);

    expect([verdict, findings[0]?.node, findings[0]?.claim, findings[0]?.seen]).toMatchInlineSnapshot(`
      [
        "fail",
        "web1",
        "web1 sent on what the director gave it: 203.0.113.10:40001 → 203.0.113.82:80, and web1 does not have 203.0.113.82",
        [
          "203.0.113.10 → 203.0.113.82, 02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:01:00 (director)",
        ],
      ]
    `);
  });

  test('the director that answers what it has sent on', () => {
    const { verdict, findings } = asked()
      .reply(102, 'director', 'client', { flags: 'RA', vip: spareVip, acknowledgement: 1001 })
      .judge(lvsDr11);

    expect([verdict, findings[0]?.node, findings[0]?.claim]).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director answered what it had sent on: 203.0.113.10:40001 → 203.0.113.82:80, and web1 does not have 203.0.113.82",
      ]
    `);
  });

  test('the director whose entry is in another state', () => {
    expect(asked().entries(1610, entry('ESTABLISHED')).judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 1610000000,
            "claim": "director had the entry for 203.0.113.10:40001 → 203.0.113.82:80 in ESTABLISHED",
            "evidence": [
              "lan.pcapng#2",
              "trace.jsonl: ip_vs_conn of director at +1.610 s",
            ],
            "expected": "an entry in SYN_RECV",
            "node": "director",
            "rule": "LVS-DR-11",
            "seen": [
              "ESTABLISHED 1.509 s later",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 1,
          "entries": 0,
          "unanswered": 1,
        },
        "reason": "1 breach with 1 connection to a real server without the virtual address; 1 stayed without any answer; 0 entries in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test('the director that has no entry', () => {
    const { verdict, findings } = asked().entries(1610).judge(lvsDr11);

    expect([verdict, findings[0]?.node, findings[0]?.claim]).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director had no entry for 203.0.113.10:40001 → 203.0.113.82:80",
      ]
    `);
  });
});

describe('does not fail', () => {
  test('when frames come twice', () => {
    const scene = asked(asked()).entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11)).toMatchObject({ verdict: 'pass', measured: { connections: 1 } });
  });

  test('when the server has the address after all', () => {
    const scene = configured().setting(30, 'web1', { ...address, device: 'lo' });

    const answered = scene
      .forwarded(100, 'web1', syn)
      .reply(102, 'web1', 'client', { flags: 'SA', vip: spareVip, acknowledgement: 1001 });
    expect(answered.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no connection was sent to a real server that is known to lack its virtual address",
        "verdict": "skipped",
      }
    `);
  });

  test('when an experiment gave its NIC the address and took it back', () => {
    const given = { ...address, address: '203.0.113.80' };
    const scene = new Scene()
      .table(0, web)
      .setting(10, 'web1', given)
      .setting(20, 'web1', { ...given, change: 'removed' })
      .forwarded(100, 'web1', { flags: 'S' })
      .reply(102, 'web1', 'client', { flags: 'SA', acknowledgement: 1001 });

    expect(scene.judge(lvsDr11).verdict).toBe('skipped');
  });

  test('when a command may have given it the address', () => {
    const scene = configured()
      .command(30, 'web1', ['ifconfig', 'lo:0', '203.0.113.82', 'netmask', '255.255.255.255'])
      .forwarded(100, 'web1', syn)
      .reply(102, 'web1', 'client', { flags: 'SA', vip: spareVip, acknowledgement: 1001 });

    expect(scene.judge(lvsDr11).verdict).toBe('skipped');
  });

  test('when the server says something else meanwhile', () => {
    const scene = asked()
      .whoHas(200, 'web1', rip.web1, cip)
      .reply(300, 'web1', 'client', { flags: 'A', source: rip.web1, vport: 22 })
      .entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11).verdict).toBe('pass');
  });

  test('when another server of the same address answers', () => {
    const both: TableService = { ...spare, servers: ['203.0.113.22:80', '203.0.113.21:80'] };
    const scene = new Scene()
      .setting(10, 'director', address)
      .setting(12, 'web2', { ...address, device: 'lo' })
      .table(20, both)
      .forwarded(100, 'web2', syn)
      .reply(102, 'web2', 'client', { flags: 'SA', vip: spareVip, acknowledgement: 1001 })
      .forwarded(200, 'web1', { ...syn, cport: 40002 })
      .entries(1300, '40002 203.0.113.82:80 203.0.113.21:80 SYN_RECV');

    expect(scene.judge(lvsDr11).verdict).toBe('pass');
  });

  test('when the director gives the server up', () => {
    const scene = asked().icmp(1500, 'director', { code: 1, source: dip, about: syn });

    expect(scene.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 1,
          "entries": 0,
          "unanswered": 0,
        },
        "reason": "1 connection to a real server without the virtual address: the director gave up or refused it itself",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the trace ends too early', () => {
    const scene = configured().forwarded(100, 'web1', syn).entries(900, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 1,
          "entries": 1,
          "unanswered": 0,
        },
        "reason": "1 connection to a real server without the virtual address: the trace ends less than a second after the request",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the lab stood still for most of the time', () => {
    const scene = configured().forwarded(100, 'web1', syn).stall(200, 1500).entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11).verdict).toBe('inconclusive');
  });

  test('when a fault is at work', () => {
    const scene = asked(configured().fault(50, 1500)).entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 1,
          "entries": 1,
          "unanswered": 0,
        },
        "reason": "1 connection to a real server without the virtual address: under a fault, lost on the way, or with frames missing from the record",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when frames are missing from the record', () => {
    const scene = asked(configured({ isComplete: false })).entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11).verdict).toBe('inconclusive');
  });

  test('when the request never reached the server', () => {
    const scene = visited(configured())
      .request(100, 'client', 'director', syn)
      .request(101, 'director', 'web1', syn, 'lost towards web1: cut f1')
      .entries(1610, entry('SYN_RECV'));

    expect(scene.judge(lvsDr11).verdict).toBe('inconclusive');
  });

  test('when the client says that it was answered, and the wire does not', () => {
    const scene = visited(configured(), 'ECONNREFUSED').forwarded(100, 'web1', syn);

    expect(scene.entries(1610, entry('SYN_RECV')).judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "connections": 1,
          "entries": 1,
          "unanswered": 0,
        },
        "reason": "1 connection to a real server without the virtual address: the client had another outcome than a timeout, and the record has no packet that explains it",
        "verdict": "inconclusive",
      }
    `);
  });
});

describe('is skipped', () => {
  test('when all servers have the address', () => {
    const scene = new Scene()
      .table(0, web)
      .forwarded(100, 'web1', { flags: 'S' })
      .entries(1600, '40001 203.0.113.80:80 203.0.113.21:80 SYN_RECV');

    expect(scene.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no connection was sent to a real server that is known to lack its virtual address",
        "verdict": "skipped",
      }
    `);
  });

  test('when nobody looked at the entry', () => {
    expect(asked().judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 connection to a real server without the virtual address stayed without any answer; not shown: a look at the director's entry (ip_vs_conn) within 60 s",
        "verdict": "skipped",
      }
    `);
  });

  test('for wires alone', () => {
    const scene = new Scene()
      .forwarded(100, 'web1', { flags: 'S' })
      .forwarded(1127, 'web1', { flags: 'S', id: 2 });

    expect(scene.judge(lvsDr11)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no connection was sent to a real server that is known to lack its virtual address",
        "verdict": "skipped",
      }
    `);
  });
});
