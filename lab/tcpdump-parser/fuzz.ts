/*
 * Feeds changed frames and changed capture files to everything that reads bytes here.
 *
 *   node lab/tcpdump-parser/fuzz.ts --seed 1 --count 1000000 [--from 0]
 *
 * A finding is printed with what is wrong, made smaller, and written to fixtures/frames/found/, where a unit test
 * runs it for ever. Exit code 0: none; 1: a finding; 2: wrong usage.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { checkCase, shrink } from './fuzz/check-case.ts';
import { foundFolder } from './fuzz/frame-file.ts';
import type { FuzzCase } from './fuzz/fuzz-case.ts';
import { makeCase, readCorpus, renderCase } from './fuzz/fuzz-case.ts';

interface Run {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Index of the case that is being tried. */
  readonly progress: SharedArrayBuffer;
}

/** A case takes 30 µs; one that takes longer than this, on however busy a machine, hangs. */
const HANG_SECONDS = 10;

if (isMainThread) main();
else work(workerData as Run);

function main(): void {
  const run = readArguments();
  if (run === undefined) return;
  const started = process.hrtime.bigint();
  print(`seed ${run.seed}, cases ${run.from} to ${run.to - 1}`);
  const progress = new Int32Array(run.progress);
  const worker = new Worker(new URL(import.meta.url), { workerData: run });
  let last = run.from;
  let quietSeconds = 0;
  const watch = setInterval(() => {
    const index = Atomics.load(progress, 0);
    quietSeconds = index === last ? quietSeconds + 1 : 0;
    last = index;
    if (quietSeconds < HANG_SECONDS) return;
    clearInterval(watch);
    report(
      run.seed,
      index,
      makeCase(readCorpus(), run.seed, index),
      `hangs: no answer within ${HANG_SECONDS} s`,
    );
    void worker.terminate();
  }, 1000);
  worker.on(
    'message',
    (found: { readonly index: number; readonly input: FuzzCase; readonly finding: string }) => {
      report(run.seed, found.index, found.input, found.finding);
    },
  );
  worker.on('error', (error) => {
    print(`the fuzzer itself failed: ${error.stack}`);
    process.exitCode = 1;
  });
  worker.on('exit', () => {
    clearInterval(watch);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const tried = Atomics.load(progress, 0) - run.from;
    const verdict = process.exitCode === 1 ? 'with findings' : 'no findings';
    print(`${tried} cases, ${verdict}, ${seconds.toFixed(1)} s, ${Math.round(tried / seconds)} cases/s`);
  });
}

function work(run: Run): void {
  const corpus = readCorpus();
  const progress = new Int32Array(run.progress);
  for (let index = run.from; index < run.to; index++) {
    Atomics.store(progress, 0, index);
    const input = makeCase(corpus, run.seed, index);
    const finding = checkCase(input);
    if (finding === undefined) continue;
    parentPort!.postMessage({ index, input: shrink(input, finding), finding });
    return;
  }
  Atomics.store(progress, 0, run.to);
}

function report(seed: number, index: number, input: FuzzCase, finding: string): void {
  const file = new URL(`seed-${seed}-case-${index}.hex`, foundFolder);
  writeFileSync(
    file,
    renderCase(input, [`Found by fuzz.ts with --seed ${seed} --from ${index}, then made smaller.`]),
  );
  print(`case ${index}: ${finding}`);
  print(`${input.bytes.length} bytes are left in ${file.pathname}`);
  process.exitCode = 1;
}

function readArguments(): Run | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: text, count: text, from: text } });
  const seed = Number(values.seed ?? 1);
  const from = Number(values.from ?? 0);
  const count = Number(values.count ?? 100_000);
  if (![seed, from, count].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    print('usage: node lab/tcpdump-parser/fuzz.ts [--seed N] [--count N] [--from N], whole numbers from 0');
    process.exitCode = 2;
    return undefined;
  }
  return { seed, from, to: from + count, progress: new SharedArrayBuffer(4) };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
