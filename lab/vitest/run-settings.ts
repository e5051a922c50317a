import type { Accelerator } from '../nodes/qemu/command-line.ts';

/** What one run is about; `halab run` gives it to the suites. */
export interface RunSettings {
  /** File that exports the subject. */
  readonly subjectFile: string;
  readonly seed: number;
  /** Instead of trying KVM. */
  readonly accelerator?: Accelerator;
  /** Folder of this run; each test has a folder below it. */
  readonly outDirectory: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    halab: RunSettings;
  }
}
