import { describe, expect, test } from 'vitest';
import { dip, rip, Scene, type SceneOptions, type TableService } from './direct-routing-scene.ts';
import { lvsDr15 } from './lvs-dr-15.ts';

const closed: TableService = { virtual: '203.0.113.80:8015', servers: ['203.0.113.21:8015'] };
const port = { vport: 8015 };
const entry = (state: string) => `40001 203.0.113.80:8015 203.0.113.21:8015 ${state}`;

/** The SYN goes to web1; what comes back is the test's. */
function asked(options?: SceneOptions): Scene {
  return new Scene(options).table(20, closed).forwarded(100, 'web1', { ...port, flags: 'S' });
}

const refusal = { ...port, flags: 'RA', sequence: 0, acknowledgement: 1001, id: 0 };

function refused(options?: SceneOptions): Scene {
  return asked(options).reply(103, 'web1', 'client', refusal);
}

test('a refusal straight from the real server passes, with the entry in SYN_RECV', () => {
  expect(refused().entries(120, entry('SYN_RECV')).judge(lvsDr15)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "entries": 1,
        "refused": 1,
      },
      "reason": "1 connection refused by the real server itself, straight to the client or its gateway; 1 entry in SYN_RECV",
      "verdict": "pass",
    }
  `);
});

describe('fails, and names', () => {
  test('the server that sends its refusal to the director', () => {
    const scene = asked()
      .reply(103, 'web1', 'director', refusal)
      .reply(104, 'director', 'client', { ...refusal, ttl: 63 })
      .entries(120, entry('CLOSE'));

    expect(scene.judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 103000000,
            "claim": "web1 sent the RST for 203.0.113.10:40001 → 203.0.113.80:8015 to the director",
            "evidence": [
              "lan.pcapng#2",
              "lan.pcapng#3",
            ],
            "expected": "RST from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director",
            "node": "web1",
            "rule": "LVS-DR-15",
            "seen": [
              "RST 203.0.113.80:8015 → 203.0.113.10:40001, 02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:01:00 (director)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "entries": 0,
          "refused": 0,
        },
        "reason": "1 breach with refused connections; 0 connections refused by the real server itself, straight to the client or its gateway; 0 entries in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test('the server that refuses under its own address', () => {
    const scene = asked().reply(103, 'web1', 'client', { ...refusal, source: rip.web1 });

    expect(scene.entries(120, entry('SYN_RECV')).judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 103000000,
            "claim": "web1 refused 203.0.113.10:40001 → 203.0.113.80:8015 as 203.0.113.21",
            "evidence": [
              "lan.pcapng#2",
              "lan.pcapng#3",
            ],
            "expected": "RST from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director",
            "node": "web1",
            "rule": "LVS-DR-15",
            "seen": [
              "RST 203.0.113.21:8015 → 203.0.113.10:40001, 02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:00:00 (client)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "entries": 0,
          "refused": 0,
        },
        "reason": "1 breach with refused connections; 0 connections refused by the real server itself, straight to the client or its gateway; 0 entries in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test('the director that refuses what it has sent on', () => {
    const scene = asked().reply(103, 'director', 'client', refusal);

    expect(scene.entries(120, entry('SYN_RECV')).judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 103000000,
            "claim": "director refused 203.0.113.10:40001 → 203.0.113.80:8015 after it had sent the SYN on to web1",
            "evidence": [
              "lan.pcapng#2",
              "lan.pcapng#3",
            ],
            "expected": "RST from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director",
            "node": "director",
            "rule": "LVS-DR-15",
            "seen": [
              "RST 203.0.113.80:8015 → 203.0.113.10:40001, 02:4f:19:8e:01:00 (director) → 02:4f:19:8e:00:00 (client)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "entries": 0,
          "refused": 0,
        },
        "reason": "1 breach with refused connections; 0 connections refused by the real server itself, straight to the client or its gateway; 0 entries in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test('the director whose entry is in another state', () => {
    expect(refused().entries(120, entry('CLOSE')).judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 120000000,
            "claim": "director had the entry for 203.0.113.10:40001 → 203.0.113.80:8015 in CLOSE",
            "evidence": [
              "lan.pcapng#3",
              "trace.jsonl: ip_vs_conn of director at +0.120 s",
            ],
            "expected": "an entry in SYN_RECV",
            "node": "director",
            "rule": "LVS-DR-15",
            "seen": [
              "CLOSE 0.019 s later",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "entries": 0,
          "refused": 1,
        },
        "reason": "1 breach with refused connections; 1 connection refused by the real server itself, straight to the client or its gateway; 0 entries in SYN_RECV",
        "verdict": "fail",
      }
    `);
  });

  test('the director that has no entry', () => {
    const { verdict, findings } = refused().entries(120).judge(lvsDr15);

    expect([verdict, findings[0]?.node, findings[0]?.claim]).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director had no entry for 203.0.113.10:40001 → 203.0.113.80:8015",
      ]
    `);
  });

  test('the director that had no entry 2 s before its 60 s were over', () => {
    const scene = refused().entries(120, entry('SYN_RECV')).entries(58_000);

    expect(scene.judge(lvsDr15).verdict).toBe('fail');
  });
});

describe('does not fail', () => {
  test('when the SYN and the refusal come more than once', () => {
    const scene = refused()
      .reply(103.1, 'web1', 'client', refusal, 'web1 copy of frame 3: duplicated by f1')
      .forwarded(1100, 'web1', { ...port, flags: 'S', id: 2 })
      .reply(1103, 'web1', 'client', refusal)
      .entries(1200, entry('SYN_RECV'));

    expect(scene.judge(lvsDr15)).toMatchObject({ verdict: 'pass', measured: { refused: 1 } });
  });

  test('when the entry has gone after its 60 s', () => {
    const scene = refused().entries(120, entry('SYN_RECV')).entries(60_500);

    expect(scene.judge(lvsDr15).verdict).toBe('pass');
  });

  test('when the server resets a connection that it had accepted', () => {
    const scene = asked()
      .reply(103, 'web1', 'client', { ...port, flags: 'SA', sequence: 5000, acknowledgement: 1001 })
      .forwarded(104, 'web1', { ...port, flags: 'A', sequence: 1001, acknowledgement: 5001 })
      .reply(110, 'web1', 'director', { ...port, flags: 'RA', sequence: 5001, acknowledgement: 1001 })
      .entries(120, entry('ESTABLISHED'));

    expect(scene.judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "2 packets forwarded, and no real server with direct routing refused a connection",
        "verdict": "skipped",
      }
    `);
  });

  test('when the port is opened and the same client port is used again', () => {
    const scene = refused()
      .forwarded(2000, 'web1', { ...port, flags: 'S', sequence: 70_000 })
      .reply(2003, 'web1', 'client', { ...port, flags: 'SA', sequence: 5000, acknowledgement: 70_001 })
      .forwarded(2004, 'web1', { ...port, flags: 'A', sequence: 70_001, acknowledgement: 5001 })
      .entries(2100, entry('ESTABLISHED'));

    expect(scene.judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 connection refused by the real server itself, straight to the client or its gateway; not shown: a look at the director's entry (ip_vs_conn) within 60 s",
        "verdict": "skipped",
      }
    `);
  });

  test('when the service was removed and the director refuses the repeated SYN', () => {
    const scene = asked()
      .command(500, 'director', ['ipvsadm', '-D', '-t', '203.0.113.80:8015'])
      .table(510)
      .request(1100, 'client', 'director', { ...port, flags: 'S', id: 2 })
      .reply(1101, 'director', 'client', refusal);

    expect(scene.judge(lvsDr15).verdict).toBe('inconclusive');
  });

  test('when address translation brings the refusal back through the director', () => {
    const masq: TableService = { ...closed, servers: [['203.0.113.21:8015', 'Masq']] };
    const scene = new Scene()
      .table(20, masq)
      .forwarded(100, 'web1', { ...port, flags: 'S' })
      .reply(104, 'director', 'client', { ...refusal, ttl: 63 })
      .entries(120, entry('CLOSE'));

    expect(scene.judge(lvsDr15).verdict).toBe('skipped');
  });

  test('when a fault was at work as the entry was looked at', () => {
    expect(refused().fault(110, 130).entries(120, entry('CLOSE')).judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "entries": 0,
          "refused": 1,
        },
        "reason": "1 connection refused by the real server itself, straight to the client or its gateway; 1 entry looked at under a fault or an unusual setting",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when the trace begins after the SYN', () => {
    const scene = new Scene().table(20, closed).reply(103, 'web1', 'director', refusal);

    expect(scene.entries(120).judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "0 packets forwarded, and no real server with direct routing refused a connection",
        "verdict": "skipped",
      }
    `);
  });
});

describe('is skipped', () => {
  test('when nobody looked at the entry', () => {
    expect(refused().judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 connection refused by the real server itself, straight to the client or its gateway; not shown: a look at the director's entry (ip_vs_conn) within 60 s",
        "verdict": "skipped",
      }
    `);
  });

  test('when no connection was refused', () => {
    const scene = asked().whoHas(200, 'director', dip, rip.web1).entries(1300, entry('SYN_RECV'));

    expect(scene.judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "entries": 0,
          "refused": 0,
        },
        "reason": "1 connection sent on by a director got no answer of a real server, so whether the port is closed cannot be told",
        "verdict": "inconclusive",
      }
    `);
  });

  test('for wires alone', () => {
    const scene = new Scene()
      .forwarded(100, 'web1', { flags: 'S' })
      .reply(103, 'web1', 'client', { ...refusal, vport: 80 });

    expect(scene.judge(lvsDr15)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "1 connection refused by the real server itself, straight to the client or its gateway; not shown: a look at the director's entry (ip_vs_conn) within 60 s",
        "verdict": "skipped",
      }
    `);
  });
});
