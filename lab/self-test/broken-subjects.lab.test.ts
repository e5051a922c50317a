import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { conformanceRun, idsWith } from './halab.ts';

/*
 * A checker is proved by what it catches: each subject here is one line away from a good one and must be
 * failed by the requirements that it breaks, and by no others.
 */

const directory = fileURLToPath(new URL('../../subjects/broken/', import.meta.url));

interface BrokenSubject {
  /** Exactly these fail. */
  readonly breaks: readonly string[];
  /** Findings name one or more of these, and nobody else. */
  readonly guilty: readonly string[];
}

describe('broken subjects', () => {
  test.for(readdirSync(directory))(
    '%s is failed by exactly the requirements that it breaks',
    async (file) => {
      const path = join(directory, file);
      const { breaks, guilty } = (await import(pathToFileURL(path).href)) as BrokenSubject;

      const run = await conformanceRun(['--subject', path]);

      const failed = run.report.verdicts.filter(({ verdict }) => verdict === 'fail');
      expect(failed.map(({ id }) => id).sort(), run.stdout + run.stderr).toEqual([...breaks].sort());
      const named = new Set(failed.flatMap(({ findings }) => findings.map(({ node }) => node)));
      expect(guilty).toEqual(expect.arrayContaining([...named]));
      expect(named.size).toBeGreaterThan(0);
      expect(run.exitCode).toBe(1);
      expect(idsWith(run.report, 'pass').length).toBeGreaterThan(15);
      rmSync(run.directory, { recursive: true });
    },
  );
});
