import { beforeAll, describe, test } from 'vitest';
import { LabError } from '../../../errors.ts';

describe('a lab that does not start', () => {
  beforeAll(() => {
    throw new LabError('LAB_NODE_BOOT', 'director did not boot within 60 s');
  });

  test('LVS-DR-01: does not run', { meta: { requirement: 'LVS-DR-01' } }, () => {});
});
