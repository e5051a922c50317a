import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './places.mjs';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/** Runs these test files with the real runner; answers with the counts that the reporter gave. */
async function countsOf(files: Readonly<Record<string, string>>): Promise<unknown> {
  // Below the clone, where the files find the runner's library.
  const directory = mkdtempSync(join(root, 'node_modules/.halab-tally-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(directory, name), `import { expect, test } from 'vitest';\n${text}`);
    }
    writeFileSync(
      join(directory, 'vitest.config.mjs'),
      `export default { test: { include: ['*.test.js'], exclude: [] } };`,
    );
    const report = join(directory, 'report');
    const argv = [
      'run',
      `--root=${directory}`,
      `--reporter=${join(import.meta.dirname, 'tally-reporter.ts')}`,
    ];
    await new Promise((done) => {
      const command = 'report=$1; shift; exec "$@" 3> "$report"';
      execFile(
        'sh',
        ['-c', command, 'sh', report, process.execPath, vitest, ...argv],
        { cwd: directory },
        done,
      );
    });
    return JSON.parse(readFileSync(report, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('each way to end is counted, and what no test can fail for is a failure', async () => {
  const counts = await countsOf({
    'mixed.test.js': `
      test('a', () => {}); test('b', () => {});
      test('c', () => { expect(1).toBe(2); });
      test.skip('d', () => {}); test.todo('e');`,
    'unloadable.test.js': `import './missing.js';`,
    'stray-error.test.js': `test('f', () => { Promise.reject(new Error('nobody waits')); });`,
  });
  expect(counts).toEqual({ passed: 3, failed: 3, skipped: 2 });
});
