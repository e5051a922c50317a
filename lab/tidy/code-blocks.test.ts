import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isRequirementId } from '../../suites/requirements/registry.ts';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { root } from '../setup/places.mjs';
import { loadSubject } from '../subject/load.ts';
import { defaultTiming } from '../subject/subject.ts';
import { planLab } from '../topology/plan.ts';
import { codeBlocks } from './code-blocks.ts';

test('blocks are told apart by language, and text around them is left out', () => {
  const page = 'a\n```ts\nconst a = 1;\n```\nb\n```sh\nls\n```\n```ts\nconst b = 2;\n```\n';
  expect(codeBlocks(page, 'ts')).toEqual(['const a = 1;\n', 'const b = 2;\n']);
  expect(codeBlocks(page, 'json')).toEqual([]);
});

describe('the subject in the README', () => {
  const [block = ''] = codeBlocks(readFileSync(join(root, 'README.md'), 'utf8'), 'ts');

  /** Saved outside the clone, where no other test sees it. */
  function saved(): { readonly directory: string; readonly path: string } {
    const directory = mkdtempSync(join(tmpdir(), 'halab-readme-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'our-stack.ts');
    writeFileSync(path, block.replaceAll("'../lab/", `'${root}/lab/`));
    return { directory, path };
  }

  test('has fewer than 30 lines', () => {
    const lines = block.trim().split('\n').length;
    expect(lines).toBeGreaterThan(10);
    expect(lines).toBeLessThan(30);
  });

  test('has the right types', async () => {
    const { directory, path } = saved();
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    const configuration = join(directory, 'tsconfig.json');
    writeFileSync(
      configuration,
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
        include: [path],
      }),
    );
    const output = await new Promise((done) => {
      execFile(join(root, 'node_modules/.bin/tsc'), ['--project', configuration], (_error, stdout) =>
        done(stdout),
      );
    });
    const ofTheBlock = String(output)
      .split('\n')
      .filter((line) => line.includes('our-stack.ts'));
    expect(ofTheBlock).toEqual([]);
  });

  test('is one that the lab takes, with deviations from requirements that there are', async () => {
    const { path } = saved();
    const subject = await loadSubject(path);
    expect(Object.keys(subject.knownDeviations ?? {}).every(isRequirementId)).toBe(true);
    const plan = planLab(lvsDr);
    const director = plan.nodes.find(({ role }) => role === 'director');
    const setUp = director && subject.setUp({ plan, node: director, timing: defaultTiming });
    expect(setUp?.files.map((file) => file.path)).toEqual(['/etc/ha.d/ldirectord.cf']);
  });
});
