import { describe, expect, test } from 'vitest';
import type { SceneOptions } from './direct-routing-scene.ts';
import { DirectorStory, type ToldEntry } from './director-story.ts';
import { lvsGen08 } from './lvs-gen-08.ts';

const established: ToldEntry = { cport: 40001, state: 'ESTABLISHED', start: 202, seconds: 100 };
const finWait: ToldEntry = { cport: 40002, state: 'FIN_WAIT', start: 222, seconds: 20 };
const datagrams: ToldEntry = {
  cport: 40003,
  vport: 8008,
  protocol: 'UDP',
  state: 'UDP',
  start: 240,
  seconds: 30,
};
const made = [established, finWait, datagrams];
const listed = 'Timeout (tcp tcpfin udp): 100 20 30';

interface Told {
  readonly words?: readonly string[];
  readonly listing?: string | undefined;
  readonly options?: SceneOptions;
}

/** Timeouts are set and listed; then come an open connection, one that ends, and a datagram. */
function story({
  words = ['--set', '100', '20', '30'],
  listing = listed,
  options,
}: Told = {}): DirectorStory {
  return new DirectorStory(options)
    .ipvsadm(50, words)
    .observe(110, 'ip_vs_timeouts', listing)
    .opened(200, 40001)
    .opened(210, 40002)
    .closed(220, 40002)
    .datagram(240, 'client', 'director', { bytes: 10, id: 7, cport: 40003, vport: 8008 })
    .datagram(241, 'director', 'web1', { bytes: 10, id: 7, cport: 40003, vport: 8008 });
}

const judge = (told: DirectorStory) => told.judge(lvsGen08);
function outcome(told: DirectorStory) {
  const { verdict, reason, findings } = judge(told);
  const [first] = findings;
  return first === undefined
    ? [verdict, reason]
    : [verdict, first.node, first.claim, first.expected, ...first.seen, ...first.evidence];
}

test('timeouts that are listed as they were set, and that new entries have, pass', () => {
  expect(judge(story().look(500, ...made))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "established": 1,
        "finWait": 1,
        "listings": 1,
        "udp": 1,
      },
      "reason": "1 listing and new entries (1 in ESTABLISHED, 1 in FIN_WAIT and 1 of UDP) have the timeouts that were set",
      "verdict": "pass",
    }
  `);
});

describe('fails, and names the director', () => {
  test('that lists another timeout', () => {
    const told = story({ listing: 'Timeout (tcp tcpfin udp): 100 20 300' }).look(500, ...made);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director does not list the timeouts that were set",
        "tcp 100, tcpfin 20, udp 30",
        "Timeout (tcp tcpfin udp): 100 20 300",
        "trace.jsonl: ip_vs_timeouts of director at +0.110 s",
      ]
    `);
  });

  test('that lists nothing of the kind', () => {
    expect(outcome(story({ listing: 'Usage:' }).look(500, ...made)).slice(0, 2)).toEqual([
      'fail',
      'director',
    ]);
  });

  test.for([
    ['ESTABLISHED', [{ ...established, seconds: 900 }, finWait, datagrams]],
    ['FIN_WAIT', [established, { ...finWait, seconds: 21 }, datagrams]],
    ['UDP', [established, finWait, { ...datagrams, seconds: 29 }]],
  ] as const)('whose new entry in %s has another time', ([state, entries]) => {
    const [verdict, node, claim] = outcome(story().look(500, ...entries));

    expect([verdict, node]).toEqual(['fail', 'director']);
    expect(claim).toContain(`did not give a new entry in ${state} the`);
  });

  test('with all that is needed to see it', () => {
    expect(
      outcome(story().look(500, established, { ...finWait, seconds: 120 }, datagrams)),
    ).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director did not give a new entry in FIN_WAIT the 20 s that were set",
        "20 s from its last packet on, as set by +0.100 s",
        "203.0.113.10:40002 → 203.0.113.80:80 FIN_WAIT with 119 s left, 0.278 s after its last packet",
        "trace.jsonl: ip_vs_conn of director at +0.500 s",
      ]
    `);
  });
});

describe('does not fail', () => {
  test('for an entry that was made before the timeouts were set', () => {
    const before: ToldEntry = { cport: 40009, state: 'FIN_WAIT', start: 22, seconds: 120 };
    const told = story()
      .opened(10, 40009)
      .closed(20, 40009)
      .look(500, ...made, before);

    expect(judge(told).verdict).toBe('pass');
  });

  test('for an entry whose packet came while the timeouts were being set', () => {
    const meanwhile: ToldEntry = { cport: 40009, state: 'FIN_WAIT', start: 72, seconds: 120 };
    const told = story()
      .opened(60, 40009)
      .closed(70, 40009)
      .look(500, ...made, meanwhile);

    expect(judge(told).verdict).toBe('pass');
  });

  test('for states whose timeouts cannot be set', () => {
    const synRecv: ToldEntry = { cport: 40009, state: 'SYN_RECV', start: 300, seconds: 60 };
    const told = story()
      .forwarded(300, 'web1', { cport: 40009, flags: 'S' })
      .look(500, ...made, synRecv);

    expect(judge(told).verdict).toBe('pass');
  });

  test('for timeouts that 0 leaves as they are', () => {
    const told = story({ words: ['--set', '0', '20', '0'], listing: 'Timeout (tcp tcpfin udp): 777 20 888' });

    expect(
      outcome(told.look(500, { ...established, seconds: 777 }, finWait, { ...datagrams, seconds: 888 })),
    ).toEqual(['skipped', 'timeouts were set; not shown: a new entry in ESTABLISHED and a new entry of UDP']);
  });

  test('for timeouts that were set again, for entries made after that', () => {
    const told = story()
      .look(500, ...made)
      .ipvsadm(600, ['--set', '0', '9', '0'])
      .opened(700, 40010)
      .closed(710, 40010);

    const later: ToldEntry = { cport: 40010, state: 'FIN_WAIT', start: 712, seconds: 9 };
    expect(judge(told.look(900, ...made, later)).verdict).toBe('pass');
  });

  test('for timeouts of another network namespace, and for those that were refused', () => {
    const told = new DirectorStory()
      .ipvsadm(50, ['--set', '1', '2', '3'], { namespace: 'scratch' })
      .ipvsadm(101, ['--set', '1', '2', 'x'], { exitCode: 2 })
      .observe(160, 'ip_vs_timeouts', 'Timeout (tcp tcpfin udp): 900 120 300');

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "skipped",
        "no timeouts were set with ipvsadm --set in the trace",
      ]
    `);
  });

  test('when they were listed while they were being set', () => {
    const told = new DirectorStory()
      .ipvsadm(50, ['--set', '100', '20', '30'])
      .observe(98, 'ip_vs_timeouts', 'Timeout (tcp tcpfin udp): 900 120 300');

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not shown: a listing of timeouts after ipvsadm --set, a new entry in ESTABLISHED, a new entry in FIN_WAIT and a new entry of UDP; 1 look came while timeouts were being set, took too long, or fell into a fault",
      ]
    `);
  });

  test('when the look took so long that nothing follows from it', () => {
    const text =
      'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n' +
      'TCP CB00710A 9C41 CB007150 0050 CB007115 0050 ESTABLISHED      99';

    expect(outcome(story().observe(500, 'ip_vs_conn', text, 3500))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not shown: a new entry in ESTABLISHED, a new entry in FIN_WAIT and a new entry of UDP; 1 look came while timeouts were being set, took too long, or fell into a fault",
      ]
    `);
  });
});

describe('is skipped', () => {
  test('when nobody set timeouts', () => {
    const told = new DirectorStory().opened(200, 40001).look(500, { ...established, seconds: 900 });

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "skipped",
        "no timeouts were set with ipvsadm --set in the trace",
      ]
    `);
  });

  test('when new entries were not looked at', () => {
    expect(outcome(story())).toMatchInlineSnapshot(`
      [
        "skipped",
        "timeouts were set; not shown: a new entry in ESTABLISHED, a new entry in FIN_WAIT and a new entry of UDP",
      ]
    `);
  });

  test('when frames are missing from the record, and what is left says nothing', () => {
    expect(outcome(story({ options: { isComplete: false } }).look(500, ...made))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not shown: a new entry in ESTABLISHED, a new entry in FIN_WAIT and a new entry of UDP; frames are missing from the record",
      ]
    `);
  });
});
