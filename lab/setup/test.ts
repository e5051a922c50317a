/*
 * What `npm test` runs: everything that the project checks about itself, cheapest first.
 *
 *     npm test                 all steps
 *     npm test -- types unit   some of them
 */
import { globSync } from 'node:fs';
import { execa } from 'execa';
import { nearestName } from '../topology/nearest-name.ts';
import { root } from './places.mjs';
import { showStep } from './progress.mjs';
import { addTallies, judgeRun, nothing, renderTally, type Tally } from './tally.ts';

interface Step {
  readonly name: string;
  readonly title: string;
  run(title: string): Promise<Tally>;
}

const passed: Tally = { ...nothing, passed: 1 };
const failed: Tally = { ...nothing, failed: 1 };
const skipped: Tally = { ...nothing, skipped: 1 };

const steps: readonly Step[] = [
  { name: 'types', title: 'types', run: (title) => check(title, ['tsc', '--noEmit']) },
  { name: 'lint', title: 'lint and format', run: (title) => check(title, ['biome', 'check', '.']) },
  { name: 'unused', title: 'unused exports, files and dependencies', run: (title) => check(title, ['knip']) },
  { name: 'unit', title: 'unit tests', run: (title) => runVitest(title, 'unit') },
  { name: 'lab', title: 'tests of the lab in real machines', run: testLab },
];

const inClone = { cwd: root, preferLocal: true, localDir: root, reject: false, stdin: 'ignore' } as const;

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    for (const name of unknown) console.error(describeUnknown(name));
    return 2;
  }
  const tallies: Tally[] = [];
  for (const { name, title, run } of steps) {
    if (names.length === 0 || names.includes(name)) tallies.push(await run(title));
  }
  const total = addTallies(tallies);
  console.log(renderTally(total));
  return total.failed === 0 ? 0 : 1;
}

function describeUnknown(name: string): string {
  const known = steps.map((step) => step.name);
  const nearest = nearestName(name, known);
  return `no step of the tests is called "${name}"; there are ${known.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

/** A program that is silent when all is well; what it says otherwise is shown whole. */
async function check(title: string, [program, ...argv]: readonly [string, ...string[]]): Promise<Tally> {
  const colours = process.stderr.isTTY ? { FORCE_COLOR: '1' } : {};
  let output = '';
  try {
    await showStep(title, async () => {
      const result = await execa(program, argv, { ...inClone, all: true, env: colours });
      output = result.all;
      if (result.failed) throw new Error(`${program} found something`);
    });
    return passed;
  } catch {
    console.log(output);
    return failed;
  }
}

async function runVitest(title: string, project: string): Promise<Tally> {
  console.log(`… ${title}`);
  const began = performance.now();
  const reporter = 'lab/setup/tally-reporter.ts';
  const { exitCode, stdio } = await execa(
    'vitest',
    ['run', '--project', project, '--reporter=default', `--reporter=./${reporter}`],
    { ...inClone, stdin: undefined, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
  );
  const tally = judgeRun(String(stdio[3] ?? ''), exitCode);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${tally.failed === 0 ? '✓' : '✗'} ${title}: ${renderTally(tally)} (${seconds} s)`);
  return tally;
}

async function testLab(title: string): Promise<Tally> {
  if (globSync('lab/**/*.lab.test.ts', { cwd: root }).length === 0) {
    console.log(`– ${title}: there are none`);
    return skipped;
  }
  // Without an image each of these tests would say the same, one after another.
  const image = await execa(process.execPath, ['lab/cli/halab.mjs', 'image', 'build'], {
    ...inClone,
    stdin: undefined,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return image.failed ? failed : await runVitest(title, 'lab');
}

process.exitCode = await main(process.argv.slice(2));
