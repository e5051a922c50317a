import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { GuestImage } from '../../image/build.ts';
import { cacheDirectory } from '../../image/cache.ts';
import { packCpio } from '../../image/cpio.ts';
import { acquireLock } from '../../lock.ts';
import type { Accelerator } from './command-line.ts';
import { qemuProgram, qemuVersion } from './versions.ts';

/** Which accelerator runs, and why, in words for a report. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  readonly reason: string;
}

/** An ordinary kernel is in user space within one second under working KVM; a broken one hangs for ever. */
const probeLimitMs = 8_000;

/**
 * KVM where it works, else emulation. That /dev/kvm exists says little: it may refuse a register or hang a
 * guest in its firmware. So a small guest is booted once with a time limit, and the answer is kept until the
 * kernel, QEMU or the image changes.
 */
export async function chooseAccelerator(
  image: GuestImage,
  options: { readonly onProgress?: (text: string) => void; readonly forget?: boolean } = {},
): Promise<AcceleratorChoice> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      accelerator: 'tcg',
      reason: isMissing ? 'no /dev/kvm on this machine' : 'no right to open /dev/kvm',
    };
  }
  const key = JSON.stringify([release(), qemuVersion(), image.id]);
  const file = join(cacheDirectory(), 'accelerator.json');
  const known = options.forget === true ? undefined : readAnswer(file, key);
  if (known !== undefined) return known;
  mkdirSync(cacheDirectory(), { recursive: true });
  await using _lock = await acquireLock(file);
  const foundMeanwhile = options.forget === true ? undefined : readAnswer(file, key);
  if (foundMeanwhile !== undefined) return foundMeanwhile;
  options.onProgress?.(`trying KVM with a small guest (at most ${probeLimitMs / 1000} s, once)`);
  const choice = await probeKvm(image);
  writeFileSync(file, `${JSON.stringify({ key, ...choice })}\n`);
  return choice;
}

function readAnswer(file: string, key: string): AcceleratorChoice | undefined {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as AcceleratorChoice & { key: string };
    return stored.key === key ? { accelerator: stored.accelerator, reason: stored.reason } : undefined;
  } catch {
    return undefined;
  }
}

async function probeKvm(image: GuestImage): Promise<AcceleratorChoice> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-probe-'));
  try {
    const initramfs = join(directory, 'initramfs.gz');
    const boot = join(image.directory, 'halab-boot');
    const program = (path: string, data: Uint8Array) => ({ path, mode: 0o755, kind: 'file', data }) as const;
    writeFileSync(
      initramfs,
      gzipSync(
        packCpio([
          { path: 'bin', mode: 0o755, kind: 'directory' },
          program('bin/busybox', readFileSync(join(boot, 'busybox'))),
          program('init', readFileSync(new URL('../../image/guest/probe.sh', import.meta.url))),
        ]),
      ),
    );
    return await bootProbe(join(boot, 'vmlinuz'), initramfs);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function bootProbe(kernel: string, initramfs: string): Promise<AcceleratorChoice> {
  return new Promise((done) => {
    const child = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--', qemuProgram],
        ...['-machine', 'pc,accel=kvm', '-cpu', 'host', '-m', '128', '-smp', '1'],
        ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
        ...['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let answer: AcceleratorChoice | undefined;
    const settle = (choice: AcceleratorChoice) => {
      answer ??= choice;
      child.kill('SIGKILL');
    };
    const limit = setTimeout(
      () =>
        settle({
          accelerator: 'tcg',
          reason: `/dev/kvm exists, but a guest did not reach user space within ${probeLimitMs / 1000} s`,
        }),
      probeLimitMs,
    );
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString('latin1');
      if (output.includes('halab-probe-ok'))
        settle({ accelerator: 'kvm', reason: 'a probe guest ran under KVM' });
    });
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => {
      stderr = (stderr + bytes.toString('latin1')).slice(-500);
    });
    child.on('error', () => {});
    child.on('close', () => {
      clearTimeout(limit);
      const words = stderr.trim().split('\n').at(-1) ?? '';
      done(
        answer ?? {
          accelerator: 'tcg',
          reason: `/dev/kvm exists, but QEMU ended at once${words === '' ? '' : `: ${words}`}`,
        },
      );
    });
  });
}
