import { describe, expect, test } from 'vitest';
import { dip, fragments, rip, Scene, type SceneOptions, type TableService } from './direct-routing-scene.ts';
import { lvsDr12 } from './lvs-dr-12.ts';

const web: TableService = { virtual: '203.0.113.80:80', servers: ['203.0.113.22:80', '203.0.113.21:80'] };
const data = { flags: 'A', sequence: 1001, acknowledgement: 5001 };
/** 1500 bytes in all, and 1300. */
const large = { ...data, bytes: 1460, id: 10 };
const fitting = { ...data, bytes: 1260, id: 20 };

function narrow(scene: Scene, atMs: number, mtu: number): Scene {
  return scene
    .setting(atMs, 'director', { what: 'route-mtu', destination: '203.0.113.21', mtu })
    .setting(atMs, 'director', { what: 'route-mtu', destination: '203.0.113.22', mtu });
}

/** The way to both servers takes 1300 bytes, and a connection is open at 110 ms. */
function opened(options?: SceneOptions): Scene {
  return narrow(new Scene(options).table(0, web), 10, 1300)
    .forwarded(100, 'web1', { flags: 'S' })
    .reply(103, 'web1', 'client', { flags: 'SA', sequence: 5000, acknowledgement: 1001 })
    .forwarded(105, 'web1', { ...data, id: 2 });
}

function refused(
  scene: Scene = opened(),
  error: { readonly mtu?: number; readonly source?: number } = {},
): Scene {
  return scene
    .request(110, 'client', 'director', large)
    .icmp(112, 'director', { code: 4, mtu: 1300, about: large, ...error });
}

/** The trace goes on, and the director lives. */
function later(scene: Scene): Scene {
  return scene.whoHas(1500, 'director', dip, rip.web1).end(1600);
}

test('a packet that is too large is refused with the MTU, and what fits goes on', () => {
  expect(refused().forwarded(120, 'web1', fitting).judge(lvsDr12)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "fitting": 1,
        "told": 1,
        "tooLarge": 1,
      },
      "reason": "1 packet larger than the MTU of the way refused with that MTU by the virtual address; 1 packet that fitted sent on afterwards",
      "verdict": "pass",
    }
  `);
});

test('segments that the director put together are refused at once', () => {
  const scene = opened()
    .request(110, 'client', 'director', large)
    .request(110.1, 'client', 'director', { ...large, sequence: 1001 + 1460, id: 11 })
    .icmp(112, 'director', { code: 4, mtu: 1300, about: large, quotedLength: 2960 })
    .forwarded(120, 'web1', fitting);

  expect(later(scene).judge(lvsDr12)).toMatchObject({ verdict: 'pass', measured: { told: 2 } });
});

test('a packet of just the MTU goes on', () => {
  const scene = refused().forwarded(120, 'web1', { ...fitting, bytes: 1260 });

  expect(scene.judge(lvsDr12).measured).toMatchObject({ tooLarge: 1, fitting: 1 });
});

test('a packet of one byte more does not', () => {
  const scene = refused().forwarded(120, 'web1', { ...fitting, bytes: 1261 });

  expect(scene.judge(lvsDr12).verdict).toBe('fail');
});

describe('fails, and names the director', () => {
  test('when it sends a packet on that does not fit', () => {
    expect(opened().forwarded(110, 'web1', large).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 111000000,
            "claim": "director sent a packet of 1500 bytes of 203.0.113.10:40001 → 203.0.113.80:80 on, larger than its route's MTU",
            "evidence": [
              "lan.pcapng#6",
              "lan.pcapng#7",
            ],
            "expected": "ICMP fragmentation needed with MTU 1300, 203.0.113.80 → 203.0.113.10",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "it left for web1 with 1500 bytes",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 0,
          "tooLarge": 1,
        },
        "reason": "1 breach with 1 packet larger than the MTU of the way; 0 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });

  test('when it cuts a packet up that may not be fragmented', () => {
    const scene = opened().request(110, 'client', 'director', large);
    const [first = new Uint8Array()] = fragments('director', 'web1', {
      bytes: 1460,
      id: 10,
      fragmentBytes: 1280,
    });

    expect(scene.frame(112, first).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 112000000,
            "claim": "director cut a packet of 1500 bytes of 203.0.113.10:40001 → 203.0.113.80:80 up, which may not be fragmented",
            "evidence": [
              "lan.pcapng#6",
              "lan.pcapng#7",
            ],
            "expected": "ICMP fragmentation needed with MTU 1300, 203.0.113.80 → 203.0.113.10",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "a fragment with its IP ID left for web1",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 0,
          "tooLarge": 1,
        },
        "reason": "1 breach with 1 packet larger than the MTU of the way; 0 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });

  test('when it drops a packet and says nothing', () => {
    expect(later(opened().request(110, 'client', 'director', large)).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 110000000,
            "claim": "director dropped a packet of 1500 bytes of 203.0.113.10:40001 → 203.0.113.80:80 without telling the client",
            "evidence": [
              "lan.pcapng#6",
            ],
            "expected": "ICMP fragmentation needed with MTU 1300, 203.0.113.80 → 203.0.113.10",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "it was not sent on, and no ICMP error about it in the 1.490 s to the end of the trace",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 0,
          "tooLarge": 1,
        },
        "reason": "1 breach with 1 packet larger than the MTU of the way; 0 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });

  test('when it names another MTU', () => {
    const scene = refused(opened(), { mtu: 1400 }).forwarded(120, 'web1', fitting);

    expect(scene.judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 112000000,
            "claim": "director refused a packet of 1500 bytes of 203.0.113.10:40001 → 203.0.113.80:80 in another way than it should",
            "evidence": [
              "lan.pcapng#6",
              "lan.pcapng#7",
            ],
            "expected": "ICMP fragmentation needed with MTU 1300, 203.0.113.80 → 203.0.113.10",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "ICMP fragmentation needed with MTU 1400, 203.0.113.80 → 203.0.113.10 from 02:4f:19:8e:01:00 (director)",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 0,
          "tooLarge": 1,
        },
        "reason": "1 breach with 1 packet larger than the MTU of the way; 0 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });

  test('when it speaks under its own address', () => {
    const { verdict, findings } = refused(opened(), { source: dip }).judge(lvsDr12);

    expect([verdict, findings[0]?.node, findings[0]?.seen]).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        [
          "ICMP fragmentation needed with MTU 1300, 203.0.113.2 → 203.0.113.10 from 02:4f:19:8e:01:00 (director)",
        ],
      ]
    `);
  });

  test('when nothing goes on afterwards', () => {
    const scene = refused().request(120, 'client', 'director', fitting);

    expect(later(scene).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 120000000,
            "claim": "director sent on nothing of 203.0.113.10:40001 → 203.0.113.80:80 after it had told the client its MTU",
            "evidence": [
              "lan.pcapng#7",
            ],
            "expected": "packets of up to 1300 bytes sent on",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "1 packet of that size came and did not leave",
            ],
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 1,
          "tooLarge": 1,
        },
        "reason": "1 breach with 1 packet larger than the MTU of the way; 1 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });

  test('when it refuses what fits', () => {
    const scene = opened()
      .request(120, 'client', 'director', fitting)
      .icmp(121, 'director', { code: 4, mtu: 1300, about: fitting });

    expect(scene.judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 121000000,
            "claim": "director refused a packet of 1300 bytes of 203.0.113.10:40001 → 203.0.113.80:80, which fits its route",
            "evidence": [
              "lan.pcapng#7",
            ],
            "expected": "packets of up to 1300 bytes sent on",
            "node": "director",
            "rule": "LVS-DR-12",
            "seen": [
              "ICMP fragmentation needed with MTU 1300",
            ],
            "segment": "lan",
          },
        ],
        "measured": {
          "breaches": 1,
          "fitting": 0,
          "told": 0,
          "tooLarge": 0,
        },
        "reason": "1 breach with 0 packets larger than the MTU of the way; 0 refused with that MTU by the virtual address; 0 packets that fitted sent on afterwards",
        "verdict": "fail",
      }
    `);
  });
});

describe('does not fail', () => {
  test('when frames come twice and packets are repeated', () => {
    const scene = refused(refused())
      .request(110.2, 'client', 'director', large, 'director copy of frame 7: duplicated by f1')
      .request(115, 'client', 'director', { ...large, id: 12 })
      .icmp(116, 'director', { code: 4, mtu: 1300, about: { ...large, id: 12 } })
      .forwarded(120, 'web1', fitting);

    expect(later(scene).judge(lvsDr12).verdict).toBe('pass');
  });

  test('when a packet passed before the route was changed', () => {
    const scene = narrow(new Scene().table(0, web), 200, 1300)
      .forwarded(100, 'web1', { flags: 'S' })
      .forwarded(110, 'web1', large);

    expect(scene.judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no packet that may not be fragmented came to a director and was larger than the MTU of its way on, 1300 bytes at the least",
        "verdict": "skipped",
      }
    `);
  });

  test('when it passes after the route was put back', () => {
    const scene = narrow(refused().forwarded(120, 'web1', fitting), 200, 0).forwarded(300, 'web1', large);

    expect(scene.judge(lvsDr12).verdict).toBe('pass');
  });

  test('when a packet may be fragmented', () => {
    const scene = opened().request(110, 'client', 'director', { ...large, dontFragment: false });
    const [first = new Uint8Array()] = fragments('director', 'web1', {
      bytes: 1460,
      id: 10,
      fragmentBytes: 1280,
    });

    expect(later(scene.frame(112, first)).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "no packet that may not be fragmented came to a director and was larger than the MTU of its way on, 1300 bytes at the least",
        "verdict": "skipped",
      }
    `);
  });

  test('when the trace ends before the answer', () => {
    expect(opened().request(110, 'client', 'director', large).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "fitting": 0,
          "told": 0,
          "tooLarge": 1,
        },
        "reason": "1 packet larger than the MTU of the way neither sent on nor refused; why cannot be told: no entry, the end of the trace, a fault, or frames missing from the record",
        "verdict": "inconclusive",
      }
    `);
  });

  test('when a fault is at work', () => {
    const scene = opened().fault(50, 1000).request(110, 'client', 'director', large);

    expect(later(scene).judge(lvsDr12).verdict).toBe('inconclusive');
  });

  test('when frames are missing from the record', () => {
    const scene = opened({ isComplete: false }).request(110, 'client', 'director', large);

    expect(later(scene).judge(lvsDr12).verdict).toBe('inconclusive');
  });

  test('when the packet was lost on its way to the director', () => {
    const scene = opened().request(110, 'client', 'director', large, 'lost towards director: drop f1');

    expect(later(scene).judge(lvsDr12).verdict).toBe('skipped');
  });

  test('when the connection has no entry', () => {
    const scene = narrow(new Scene().table(0, web), 10, 1300)
      .request(110, 'client', 'director', large)
      .reply(111, 'director', 'client', { flags: 'R', sequence: 5001 });

    expect(later(scene).judge(lvsDr12).verdict).toBe('inconclusive');
  });

  test('when the way to another server is narrow', () => {
    const scene = new Scene()
      .table(0, web)
      .setting(10, 'director', { what: 'route-mtu', destination: '203.0.113.21', mtu: 1300 })
      .forwarded(100, 'web2', { flags: 'S' })
      .forwarded(110, 'web2', large);

    expect(scene.judge(lvsDr12).verdict).toBe('skipped');
  });

  test('when the client sends nothing that fits', () => {
    expect(later(refused()).judge(lvsDr12)).toMatchInlineSnapshot(`
      {
        "findings": [],
        "measured": {
          "breaches": 0,
          "fitting": 0,
          "told": 1,
          "tooLarge": 1,
        },
        "reason": "1 packet larger than the MTU of the way refused with that MTU by the virtual address; not shown: a packet with data that fits, sent on afterwards",
        "verdict": "inconclusive",
      }
    `);
  });
});

test('is skipped where no route has an MTU of its own', () => {
  const scene = new Scene()
    .table(0, web)
    .forwarded(100, 'web1', { flags: 'S' })
    .forwarded(110, 'web1', large);

  expect(scene.judge(lvsDr12)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no route with an MTU of its own was set in the trace",
      "verdict": "skipped",
    }
  `);
});

test('is skipped for wires alone', () => {
  const scene = new Scene()
    .forwarded(100, 'web1', { flags: 'S' })
    .request(110, 'client', 'director', large)
    .icmp(112, 'director', { code: 4, mtu: 1300, about: large })
    .forwarded(120, 'web1', fitting);

  expect(scene.judge(lvsDr12)).toMatchInlineSnapshot(`
    {
      "findings": [],
      "reason": "no route with an MTU of its own was set in the trace",
      "verdict": "skipped",
    }
  `);
});
