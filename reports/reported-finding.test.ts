import { expect, test } from 'vitest';
import type { Finding } from '../lab/checkers/rule.ts';
import { inFolder, reportedFinding } from './reported-finding.ts';

const finding: Finding = {
  rule: 'LVS-DR-03',
  claim: 'a reply crossed the director',
  at: 12_310_499_999,
  expected: 'none',
  seen: ['one'],
  evidence: ['lan.pcapng#118'],
};

test('a finding is reported with a moment for people and paths from the report', () => {
  expect(reportedFinding({ ...finding, node: 'web1', segment: 'lan' }, 'lvs-dr/LVS-DR-03')).toEqual({
    rule: 'LVS-DR-03',
    claim: 'a reply crossed the director',
    at: '+12.310 s',
    node: 'web1',
    segment: 'lan',
    expected: 'none',
    seen: ['one'],
    evidence: ['lvs-dr/LVS-DR-03/lan.pcapng#118'],
  });
});

test('what a finding does not name is absent', () => {
  const reported = reportedFinding(finding);

  expect(reported).not.toHaveProperty('node');
  expect(reported).not.toHaveProperty('segment');
  expect(reported.evidence).toEqual(['lan.pcapng#118']);
});

test.for([
  [undefined, 'a', 'a'],
  ['', 'a', 'a'],
  ['.', 'a', 'a'],
  ['x/y', 'a', 'x/y/a'],
  ['x/', 'a', 'x/a'],
] as const)('in folder %j, %s is %s', ([folder, path, whole]) => {
  expect(inFolder(folder, path)).toBe(whole);
});
