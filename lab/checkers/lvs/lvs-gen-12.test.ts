import { describe, expect, test } from 'vitest';
import type { SceneOptions } from './direct-routing-scene.ts';
import { DirectorStory, type ToldCounters, type ToldEntry } from './director-story.ts';
import { lvsGen12 } from './lvs-gen-12.ts';

const ports = [40001, 40002];
const before: ToldCounters = { web1: [0, 18], web2: [0, 17] };
const during: ToldCounters = { web1: [1, 18], web2: [1, 17] };
const after: ToldCounters = { web1: [0, 19], web2: [0, 18] };

/** Two connections that a client holds open, then lets go. Looks come at 100, 400 and 700. */
function connections(options?: SceneOptions): DirectorStory {
  return new DirectorStory(options)
    .visited(200, 260, { from: ports, hold: 'two' })
    .opened(210, 40001)
    .opened(230, 40002)
    .closed(500, 40001)
    .closed(510, 40002)
    .released(530, 'two');
}

interface Looks {
  readonly before?: ToldCounters;
  readonly during?: ToldCounters;
  readonly after?: ToldCounters;
}

function looked(told: DirectorStory, looks: Looks = {}): DirectorStory {
  return told
    .counters(100, looks.before ?? before)
    .counters(400, looks.during ?? during)
    .counters(700, looks.after ?? after);
}

const story = (looks?: Looks, options?: SceneOptions) => looked(connections(options), looks);
const judge = (told: DirectorStory) => told.judge(lvsGen12);
const outcome = (told: DirectorStory) => [judge(told).verdict, judge(told).reason];
/** What should have been, when the director is to blame. */
function expected(told: DirectorStory): string | undefined {
  const { verdict, findings } = judge(told);
  return verdict === 'fail' && findings[0]?.node === 'director' ? findings[0].expected : undefined;
}

test('connections that count as active while open and as inactive once closed pass', () => {
  expect(judge(story())).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "connections": 2,
        "holds": 1,
      },
      "reason": "2 connections counted as active while open and as inactive after being closed",
      "verdict": "pass",
    }
  `);
});

describe('fails, and names the director', () => {
  test('with what was seen at each look', () => {
    expect(judge(story({ during: { web1: [1, 18], web2: [0, 18] } }))).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 700000000,
            "claim": "director miscounted 2 connections to 203.0.113.80:80 that a client held open and then closed",
            "evidence": [
              "trace.jsonl: ip_vs of director at +0.100 s",
              "trace.jsonl: ip_vs of director at +0.400 s",
              "trace.jsonl: ip_vs of director at +0.700 s",
            ],
            "expected": "2 active while 2 were open",
            "node": "director",
            "rule": "LVS-GEN-12",
            "seen": [
              "0 active and 35 inactive before, at +0.100 s",
              "1 active and 36 inactive while they were open, at +0.400 s",
              "0 active and 37 inactive after they were closed, at +0.700 s",
            ],
          },
        ],
        "measured": {
          "breaches": 1,
          "connections": 0,
          "holds": 1,
        },
        "reason": "1 of 1 group of held connections was miscounted",
        "verdict": "fail",
      }
    `);
  });

  test.for([
    [
      'one open connection is not active',
      { during: { web1: [1, 18], web2: [0, 17] } },
      '2 active while 2 were open',
    ],
    [
      'there is one active too many',
      { during: { web1: [2, 18], web2: [1, 17] } },
      '2 active while 2 were open',
    ],
    [
      'open connections count as inactive as well',
      { during: { web1: [1, 19], web2: [1, 18] } },
      'at most 35 inactive while 2 were open',
    ],
    [
      'a closed connection stays active',
      { after: { web1: [1, 18], web2: [0, 18] } },
      'at most 0 active after 2 were closed',
    ],
    [
      'there is one inactive too many',
      { after: { web1: [0, 20], web2: [0, 18] } },
      '2 to 37 inactive after 2 were closed',
    ],
    [
      'closed connections count as nothing',
      { before: { web1: [0, 0] }, during: { web1: [2, 0] }, after: { web1: [0, 1] } },
      '2 inactive after 2 were closed',
    ],
  ] as const satisfies readonly (readonly [string, Looks, string])[])('when %s', ([, looks, claim]) => {
    expect(expected(story(looks))).toBe(claim);
  });

  test('when closed connections count as nothing, and no other entry could go meanwhile', () => {
    const old: ToldEntry = { cport: 39_000, state: 'FIN_WAIT', start: -10_000, seconds: 120 };
    const told = story({ after: { web1: [0, 18], web2: [0, 17] } }).look(90, old);

    expect(expected(told)).toBe('at least 37 inactive after 2 were closed');
  });

  test('when the director counts nothing at all', () => {
    expect(expected(story({ during: before, after: before }))).toBe('2 active while 2 were open');
  });
});

describe('does not fail', () => {
  test('when entries of earlier connections go meanwhile', () => {
    const old: ToldEntry = { cport: 39_000, state: 'FIN_WAIT', start: -119_500, seconds: 120 };
    const told = story({ after: { web1: [0, 18], web2: [0, 18] } }).look(90, old);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when entries may have gone meanwhile that nobody looked at', () => {
    expect(outcome(story({ after: { web1: [0, 18], web2: [0, 18] } }))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "connections were held open and closed, and other entries may have gone meanwhile: nobody looked at ip_vs_conn",
      ]
    `);
  });

  test('when an earlier connection was active and closes meanwhile', () => {
    const looks = { before: { web1: [1, 0] }, during: { web1: [2, 1] }, after: { web1: [0, 3] } } as const;

    expect(judge(story(looks)).verdict).toBe('pass');
  });

  test('when the table is looked at as the last packets are on their way', () => {
    const told = connections()
      .counters(100, before)
      .counters(400, during)
      .counters(531, during)
      .counters(700, after);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when nobody looked again after the last packets', () => {
    const told = connections().counters(100, before).counters(400, during).counters(531, during);

    expect(judge(told).verdict).toBe('skipped');
  });

  test('when the client closes one of them before it is released', () => {
    const told = new DirectorStory()
      .visited(200, 260, { from: ports, hold: 'two' })
      .opened(210, 40001)
      .opened(230, 40002)
      .closed(300, 40001)
      .closed(510, 40002)
      .released(530, 'two');

    expect(judge(looked(told, { during: { web1: [1, 19], web2: [0, 17] } })).verdict).toBe('skipped');
  });

  test('when a connection never closes on the wire', () => {
    const told = new DirectorStory()
      .visited(200, 260, { from: ports, hold: 'two' })
      .opened(210, 40001)
      .opened(230, 40002)
      .closed(500, 40001)
      .released(530, 'two');

    expect(judge(looked(told, { after: { web1: [0, 19], web2: [1, 17] } })).verdict).toBe('skipped');
  });

  test('when another client comes to the same service', () => {
    const told = story({ during: { web1: [2, 18], web2: [1, 17] } }).opened(300, 40_050);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "connections were held open and closed, and meanwhile others came to the same service, the table was changed, or there was a fault",
      ]
    `);
  });

  test('when connections of another service come and go', () => {
    expect(judge(story().opened(300, 40_050, 8080)).verdict).toBe('pass');
  });

  test('when the table is changed meanwhile', () => {
    const told = story({ after: { web1: [0, 19] } }).ipvsadm(600, [
      '-d',
      '-t',
      '203.0.113.80:80',
      '-r',
      '203.0.113.22',
    ]);

    expect(judge(told).verdict).toBe('inconclusive');
  });

  test('when a fault was at work', () => {
    expect(judge(story({ during: before }).fault(205, 300)).verdict).toBe('inconclusive');
  });

  test('when not all connections were answered', () => {
    const told = new DirectorStory()
      .visited(200, 260, { from: ports, hold: 'two', outcome: 'timeout' })
      .released(530, 'two');

    expect(judge(looked(told, { during: before })).verdict).toBe('skipped');
  });
});

describe('without frames', () => {
  const held = () => new DirectorStory().visited(200, 260, { from: ports, hold: 'two' }).released(530, 'two');

  test('right counters pass', () => {
    expect(judge(looked(held())).verdict).toBe('pass');
  });

  test('wrong ones fail, once the last packets must have come', () => {
    expect(judge(looked(held(), { after: during })).verdict).toBe('skipped');
    expect(expected(looked(held(), { after: during }).counters(1600, during))).toBe(
      'at most 0 active after 2 were closed',
    );
  });
});

describe('is skipped', () => {
  test('when nobody held connections open', () => {
    expect(outcome(looked(new DirectorStory().opened(200, 40001)))).toMatchInlineSnapshot(`
      [
        "skipped",
        "no client held connections open in the trace",
      ]
    `);
  });

  test('without a look while they were open', () => {
    expect(outcome(connections().counters(100, before).counters(700, after))).toMatchInlineSnapshot(`
      [
        "skipped",
        "connections were held open, and the director's table was not looked at before, during and after them",
      ]
    `);
  });

  test('when they were not released in the trace', () => {
    const told = new DirectorStory()
      .visited(200, 260, { from: ports, hold: 'two' })
      .opened(210, 40001)
      .opened(230, 40002);

    expect(judge(looked(told)).verdict).toBe('skipped');
  });
});
