import { describe, expect, test } from 'vitest';
import type { SceneOptions } from './direct-routing-scene.ts';
import { DirectorStory, type ToldCounters, type ToldEntry } from './director-story.ts';
import { lvsGen13 } from './lvs-gen-13.ts';

const service = { protocol: 'UDP', vport: 8130 } as const;
const before: ToldCounters = { ...service, web1: [0, 0], web2: [0, 0] };
const after: ToldCounters = { ...service, web1: [0, 1], web2: [0, 0] };
const entry: ToldEntry = { ...service, cport: 40001, state: 'UDP', start: 230, seconds: 300 };
const port = { cport: 40001, vport: 8130 };

/** Two datagrams from one port. */
function exchange(options?: SceneOptions): DirectorStory {
  return new DirectorStory(options)
    .visited(200, 250, { protocol: 'udp', port: 8130, from: [40001, 40001] })
    .datagram(210, 'client', 'director', { ...port, bytes: 20, id: 1 })
    .datagram(211, 'director', 'web1', { ...port, bytes: 20, id: 1 })
    .datagram(230, 'client', 'director', { ...port, bytes: 20, id: 2 })
    .datagram(231, 'director', 'web1', { ...port, bytes: 20, id: 2 });
}

const story = (counters = after, listed = entry, options?: SceneOptions) =>
  exchange(options).counters(100, before).counters(300, counters).look(500, listed);
const judge = (told: DirectorStory) => told.judge(lvsGen13);
function outcome(told: DirectorStory) {
  const { verdict, reason, findings } = judge(told);
  const [first] = findings;
  return first === undefined
    ? [verdict, reason]
    : [verdict, first.node, first.claim, first.expected, ...first.seen, ...first.evidence];
}

test('datagrams that count as inactive, with an entry of 300 s, pass', () => {
  expect(judge(story())).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "counted": 1,
        "entries": 1,
      },
      "reason": "datagrams from 1 port counted as inactive only, and 1 entry had the timeout for datagrams",
      "verdict": "pass",
    }
  `);
});

test('so does an entry with the time that was set', () => {
  const told = exchange()
    .counters(100, before)
    .ipvsadm(120, ['--set', '0', '0', '30'])
    .counters(300, after)
    .look(500, { ...entry, seconds: 30 });

  expect(judge(told).verdict).toBe('pass');
});

describe('fails, and names the director', () => {
  test('for datagrams that count as active', () => {
    expect(outcome(story({ ...service, web1: [1, 0], web2: [0, 0] }))).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director counted datagrams to 203.0.113.80:8130 as active connections",
        "0 active",
        "1 active and 0 inactive",
        "trace.jsonl: ip_vs of director at +0.300 s",
      ]
    `);
  });

  test('for datagrams that count as active and inactive, once however often it is looked at', () => {
    const both = { ...service, web1: [1, 1] } as const;

    expect(judge(story(both).counters(400, both)).measured?.['breaches']).toBe(1);
  });

  test('for datagrams that do not count', () => {
    expect(outcome(story(before))).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director miscounted the datagrams from 1 port to 203.0.113.80:8130",
        "at least 1 inactive",
        "0 inactive at +0.300 s",
        "trace.jsonl: ip_vs of director at +0.300 s",
      ]
    `);
  });

  test('for datagrams of one port that count twice', () => {
    expect(outcome(story({ ...service, web1: [0, 2], web2: [0, 0] }))).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director miscounted the datagrams from 1 port to 203.0.113.80:8130",
        "at most 1 inactive: one for each client port",
        "2 inactive at +0.300 s",
        "trace.jsonl: ip_vs of director at +0.300 s",
      ]
    `);
  });

  test.for([
    ['a second too long', { seconds: 301 }],
    ['a second too short', { seconds: 299 }],
    ['that of TCP', { seconds: 900 }],
  ] as const)('for an entry with a time that is %s', ([, difference]) => {
    const [verdict, node, claim] = outcome(story(after, { ...entry, ...difference }));

    expect([verdict, node, claim]).toEqual([
      'fail',
      'director',
      'director did not give an entry of datagrams 300 s',
    ]);
  });

  test('for an entry in another state', () => {
    expect(outcome(story(after, { ...entry, state: 'NONE' }))).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director did not give an entry of datagrams 300 s",
        "the state UDP, and 300 s from the last datagram on",
        "203.0.113.10:40001 → 203.0.113.80:8130 NONE with 299 s left, 0.270 s after the last datagram",
        "trace.jsonl: ip_vs_conn of director at +0.500 s",
      ]
    `);
  });

  test('for a time that is not the one that was set', () => {
    const told = story().ipvsadm(120, ['--set', '0', '0', '30']);

    expect(outcome(told)[2]).toBe('director did not give an entry of datagrams 30 s');
  });
});

describe('does not fail', () => {
  test('when other clients come to the service', () => {
    const other = { cport: 40_050, vport: 8130, bytes: 20, id: 9 };
    const told = story({ ...service, web1: [0, 2], web2: [0, 0] })
      .datagram(220, 'client', 'director', other)
      .datagram(221, 'director', 'web1', other);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when there were entries before', () => {
    const told = exchange()
      .counters(100, { ...service, web1: [0, 3] })
      .counters(300, { ...service, web1: [0, 4] })
      .look(500, entry);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when entries of before have gone', () => {
    const told = exchange()
      .counters(100, { ...service, web1: [0, 3] })
      .counters(300, after)
      .look(500, entry);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when the service was added in between', () => {
    const told = exchange()
      .ipvsadm(120, ['-A', '-u', '203.0.113.80:8130', '-s', 'rr'])
      .counters(300, { ...service, web1: [0, 7] })
      .look(500, entry);

    expect(judge(told).verdict).toBe('pass');
  });

  test('when the table was changed after the datagrams', () => {
    const told = exchange()
      .counters(100, before)
      .ipvsadm(255, ['-d', '-u', '203.0.113.80:8130', '-r', '203.0.113.21'])
      .counters(400, { ...service, web2: [0, 0] })
      .look(410, entry);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not in the trace: a look at a director's table after datagrams were answered; 1 look took too long, or fell into a fault or a change of the table",
      ]
    `);
  });

  test('when a fault was at work', () => {
    expect(judge(story(before).fault(205, 240)).verdict).toBe('inconclusive');
  });

  test('when a datagram comes in fragments, which nobody can tell from those of other ports', () => {
    const told = exchange()
      .datagram(260, 'client', 'director', { ...port, bytes: 3000, id: 3 })
      .counters(100, before)
      .counters(300, after)
      .look(500, { ...entry, start: 260 });

    expect(judge(told).verdict).not.toBe('fail');
  });

  test('when nothing answered', () => {
    const told = new DirectorStory()
      .counters(100, before)
      .visited(200, 250, { protocol: 'udp', port: 8130, from: [40001], outcome: 'timeout' })
      .counters(300, before);

    expect(judge(told).verdict).toBe('skipped');
  });

  test('for connections of TCP, which do count as active', () => {
    const told = story().counters(400, after, { web1: [1, 0] });

    expect(judge(told).verdict).toBe('pass');
  });
});

describe('is skipped, and says what is missing', () => {
  test('without datagrams', () => {
    expect(outcome(new DirectorStory().counters(100, before))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not in the trace: a look at a director's table after datagrams were answered and a look at an entry of datagrams whose last one is known",
      ]
    `);
  });

  test('without a look at the entries', () => {
    expect(outcome(exchange().counters(100, before).counters(300, after))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not in the trace: a look at an entry of datagrams whose last one is known",
      ]
    `);
  });

  test('without a look at the counters', () => {
    expect(outcome(exchange().look(500, entry))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not in the trace: a look at a director's table after datagrams were answered",
      ]
    `);
  });

  test('when frames are missing from the record', () => {
    expect(outcome(story(after, entry, { isComplete: false }))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not in the trace: a look at an entry of datagrams whose last one is known; frames are missing from the record",
      ]
    `);
  });
});
