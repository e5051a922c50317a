import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { cpus, release } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestModule, Vitest } from 'vitest/node';
import type { ReportedMachine } from '../../reports/run-report.ts';
import { requirements } from '../../suites/requirements/registry.ts';
import { LabError } from '../errors.ts';
import { type MachineRoom, openMachineRoom } from '../machine-room.ts';
import type { Accelerator } from '../nodes/qemu/command-line.ts';
import { qemuVersion } from '../nodes/qemu/versions.ts';
import { reapOrphans } from '../run-directory.ts';
import { findSubject, loadSubject } from '../subject/load.ts';
import { progress } from '../vitest/reporter/progress.ts';
import { VerdictReporter } from '../vitest/reporter.ts';
import type { RunSettings } from '../vitest/run-settings.ts';
import { selectRequirements } from './select-requirements.ts';
import { halabVersion } from './version.ts';

export interface RunOptions {
  readonly subject: string;
  readonly seed: number;
  readonly repeat: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly accelerator?: Accelerator;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Runs without `--out` are kept here, the newest as `latest`. */
const runsDirectory = join(root, 'reports', 'runs');
const runsKeptMax = 20;
const interruptedExit = 130; // 128 + SIGINT

/** `halab run`: the conformance suites on one subject. Answers with the exit code. */
export async function run(words: readonly string[], options: RunOptions): Promise<number> {
  const selected = selectRequirements(words);
  const subjectFile = findSubject(options.subject);
  const subject = await loadSubject(subjectFile);
  const outDirectory = prepareOut(options.out, subject.name);

  let room: MachineRoom | undefined;
  using reporter = new VerdictReporter({
    halab: halabVersion(),
    subject,
    requirements: selected.map((id) => requirements[id]),
    machine: () => describeMachine(room),
    seed: options.seed,
    outDirectory,
    runs: options.repeat,
    // With --json the report alone goes to standard output.
    output: options.json === true ? process.stderr : process.stdout,
  });
  room = await openMachineRoom({
    ...(options.accelerator === undefined ? {} : { accelerator: options.accelerator }),
    onProgress: progress,
  });
  // Taken now and not by the first test: building a snapshot is no test's time.
  await room.golden(256);

  const settings: RunSettings = {
    subjectFile,
    seed: options.seed,
    outDirectory,
    accelerator: room.accelerator.accelerator,
  };
  const { createVitest } = await import('vitest/node');
  const vitest = await createVitest(
    'test',
    {
      root,
      config: join(root, 'vitest.config.ts'),
      project: ['conformance'],
      watch: false,
      reporters: [reporter],
      provide: { halab: settings },
      testNamePattern: namePattern(selected),
    },
    {},
    { stdout: reporter.vitestOutput, stderr: reporter.vitestOutput },
  );
  const stop = stopOnInterrupt(reporter, vitest);
  try {
    for (let round = 0; round < options.repeat; round += 1) await runOnce(vitest);
  } finally {
    stop[Symbol.dispose]();
    await vitest.close();
  }
  if (options.json === true) console.log(JSON.stringify(reporter.report, null, 2));
  if (options.out === undefined) pruneRuns();
  return reporter.exitCode;
}

async function runOnce(vitest: Vitest): Promise<void> {
  const specifications = await vitest.globTestSpecifications();
  await vitest.runTestSpecifications(specifications, true);
}

/** Tests begin with their ID, and Vitest puts the name of their group before it. */
function namePattern(ids: readonly string[]): RegExp {
  return new RegExp(`(^|> |\\s)(${ids.join('|')}):`);
}

/**
 * Ctrl-C: what is known is reported, and the workers are ended. Their machines and wires end with them; what
 * files they had is removed here, so that nothing is left for a next command.
 */
function stopOnInterrupt(reporter: VerdictReporter, vitest: Vitest): Disposable {
  const stop = () => {
    const modules = vitest.state.getTestModules() as TestModule[];
    reporter.interrupt(modules);
    for (const pid of childProcesses(process.pid)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended by itself, or by the terminal's own signal.
      }
    }
    // The kernel needs a moment to end what the workers held.
    setTimeout(() => {
      reapOrphans();
      process.exit(interruptedExit);
    }, 300);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    [Symbol.dispose]: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** Every descendant of a process, as /proc shows them now. */
function childProcesses(pid: number): readonly number[] {
  const children: number[] = [];
  for (const task of listDirectory(`/proc/${pid}/task`)) {
    for (const child of readWords(`/proc/${pid}/task/${task}/children`)) {
      children.push(...childProcesses(Number(child)), Number(child));
    }
  }
  return children;
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readWords(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split(' ')
      .filter((word) => word !== '');
  } catch {
    return [];
  }
}

function describeMachine(room: MachineRoom | undefined): ReportedMachine {
  return {
    ...(room === undefined
      ? {}
      : {
          accelerator: room.accelerator.accelerator,
          acceleratorReason: room.accelerator.reason,
          qemu: qemuVersion(),
          image: `sha256:${room.image.manifest.sha256}`,
        }),
    cores: cpus().length,
    kernel: release(),
  };
}

function prepareOut(out: string | undefined, subject: string): string {
  if (out !== undefined) {
    const directory = resolve(out);
    if (
      existsSync(directory) &&
      readdirSync(directory).length > 0 &&
      !existsSync(join(directory, 'verdicts.json'))
    ) {
      throw new LabError(
        'LAB_USAGE',
        `${out} is not empty and holds no earlier run; give --out a new folder`,
      );
    }
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    return directory;
  }
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const directory = join(runsDirectory, `${stamp}-${subject}-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  pointLatestAt(directory);
  return directory;
}

/** Replaced in one step, so that two runs at once leave it pointing at one of them. */
function pointLatestAt(directory: string): void {
  const latest = join(dirname(directory), 'latest');
  const beside = `${latest}.${process.pid}`;
  symlinkSync(relative(dirname(latest), directory), beside);
  renameSync(beside, latest);
}

function pruneRuns(): void {
  const latest = basename(readlinkSync(join(runsDirectory, 'latest')));
  const old = readdirSync(runsDirectory)
    .filter((name) => /^\d{8}T\d{6}Z-/.test(name) && name !== latest)
    .sort()
    .slice(0, -runsKeptMax);
  for (const name of old) rmSync(join(runsDirectory, name), { recursive: true, force: true });
}
