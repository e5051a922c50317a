import { execFileSync, spawnSync } from 'node:child_process';

/** Whether a program is installed; tests that compare with it are skipped, by name, when it is not. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Standard output. Throws with the program's own words when it fails. */
export function outputOf(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}
