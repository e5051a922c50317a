import { describe, expect, test } from 'vitest';
import { type RefusedCommand, refusedCommands } from '../ipvsadm-refusals.ts';
import { DirectorStory, type ToldRun } from './director-story.ts';
import { lvsGen10 } from './lvs-gen-10.ts';

const namespace = 'scratch';
const [first, ...others] = refusedCommands;
const withServer = refusedCommands.find(({ name }) => name === 'adding a real server that exists');

/** Each case on a table of its own; `deviations` say how the run or its preparation differs from the contract. */
function story(
  cases: readonly RefusedCommand[],
  deviations: ReadonlyMap<RefusedCommand | undefined, ToldRun & { readonly setUp?: ToldRun }> = new Map(),
): DirectorStory {
  const told = new DirectorStory();
  for (const [index, refusal] of cases.entries()) {
    const { setUp, argv, message, exitCode } = refusal;
    const { setUp: preparation, ...run } = deviations.get(refusal) ?? {};
    const at = 1000 * (index + 1);
    told.ipvsadm(at, ['-C'], { namespace });
    if (setUp.length > 0) {
      told.ipvsadm(at + 100, ['-R'], { namespace, input: setUp.join('\n'), ...preparation });
    }
    told.ipvsadm(at + 200, argv, { namespace, exitCode, stderr: `${message}\n`, ...run });
  }
  return told;
}

const judge = (told: DirectorStory) => told.judge(lvsGen10);
const outcome = (told: DirectorStory) => [judge(told).verdict, judge(told).reason];

test('commands that are refused as they should be pass, when all cases ran', () => {
  expect(judge(story(refusedCommands))).toMatchInlineSnapshot(`
    {
      "findings": [],
      "measured": {
        "breaches": 0,
        "cases": 13,
      },
      "reason": "all 13 impossible commands were refused with the right message and exit code",
      "verdict": "pass",
    }
  `);
});

test('the cases differ from each other', () => {
  const cases = refusedCommands.map(({ setUp, argv }) => JSON.stringify([setUp, argv]));

  expect(new Set(cases).size).toBe(cases.length);
  expect(new Set(refusedCommands.map(({ name }) => name)).size).toBe(cases.length);
});

describe('fails, and names the director', () => {
  test('whose ipvsadm says something else', () => {
    const told = story(refusedCommands, new Map([[first, { stderr: 'Service already there\n' }]]));

    expect(judge(told)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "at": 1200000000,
            "claim": "ipvsadm on director did not refuse adding a service that exists as it should",
            "evidence": [
              "trace.jsonl: ipvsadm -A -t 198.51.100.1:80 -s rr on director (namespace scratch) at +1.200 s",
            ],
            "expected": ""Service already exists" on standard error and exit code 255",
            "node": "director",
            "rule": "LVS-GEN-10",
            "seen": [
              "ipvsadm -A -t 198.51.100.1:80 -s rr",
              ""Service already there" on standard error and exit code 255",
            ],
          },
        ],
        "measured": {
          "breaches": 1,
          "cases": 13,
        },
        "reason": "1 of 13 impossible commands was not refused with the right message and exit code; 13 of 13 cases were in the trace",
        "verdict": "fail",
      }
    `);
  });

  test.for(refusedCommands.map((refusal) => [refusal.name, refusal] as const))(
    'that does not refuse %s',
    ([, refusal]) => {
      const told = story(refusedCommands, new Map([[refusal, { exitCode: 0, stderr: '' }]]));

      expect(judge(told)).toMatchObject({
        verdict: 'fail',
        findings: [
          {
            rule: 'LVS-GEN-10',
            node: 'director',
            seen: [expect.anything(), '"" on standard error and exit code 0'],
          },
        ],
      });
    },
  );

  test.for([
    ['another exit code', { exitCode: 1 }],
    ['more than the message', { stderr: 'Service already exists\nTry again\n' }],
    ['the message on standard output', { stderr: '', stdout: 'Service already exists\n' }],
    ['another case', { stderr: 'service already exists\n' }],
  ] as const)('with %s', ([, run]) => {
    expect(judge(story(refusedCommands, new Map([[first, run]]))).verdict).toBe('fail');
  });

  test('also when other cases did not run', () => {
    const told = story(refusedCommands.slice(0, 2), new Map([[first, { exitCode: 0 }]]));

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "fail",
        "1 of 2 impossible commands was not refused with the right message and exit code; 2 of 13 cases were in the trace",
      ]
    `);
  });
});

describe('does not fail', () => {
  test('for the same command on a table where it can be carried out', () => {
    const told = story(others)
      .ipvsadm(50_000, ['-C'], { namespace })
      .ipvsadm(50_100, ['-A', '-t', '198.51.100.9:80', '-s', 'rr'], { namespace })
      .ipvsadm(50_200, first?.argv ?? [], { namespace });

    expect(judge(told).verdict).toBe('skipped');
  });

  test('for a table that nobody is known to have cleared', () => {
    const told = new DirectorStory().ipvsadm(100, ['-D', '-t', '198.51.100.1:80'], { namespace });

    expect(outcome(told)).toMatchInlineSnapshot(`
      [
        "skipped",
        "0 of 13 cases were in the trace",
      ]
    `);
  });

  test('for a table that was cleared in another network namespace', () => {
    const told = new DirectorStory()
      .ipvsadm(100, ['-C'], { namespace: 'other' })
      .ipvsadm(200, ['-D', '-t', '198.51.100.1:80'], { namespace });

    expect(judge(told).verdict).toBe('skipped');
  });

  test('when the table was looked at before the command', () => {
    const told = story(refusedCommands).ipvsadm(1150, ['-L', '-n'], { namespace });

    expect(judge(told).verdict).toBe('pass');
  });
});

describe('is not judged', () => {
  test('when a case is missing', () => {
    expect(outcome(story(others))).toMatchInlineSnapshot(`
      [
        "skipped",
        "12 of 13 cases were in the trace, all refused as they should be",
      ]
    `);
  });

  test('when the table of a case could not be prepared', () => {
    const failed = { setUp: { exitCode: 255, stderr: 'Invalid operation.\n' } };

    expect(outcome(story(refusedCommands, new Map([[withServer, failed]])))).toMatchInlineSnapshot(`
      [
        "inconclusive",
        "12 of 13 cases were in the trace, all refused as they should be; the table could not be prepared for adding a real server that exists",
      ]
    `);
  });

  test('when a command was ended from outside', () => {
    expect(judge(story(refusedCommands, new Map([[first, { exitCode: null }]]))).verdict).toBe(
      'inconclusive',
    );
  });

  test('when no command ran', () => {
    expect(outcome(new DirectorStory())).toMatchInlineSnapshot(`
      [
        "skipped",
        "0 of 13 cases were in the trace",
      ]
    `);
  });
});
