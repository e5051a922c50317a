import { expect, test } from 'vitest';
import { examplePart } from '../../../reports/example-report.ts';
import { plainLine } from './plain-line.ts';

test.for([
  [{}, 'pass          LVS-DR-03: a reply does not cross the director [lvs-dr] (1.2 s)'],
  [
    { verdict: 'inconclusive', reason: 'LAB_NODE_GONE: web1 is gone\nmore', topology: '' },
    'inconclusive  LVS-DR-03: a reply does not cross the director (1.2 s): LAB_NODE_GONE: web1 is gone',
  ],
  [{ title: 'untitled' }, 'pass          LVS-DR-03: untitled [lvs-dr] (1.2 s)'],
] as const)('%j is one line', ([part, text]) => {
  expect(plainLine('LVS-DR-03', examplePart(part))).toBe(text);
});
