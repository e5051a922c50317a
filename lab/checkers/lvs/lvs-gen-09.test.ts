import { describe, expect, test } from 'vitest';
import { DirectorStory } from './director-story.ts';
import { lvsGen09 } from './lvs-gen-09.ts';

const rules = [
  '-A -t 198.51.100.1:80 -s rr -p 300 -M 255.255.255.0',
  '-a -t 198.51.100.1:80 -r 192.0.2.1:80 -g -w 1',
  '-a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 5',
  '-A -f 7 -s wrr',
];
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const saved = text(rules);

interface Told {
  readonly namespace?: string;
  readonly between?: string;
  readonly input?: string;
  readonly exitCode?: number;
  readonly stderr?: string;
  readonly after?: string;
}

/** Saved, cleared, saved, restored, saved. */
function story({
  namespace = 'scratch',
  between = '',
  input = saved,
  after = saved,
  ...restored
}: Told = {}) {
  return new DirectorStory()
    .ipvsadm(100, ['-S', '-n'], { namespace, stdout: saved })
    .ipvsadm(200, ['-C'], { namespace })
    .ipvsadm(300, ['-S', '-n'], { namespace, stdout: between })
    .ipvsadm(400, ['-R'], { namespace, input, ...restored })
    .ipvsadm(500, ['-S', '-n'], { namespace, stdout: after });
}

const judge = (told: DirectorStory) => told.judge(lvsGen09);
const outcome = (told: DirectorStory) => [judge(told).verdict, judge(told).reason];

test('a table that comes back as it was saved passes', () => {
  expect(judge(story())).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "rules": 4,
        "tables": 1,
      },
      "reason": "1 saved table of 4 rules came back the same, and was empty in between",
      "verdict": "pass",
    }
  `);
});

test('so does one that was filled before, as a suite does it', () => {
  const told = story().ipvsadm(20, ['-R'], { namespace: 'scratch', input: rules.join('\n') });

  expect(judge(told).verdict).toBe('pass');
});

describe('fails, and names the director', () => {
  test('that lost and changed rules', () => {
    const after = text([...rules.slice(0, 2), '-a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 1']);

    expect(judge(story({ after })).findings).toMatchInlineSnapshot(`
      [
        {
          "at": 500000000,
          "claim": "the restored table of director (namespace scratch) is not the one that was saved",
          "evidence": [
            "trace.jsonl: ipvsadm -S -n on director (namespace scratch) at +0.100 s",
            "trace.jsonl: ipvsadm -S -n on director (namespace scratch) at +0.500 s",
          ],
          "expected": "the 4 rules that were saved, in their order",
          "node": "director",
          "rule": "LVS-GEN-09",
          "seen": [
            "lost: -a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 5",
            "lost: -A -f 7 -s wrr",
            "new: -a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 1",
          ],
        },
      ]
    `);
  });

  test('that has the same rules in another order', () => {
    const [first = '', second = '', third = '', ...rest] = rules;

    expect(
      judge(story({ after: text([first, third, second, ...rest]) })).findings[0]?.seen,
    ).toMatchInlineSnapshot(`
      [
        "the same rules in another order or number",
        "-A -t 198.51.100.1:80 -s rr -p 300 -M 255.255.255.0",
        "-a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 5",
        "-a -t 198.51.100.1:80 -r 192.0.2.1:80 -g -w 1",
        "-A -f 7 -s wrr",
      ]
    `);
  });

  test('that has a rule twice', () => {
    expect(judge(story({ after: text([...rules, rules[3] ?? '']) }))).toMatchObject({
      verdict: 'fail',
      findings: [{ node: 'director' }],
    });
  });

  test('that had rules left after being cleared', () => {
    expect(judge(story({ between: text(rules.slice(3)) })).findings).toMatchInlineSnapshot(`
      [
        {
          "at": 300000000,
          "claim": "the table of director (namespace scratch) was not empty after ipvsadm -C",
          "evidence": [
            "trace.jsonl: ipvsadm -S -n on director (namespace scratch) at +0.100 s",
            "trace.jsonl: ipvsadm -S -n on director (namespace scratch) at +0.300 s",
          ],
          "expected": "no rule",
          "node": "director",
          "rule": "LVS-GEN-09",
          "seen": [
            "-A -f 7 -s wrr",
          ],
        },
      ]
    `);
  });

  test('that does not take what it wrote', () => {
    const told = story({ exitCode: 2, stderr: 'illegal weight specified\n' });

    expect(judge(told).findings).toMatchInlineSnapshot(`
      [
        {
          "at": 400000000,
          "claim": "ipvsadm -R on director (namespace scratch) did not take what ipvsadm -S -n had written",
          "evidence": [
            "trace.jsonl: ipvsadm -S -n on director (namespace scratch) at +0.100 s",
            "trace.jsonl: ipvsadm -R on director (namespace scratch) at +0.400 s",
          ],
          "expected": "exit code 0",
          "node": "director",
          "rule": "LVS-GEN-09",
          "seen": [
            "exit code 2",
            "illegal weight specified",
          ],
        },
      ]
    `);
  });
});

describe('does not fail', () => {
  test.for([
    ['a rule was added meanwhile', ['-A', '-t', '198.51.100.9:80'], 350],
    ['a rule was deleted before it was saved again', ['-D', '-f', '7'], 450],
  ] as const)('when %s', ([, words, at]) => {
    const told = story({ after: 'something else\n' }).ipvsadm(at, words, { namespace: 'scratch' });

    expect(judge(told).verdict).toBe('skipped');
  });

  test('when other rules than those that were saved were restored', () => {
    expect(judge(story({ input: text(rules.slice(0, 1)), after: text(rules.slice(0, 1)) })).verdict).toBe(
      'skipped',
    );
  });

  test('when names were saved in place of numbers', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-S'], { namespace: 'scratch', stdout: '-A -t vip.example:http -s rr\n' })
      .ipvsadm(200, ['-C'], { namespace: 'scratch' });

    expect(judge(told).verdict).toBe('skipped');
  });

  test('for the table of another network namespace', () => {
    expect(judge(story().ipvsadm(350, ['-C'], { namespace: 'other' })).verdict).toBe('pass');
  });

  test("when programs on the node may have changed the node's own table", () => {
    expect(outcome(story({ namespace: '', after: text(rules.slice(1)) }))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "a table in the node's own network namespace came back otherwise, and programs on the node may have changed it meanwhile",
      ]
    `);
  });
});

describe('is not judged', () => {
  test('without the input of ipvsadm -R', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-S', '-n'], { namespace: 'scratch', stdout: saved })
      .ipvsadm(200, ['-C'], { namespace: 'scratch' })
      .ipvsadm(300, ['-R'], { namespace: 'scratch' })
      .ipvsadm(400, ['-S', '-n'], { namespace: 'scratch', stdout: saved });

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "a table was saved and cleared, and the trace lacks what ipvsadm -R read then",
      ]
    `);
  });

  test('when nobody saved the cleared table', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-Sn'], { namespace: 'scratch', stdout: saved })
      .ipvsadm(200, ['-C'], { namespace: 'scratch' })
      .ipvsadm(300, ['-R'], { namespace: 'scratch', input: saved })
      .ipvsadm(400, ['-Sn'], { namespace: 'scratch', stdout: saved });

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "skipped",
        "a saved table came back the same, and nobody saved it between ipvsadm -C and -R",
      ]
    `);
  });

  test('when no table was saved', () => {
    expect(outcome(new DirectorStory().ipvsadm(100, ['-C']))).toMatchInlineSnapshot(`
      [
        "skipped",
        "no table was saved, cleared, restored and saved again in the trace",
      ]
    `);
  });

  test('when an empty table was saved and restored', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-S', '-n'], { namespace: 'scratch' })
      .ipvsadm(200, ['-C'], { namespace: 'scratch' })
      .ipvsadm(300, ['-S', '-n'], { namespace: 'scratch' })
      .ipvsadm(400, ['-R'], { namespace: 'scratch', input: '' })
      .ipvsadm(500, ['-S', '-n'], { namespace: 'scratch' });

    expect(judge(told).verdict).toBe('skipped');
  });
});
