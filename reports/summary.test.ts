import { expect, test } from 'vitest';
import { exampleReport } from './example-report.ts';
import { subjectText, summaryLine } from './summary.ts';

test('the summary counts all four verdicts, also those that do not occur', () => {
  expect(summaryLine(exampleReport)).toBe(
    '1 passed, 1 failed, 1 inconclusive, 2 skipped in 31.2 s — subject stack, accelerator tcg',
  );
  expect(summaryLine({ ...exampleReport, verdicts: [], machine: { cores: 2, kernel: '6.1' } })).toBe(
    '0 passed, 0 failed, 0 inconclusive, 0 skipped in 31.2 s — subject stack',
  );
});

test('a subject without a version is its name', () => {
  expect(subjectText({ name: 'field capture', version: '' })).toBe('field capture');
});
