import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runBase } from '../run-directory.ts';
import { seededRandom } from '../wires/impairments/random.ts';
import { halab, startHalab } from './halab.ts';

/** How often the runner is killed; the moments are spread over the life of a run. */
const kills = Number(process.env['HALAB_KILLS'] ?? 5);
const seed = Number(process.env['HALAB_SEED'] ?? 1);
/** From nothing started yet to suites well under way. */
const lifeMs = 12_000;
/** Children of a killed process are ended by the kernel and by their own lifelines. */
const graceMs = 2000;

/** Processes of this machine whose command line shows that they belong to a lab of this user. */
function labProcesses(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${pid} ${readCommand(pid)}`)
    .filter((line) => line.includes(runBase()) || line.includes('lab/wires/process.ts'));
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

async function untilGone(): Promise<readonly string[]> {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const left = labProcesses();
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(50);
  }
}

const temporaries = () => readdirSync(tmpdir()).filter((name) => /^halab-(probe|stack|self)-/.test(name));

test(`nothing of a lab outlives its runner, killed ${kills} times at random moments (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const before = temporaries();
  for (let round = 0; round < kills; round += 1) {
    const after = Math.round(random.next() * lifeMs);
    const { child, finished } = startHalab([
      'run',
      'LVS-DR',
      '--out',
      join(tmpdir(), `halab-killed-${process.pid}`),
    ]);
    await Promise.race([delay(after), finished]);
    child.kill('SIGKILL');
    await finished;

    expect(await untilGone(), `round ${round}, killed after ${after} ms`).toEqual([]);
    await halab(['list']);
    const left = existsSync(runBase()) ? readdirSync(runBase()) : [];
    expect(left, `round ${round}, killed after ${after} ms`).toEqual([]);
  }
  expect(temporaries()).toEqual(before);
});

test('an interrupted run cleans up by itself within two seconds', async () => {
  const { child, finished } = startHalab([
    'run',
    'LVS-DR',
    '--out',
    join(tmpdir(), `halab-killed-${process.pid}`),
  ]);
  await delay(6000);

  const began = performance.now();
  child.kill('SIGINT');
  const { exitCode } = await finished;

  expect(performance.now() - began).toBeLessThan(2000);
  expect(exitCode).not.toBe(0);
  expect(labProcesses()).toEqual([]);
  expect(existsSync(runBase()) ? readdirSync(runBase()) : []).toEqual([]);
});
