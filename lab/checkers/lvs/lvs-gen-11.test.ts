import { describe, expect, test } from 'vitest';
import { DirectorStory } from './director-story.ts';
import { lvsGen11 } from './lvs-gen-11.ts';

const virtual = '203.0.113.80:8011';
const servers = (...last: readonly number[]) => last.map((byte) => `203.0.113.${byte}:8011`);
const table = (...last: readonly number[]) => ({ virtual, servers: servers(...last) });
/** The subject's own service, of which no command of the trace knows anything. */
const web = { virtual: '203.0.113.80:80', servers: ['203.0.113.21:80', '203.0.113.22:80'] };
const add = (last: number) => `-a -t ${virtual} -r 203.0.113.${last}:8011 -g -w 1`;
const added = [`-A -t ${virtual} -s rr`, add(22), add(21), add(23)];

/** A service that `ipvsadm -R` adds with three real servers. */
function story(input = added.join('\n')): DirectorStory {
  return new DirectorStory().ipvsadm(100, ['-R'], { input });
}

const judge = (told: DirectorStory) => told.judge(lvsGen11);
function outcome(told: DirectorStory) {
  const { verdict, reason, findings } = judge(told);
  const [first] = findings;
  return first === undefined
    ? [verdict, reason]
    : [verdict, first.node, first.claim, first.expected, ...first.seen, ...first.evidence];
}

test('real servers that the kernel has newest first and ipvsadm by address pass', () => {
  expect(
    judge(
      story()
        .table(200, table(23, 21, 22), web)
        .listing(300, web, table(21, 22, 23)),
    ),
  ).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "newestFirst": 1,
        "sorted": 2,
      },
      "reason": "1 service had the real servers newest first, and ipvsadm listed those of 2 services by address",
      "verdict": "pass",
    }
  `);
});

test('so do those that single commands added, changed and deleted', () => {
  const told = new DirectorStory()
    .ipvsadm(100, ['-A', '-t', virtual, '-s', 'rr'])
    .ipvsadm(200, ['-a', '-t', virtual, '-r', '203.0.113.22'])
    .ipvsadm(300, ['-a', '-t', virtual, '-r', '203.0.113.21'])
    .ipvsadm(400, ['-a', '-t', virtual, '-r', '203.0.113.23'])
    .ipvsadm(500, ['-e', '-t', virtual, '-r', '203.0.113.22', '-w', '5'])
    .ipvsadm(600, ['-d', '-t', virtual, '-r', '203.0.113.23'])
    .table(700, table(21, 22))
    .ipvsadm(800, ['-a', '-t', virtual, '-r', '203.0.113.23'])
    .table(900, table(23, 21, 22))
    .listing(1000, table(21, 22, 23));

  expect(judge(told).verdict).toBe('pass');
});

describe('fails, and names the director', () => {
  test('with the oldest real server first', () => {
    expect(outcome(story().table(200, table(22, 21, 23)))).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "director does not have the real servers of 203.0.113.80:8011 newest first",
        "203.0.113.23:8011, 203.0.113.21:8011, 203.0.113.22:8011: they were added in the opposite order",
        "203.0.113.22:8011, 203.0.113.21:8011, 203.0.113.23:8011",
        "trace.jsonl: ip_vs of director at +0.200 s",
      ]
    `);
  });

  test.for([
    ['by address', [21, 22, 23]],
    ['with two of them exchanged', [21, 23, 22]],
  ] as const)('with real servers %s', ([, order]) => {
    expect(outcome(story().table(200, table(...order))).slice(0, 2)).toEqual(['fail', 'director']);
  });

  test('that keeps the old place of one that was deleted and added again', () => {
    const told = story()
      .ipvsadm(200, ['-d', '-t', virtual, '-r', '203.0.113.21:8011'])
      .ipvsadm(300, ['-a', '-t', virtual, '-r', '203.0.113.21:8011'])
      .table(400, table(23, 21, 22));

    expect(outcome(told)[3]).toBe(
      '203.0.113.21:8011, 203.0.113.23:8011, 203.0.113.22:8011: they were added in the opposite order',
    );
  });

  test('whose ipvsadm does not sort', () => {
    expect(
      outcome(
        story()
          .table(200, table(23, 21, 22))
          .listing(300, table(23, 21, 22)),
      ),
    ).toMatchInlineSnapshot(`
      [
        "fail",
        "director",
        "ipvsadm on director did not list the real servers of 203.0.113.80:8011 by address",
        "203.0.113.21, 203.0.113.22, 203.0.113.23",
        "203.0.113.23, 203.0.113.21, 203.0.113.22",
        "trace.jsonl: ip_vs_listing of director at +0.300 s",
      ]
    `);
  });

  test('once, however often it is looked at', () => {
    const told = story()
      .table(200, table(22, 21, 23))
      .table(300, table(22, 21, 23));

    expect(judge(told).measured).toEqual({ newestFirst: 0, sorted: 0, breaches: 1 });
  });
});

describe('does not fail', () => {
  test('for a service that no command of the trace added', () => {
    const reversed = { virtual: '203.0.113.80:80', servers: ['203.0.113.22:80', '203.0.113.21:80'] };

    expect(
      judge(
        story()
          .table(200, reversed, table(23, 21, 22))
          .listing(300, web),
      ).verdict,
    ).toBe('pass');
  });

  test('for a real server that a command could not add', () => {
    const told = story()
      .ipvsadm(200, ['-a', '-t', virtual, '-r', '203.0.113.22'], { exitCode: 255 })
      .table(300, table(23, 21, 22))
      .listing(400, web);

    expect(judge(told).verdict).toBe('pass');
  });

  test('after several commands of which one failed', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-R'], { input: added.join('\n'), exitCode: 255 })
      .table(200, table(22, 21, 23));

    expect(judge(told).verdict).toBe('skipped');
  });

  test('for the table of another network namespace', () => {
    const told = story().ipvsadm(150, ['-R'], {
      namespace: 'scratch',
      input: [`-A -t ${virtual} -s rr`, add(23), add(21), add(22)].join('\n'),
    });

    expect(judge(told.table(200, table(23, 21, 22)).listing(300, web)).verdict).toBe('pass');
  });

  test('when a real server was added while somebody looked', () => {
    const told = story()
      .ipvsadm(200, ['-a', '-t', virtual, '-r', '203.0.113.24'])
      .table(240, table(23, 21, 22))
      .listing(300, web);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not in the trace: a table with two real servers that commands of the trace added one after another; 1 look came while the table was being changed",
      ]
    `);
  });

  test('when a real server is gone that no command deleted', () => {
    expect(judge(story().table(200, table(23, 22)).listing(300, web)).verdict).toBe('pass');
  });

  test('where the difference of two addresses does not fit into a signed number', () => {
    const far = {
      virtual,
      servers: ['100.0.0.1:8011', '192.0.2.1:8011', '223.0.0.1:8011', '10.0.0.1:8011'],
    };

    expect(
      judge(
        story()
          .table(200, table(23, 21, 22))
          .listing(300, far),
      ).verdict,
    ).toBe('pass');
  });

  test('for ports, which direct routing does not change', () => {
    const rules = [`-A -t ${virtual} -s rr`, add(22), `-a -t ${virtual} -r 203.0.113.21:9999 -g`].join('\n');

    expect(judge(story(rules).table(200, table(21, 22)).listing(300, web)).verdict).toBe('pass');
  });
});

describe('is skipped, and says what is missing', () => {
  test('without a look at the kernel’s table', () => {
    expect(outcome(story().listing(300, table(21, 22, 23)))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not in the trace: a table with two real servers that commands of the trace added one after another",
      ]
    `);
  });

  test('without a listing by ipvsadm', () => {
    expect(outcome(story().table(200, table(23, 21, 22)))).toMatchInlineSnapshot(`
      [
        "skipped",
        "not in the trace: a listing by ipvsadm of a service with two real servers",
      ]
    `);
  });

  test('without the input of ipvsadm -R, as inconclusive', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-R'])
      .table(200, table(22, 21, 23))
      .listing(300, web);

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "not in the trace: a table with two real servers that commands of the trace added one after another; it lacks what ipvsadm -R read",
      ]
    `);
  });

  test('with one real server', () => {
    const told = story(added.slice(0, 2).join('\n')).table(200, table(22)).listing(300, table(22));

    expect(judge(told).verdict).toBe('skipped');
  });
});
