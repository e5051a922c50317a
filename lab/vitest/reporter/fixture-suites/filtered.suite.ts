import { test } from 'vitest';

test('LVS-DR-01: was asked for', { meta: { requirement: 'LVS-DR-01' } }, () => {});

test('LVS-DR-02: was not', { skip: true, meta: { requirement: 'LVS-DR-02' } }, () => {});

test('LVS-DR-03: says why it is skipped', {
  skip: true,
  meta: { requirement: 'LVS-DR-03', skip: 'no ipvs' },
}, () => {});

test('a helper without a requirement', () => {});
