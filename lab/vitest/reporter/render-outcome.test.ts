import { expect, test } from 'vitest';
import { combineParts } from '../../../reports/combine-parts.ts';
import { exampleFinding, examplePart, exampleReport } from '../../../reports/example-report.ts';
import { renderOutcome } from './render-outcome.ts';

const outcome = (more: Partial<typeof exampleReport>, reportAt?: string) =>
  `\n${renderOutcome({ ...exampleReport, ...more }, { colour: false, ...(reportAt === undefined ? {} : { reportAt }) }).join('\n')}\n`;

test('failures come with their findings, waived ones too, then what is inconclusive, then the summary', () => {
  expect(outcome({}, 'reports/runs/latest')).toMatchInlineSnapshot(`
    "
    ✗ LVS-DR-03  A reply does not cross the director.
      1 of 32 replies crossed the director

      web1 sent a reply to the client through the director

        where     web1, segment lan, topology lvs-dr, subject stack 0.1.0
        at        +12.310 s
        expected  a frame to 02:00:5e:00:00:0a (client)
        seen      a frame to 02:00:5e:00:00:02 (director)
                  then the same segment from the director
        evidence  LVS-DR-03/lan.pcapng#118
                  LVS-DR-03/nodes/web1/console.log:40

    – LVS-DR-05  One node answers.
      waived: the appliance answers from both NICs

      web1 sent a reply to the client through the director

        where     web1, segment lan, topology lvs-dr, subject stack 0.1.0
        at        +12.310 s
        expected  a frame to 02:00:5e:00:00:0a (client)
        seen      a frame to 02:00:5e:00:00:02 (director)
                  then the same segment from the director
        evidence  LVS-DR-03/lan.pcapng#118
                  LVS-DR-03/nodes/web1/console.log:40

    ? SCHED-01  Servers take turns.
      LAB_NODE_SILENT: web1 did not answer within 10 s

    1 passed, 1 failed, 1 inconclusive, 2 skipped in 31.2 s — subject stack, accelerator tcg
    report and evidence: reports/runs/latest
    "
  `);
});

test('a run without trouble is its summary', () => {
  expect(outcome({ verdicts: exampleReport.verdicts.slice(0, 1) })).toBe(
    '\n1 passed, 0 failed, 0 inconclusive, 0 skipped in 31.2 s — subject stack, accelerator tcg\n',
  );
});

test('problems, rounds that differ and stale waivers are told', () => {
  const of = (id: string) => ({ id, title: `What ${id} says.` });
  const verdicts = [
    combineParts(of('LVS-DR-01'), [examplePart()], 'old kernel'),
    combineParts(of('LVS-DR-02'), [
      examplePart(),
      examplePart({ verdict: 'inconclusive', reason: 'LAB_NODE_GONE: web1 is gone' }),
      examplePart(),
    ]),
    combineParts(of('LVS-DR-03'), [examplePart(), examplePart()]),
  ];

  expect(outcome({ verdicts, problems: ['a.test.ts: does not load'] })).toMatchInlineSnapshot(`
    "
    ? LVS-DR-02  What LVS-DR-02 says.
      round 2: LAB_NODE_GONE: web1 is gone

    ! a.test.ts: does not load

    LVS-DR-02 differed: of 3 rounds 2 passed, 0 failed, 1 inconclusive

    LVS-DR-01 passes although it is waived; the waiver is stale: old kernel

    2 passed, 0 failed, 1 inconclusive, 0 skipped in 31.2 s — subject stack, accelerator tcg
    "
  `);
});

test('many findings are counted after the third', () => {
  const findings = Array.from({ length: 5 }, (_, index) => ({
    ...exampleFinding,
    claim: `breach ${index + 1}`,
  }));
  const verdict = combineParts({ id: 'LVS-DR-03', title: 'What it says.' }, [
    examplePart({ verdict: 'fail', findings }),
  ]);
  const text = outcome({ verdicts: [verdict] });

  expect(text).toContain('breach 3');
  expect(text).not.toContain('breach 4');
  expect(text).toContain('  and 2 more findings\n');
});

test('what a guest says cannot steer the terminal', () => {
  const nasty = 'x\u001b]0;title\u0007';
  const verdicts = (['fail', 'inconclusive'] as const).map((verdict) =>
    combineParts({ id: 'LVS-DR-03', title: '' }, [
      examplePart({
        verdict,
        reason: nasty,
        findings: verdict === 'fail' ? [{ ...exampleFinding, seen: [nasty] }] : [],
      }),
    ]),
  );

  expect(outcome({ verdicts, problems: [nasty] })).not.toMatch(/[^\P{Cc}\n]/u);
});
