import { execFileSync } from 'node:child_process';
import { LabError } from '../../errors.ts';

export const qemuProgram = 'qemu-system-x86_64';

let version: string | undefined;

/** QEMU's own version, with Debian's revision: snapshots do not travel between builds. */
export function qemuVersion(): string {
  if (version !== undefined) return version;
  try {
    const text = execFileSync(qemuProgram, ['--version'], { encoding: 'utf8' });
    version = text.split('\n', 1)[0]?.replace(/^QEMU emulator version /, '') ?? '';
    return version;
  } catch (error) {
    throw new LabError(
      'LAB_QEMU_MISSING',
      `${qemuProgram} is not installed; \`halab doctor\` prints the command that installs what is missing`,
      { cause: error },
    );
  }
}
