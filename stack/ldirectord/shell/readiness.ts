import { closeSync, writeSync } from 'node:fs';

/**
 * What the daemon tells the `start` that waits for it, as one line of JSON on file descriptor 3:
 * that its first table is written and what the kernel refused of it, or why it ended before.
 */
export type Readiness =
  | { readonly ready: true; readonly lines: readonly string[] }
  | { readonly ready: false; readonly exitCode: number; readonly lines: readonly string[] };

const readinessFd = 3;

export function tellReadiness(readiness: Readiness): void {
  try {
    writeSync(readinessFd, `${JSON.stringify(readiness)}\n`);
    closeSync(readinessFd);
  } catch {
    // Whoever waited is gone.
  }
}

/** Reads what the daemon told; text that is no such line came from a daemon that died. */
export function readReadiness(text: string): Readiness {
  try {
    return JSON.parse(text) as Readiness;
  } catch {
    return {
      ready: false,
      exitCode: 1,
      lines: ['ldirectord: the daemon ended before its first table was written'],
    };
  }
}
