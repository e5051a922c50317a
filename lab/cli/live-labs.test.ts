import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identifyProcess } from '../process-identity.ts';
import { liveLabs } from './live-labs.ts';

test('a lab lives while the very process that owns it does', () => {
  const base = mkdtempSync(join(tmpdir(), 'halab-labs-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const self = identifyProcess(process.pid);
  const own = `${self?.pid}-${self?.startTime}-0`;
  // The same process ID with another start time is another process.
  for (const name of [own, `${process.pid}-1-0`, 'something-else']) mkdirSync(join(base, name));
  expect(liveLabs(base)).toEqual([{ directory: join(base, own), pid: process.pid }]);
  expect(liveLabs(join(base, 'nowhere'))).toEqual([]);
});
