import { writeSync } from 'node:fs';
import { addTallies, type Tally } from './tally.ts';

/** What is read of a finished test file; Vitest's own TestModule has this shape. */
interface FinishedFile {
  readonly children: {
    allTests(): Iterable<{ result(): { readonly state: 'pending' | 'passed' | 'failed' | 'skipped' } }>;
  };
  state(): string;
}

/** The counts go to whoever started the run, through this file descriptor. */
const reportDescriptor = 3;

/** Vitest finds a reporter that is named by path at the default export. */
export default class TallyReporter {
  onTestRunEnd(files: readonly FinishedFile[], unhandledErrors: readonly unknown[]): void {
    const tally = addTallies([
      ...files.map(tallyFile),
      { passed: 0, failed: unhandledErrors.length, skipped: 0 },
    ]);
    writeSync(reportDescriptor, JSON.stringify(tally));
  }
}

function tallyFile(file: FinishedFile): Tally {
  const states = [...file.children.allTests()].map((test) => test.result().state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  // A test that never ended has not passed; a file that did not load has no tests to fail.
  const failed = count('failed') + count('pending');
  const isBroken = file.state() === 'failed' && failed === 0;
  return { passed: count('passed'), failed: failed + (isBroken ? 1 : 0), skipped: count('skipped') };
}
