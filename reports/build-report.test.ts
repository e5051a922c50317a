import { expect, test } from 'vitest';
import { buildReport, type RunResults } from './build-report.ts';
import { exampleFinding, examplePart, exampleReport } from './example-report.ts';

const { verdicts: _verdicts, ...run } = exampleReport;
const results = (more: Partial<RunResults> = {}): RunResults => ({
  requirements: [
    { id: 'LVS-DR-02', title: 'Two.' },
    { id: 'LVS-DR-01', title: 'One.' },
  ],
  parts: new Map([['LVS-DR-01', [examplePart()]]]),
  knownDeviations: {},
  problems: [],
  isInterrupted: false,
  ...more,
});

test('every requirement is in the report, in the order that was given', () => {
  const report = buildReport(run, results());

  expect(report.verdicts.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([
    ['LVS-DR-02', 'skipped', 'no test ran for it'],
    ['LVS-DR-01', 'pass', '32 of 32 replies went straight to the client'],
  ]);
  expect(report).not.toHaveProperty('problems');
});

test('what no requirement has comes last', () => {
  const parts = new Map([['the lab heals', [examplePart()]]]);

  expect(buildReport(run, results({ parts })).verdicts.map(({ id }) => id)).toEqual([
    'LVS-DR-02',
    'LVS-DR-01',
    'the lab heals',
  ]);
});

test('what an interrupted run did not reach is inconclusive', () => {
  const report = buildReport(run, results({ isInterrupted: true }));

  expect(report.verdicts.map(({ verdict, reason }) => [verdict, reason])).toEqual([
    ['inconclusive', 'the run was interrupted before its test ran'],
    ['pass', '32 of 32 replies went straight to the client'],
  ]);
});

test('a deviation waives the requirement that it names, and none that is only inherited', () => {
  const parts = new Map([
    ['LVS-DR-01', [examplePart({ verdict: 'fail', findings: [exampleFinding] })]],
    ['constructor', [examplePart({ verdict: 'fail', findings: [exampleFinding] })]],
  ]);
  const report = buildReport(run, results({ parts, knownDeviations: { 'LVS-DR-01': 'old kernel' } }));

  expect(report.verdicts.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['LVS-DR-02', 'skipped'],
    ['LVS-DR-01', 'skipped'],
    ['constructor', 'fail'],
  ]);
});
