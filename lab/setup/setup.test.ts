import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, realpathSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isNewEnough } from './places.mjs';
import { StandInClone } from './stand-in-clone.ts';

const isRoot = process.getuid?.() === 0;
const everything = ['packages', 'modules', 'npm', 'apt-get'] as const;
const started = (stdout: string) =>
  JSON.parse(stdout) as { argv: string[]; node: string; path: string; cache: string | null };

describe('a clone that is ready', () => {
  test('the gate runs the suites with the arguments as given', async () => {
    using clone = new StandInClone({ has: everything });
    const { code, stdout, stderr } = await clone.run(['gate', 'LVS-DR-01', '--seed', '7']);
    expect(started(stdout).argv).toEqual(['run', 'LVS-DR-01', '--seed', '7']);
    expect(started(stdout).node).toBe(process.execPath);
    expect(started(stdout).path.split(':')[0]).toBe(clone.path('node_modules/.bin'));
    expect({ code, stderr, calls: clone.calls() }).toEqual({ code: 0, stderr: '', calls: [] });
  });

  test('the working directory does not matter', async () => {
    using clone = new StandInClone({ has: everything });
    const { code, stdout } = await clone.run(['test', 'unit'], { workingDirectory: '/' });
    expect(started(stdout).argv).toEqual(['unit']);
    expect(code).toBe(0);
  });

  test('a closed standard input does not matter', async () => {
    using clone = new StandInClone({ has: everything });
    const { code, stdout } = await clone.run(['test'], { through: ['sh', '-c', 'exec "$@" <&-', 'sh'] });
    expect(started(stdout).argv).toEqual([]);
    expect(code).toBe(0);
  });

  test('the exit code is the target’s', async () => {
    using clone = new StandInClone({ has: everything });
    expect((await clone.run(['gate', '--end=1'])).code).toBe(1);
    expect((await clone.run(['gate', '--end=3'])).code).toBe(3);
  });

  test('the signal that ends the target ends the set-up', async () => {
    using clone = new StandInClone({ has: everything });
    expect((await clone.run(['gate', '--end=SIGKILL'])).signal).toBe('SIGKILL');
  });

  test('a signal is handed to the target, whose end is waited for', async () => {
    using clone = new StandInClone({ has: everything });
    const { child, ended } = clone.start(['gate', '--wait']);
    await new Promise((done) => child.stdout?.once('data', done));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 7, signal: null });
  });

  test('an unknown target is refused with those that there are', async () => {
    using clone = new StandInClone({ has: everything });
    expect(await clone.run(['gata'])).toMatchObject({
      code: 2,
      stderr: 'usage: node lab/setup/setup.mjs gate|test|bench [arguments…]; found "gata"\n',
    });
  });

  test('an older Node hands over to the one from npm', async ({ skip }) => {
    const older = olderNode();
    if (older === undefined) return skip('no Node older than 24 on this machine');
    using clone = new StandInClone({ has: everything });
    const { code, stdout } = await clone.run(['gate'], { node: older });
    expect(realpathSync(started(stdout).node)).toBe(realpathSync(process.execPath));
    expect(code).toBe(0);
  });
});

function olderNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    try {
      return !isNewEnough(execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1));
    } catch {
      return false;
    }
  });
}

describe('system packages', () => {
  test.runIf(isRoot)('root installs those that are missing and says what for', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get'] });
    const { code, stderr } = await clone.run(['gate']);
    expect(clone.calls().at(-1)).toBe(
      'apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install -y --no-install-recommends ' +
        'qemu-system-x86 mmdebstrap erofs-utils',
    );
    expect(stderr).toContain('  qemu-system-x86 is missing; it runs the machines of a lab\n');
    expect(stderr).toMatch(/^✓ installing qemu-system-x86, mmdebstrap, erofs-utils \(\d+\.\d s\)$/m);
    expect(code).toBe(0);
  });

  test.runIf(isRoot)('the tests need more than the gate', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get'] });
    await clone.run(['test']);
    expect(clone.calls().at(-1)).toMatch(/ qemu-system-x86 mmdebstrap erofs-utils tcpdump tshark$/);
  });

  test.runIf(isRoot)('another apt’s lock is waited for', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get'] });
    clone.write('apt-locked', '');
    const { code } = await clone.run(['gate']);
    expect(clone.calls().length).toBeGreaterThanOrEqual(2);
    expect(code).toBe(0);
  });

  test.runIf(isRoot)('a mirror out of reach is named as the cause, with the command for later', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get'] });
    clone.write('apt-fails', "E: Failed to fetch  Temporary failure resolving 'mirror.example'\n");
    const { code, stderr } = await clone.run(['gate']);
    expect(stderr).toContain("  E: Failed to fetch  Temporary failure resolving 'mirror.example'\n");
    expect(stderr).toContain('The package mirror could not be reached');
    expect(stderr).toContain(
      '  apt-get update && apt-get install -y --no-install-recommends qemu-system-x86',
    );
    expect(code).toBe(2);
  });

  test('a user whom sudo would ask for a password gets the command instead', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get'], asOrdinaryUser: true });
    const { code, stderr } = await clone.run(['gate']);
    expect(stderr).toContain(
      'only root may install packages, and there is no sudo here; install what is missing with:\n\n' +
        '  sudo apt-get update && sudo apt-get install -y --no-install-recommends qemu-system-x86 mmdebstrap erofs-utils uidmap\n',
    );
    expect({ code, calls: clone.calls() }).toEqual({ code: 2, calls: [] });
  });

  test('sudo is used where it asks nothing', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm', 'apt-get', 'sudo'], asOrdinaryUser: true });
    expect((await clone.run(['gate'])).code).toBe(0);
    expect(clone.calls().slice(-2)).toEqual([
      expect.stringMatching(
        /^sudo -n env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get .* install -y/,
      ),
      expect.stringMatching(/^apt-get .* install -y/),
    ]);
  });

  test('a system without apt-get is told what to install by hand', async () => {
    using clone = new StandInClone({ has: ['modules', 'npm'] });
    const { code, stderr } = await clone.run(['gate']);
    expect(stderr).toContain('there is no apt-get here (halab installs on Debian and Ubuntu)');
    expect(code).toBe(2);
  });
});

describe('node_modules', () => {
  test('npm ci runs when there are none', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    const { code, stderr } = await clone.run(['gate']);
    expect(clone.calls()).toEqual([expect.stringMatching(/^npm ci --no-audit --no-fund /)]);
    expect(stderr).toContain('  node_modules is missing; it holds the libraries and Node 24\n');
    expect(code).toBe(0);
  });

  test('npm ci runs when the lock file has another version', async () => {
    using clone = new StandInClone({ has: everything });
    clone.lock({ vitest: '5.2.0' });
    await clone.run(['gate']);
    expect(clone.calls()).toHaveLength(1);
  });

  test('npm ci does not run when only the date of the lock file differs', async () => {
    using clone = new StandInClone({ has: everything });
    utimesSync(clone.path('package-lock.json'), new Date('2100-01-01'), new Date('2100-01-01'));
    await clone.run(['gate']);
    expect(clone.calls()).toEqual([]);
  });

  test('an interrupted installation is done again', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    mkdirSync(clone.path('node_modules/vitest'), { recursive: true });
    await clone.run(['gate']);
    expect(clone.calls()).toHaveLength(1);
  });

  test('two set-ups at once install once', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    const results = await Promise.all([clone.run(['gate', 'a']), clone.run(['gate', 'b'])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.map(({ stdout }) => started(stdout).argv[1])).toEqual(['a', 'b']);
    expect(clone.calls()).toHaveLength(1);
  });

  test('a registry out of reach is named as the cause', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    clone.write('npm-fails', 'npm error code EAI_AGAIN\n');
    const { code, stderr } = await clone.run(['gate']);
    expect(stderr).toContain(
      'npm ci failed; it said:\n  npm error code EAI_AGAIN\n\nThe package registry could not be reached',
    );
    expect(code).toBe(2);
  });

  test('a lock file that npm ci refuses is followed by npm install, which does not change it', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    clone.write(
      'npm-ci-fails',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.\n',
    );
    const { code } = await clone.run(['gate']);
    expect(clone.calls()).toEqual([
      expect.stringMatching(/^npm ci /),
      expect.stringMatching(/^npm install --no-save /),
    ]);
    expect(code).toBe(0);
  });

  test('what npm warns of is not given as the cause of a failure', async () => {
    using clone = new StandInClone({ has: ['packages', 'npm', 'apt-get'] });
    clone.write('npm-fails', 'npm warn EBADENGINE\nnpm error\nnpm error code ENOSPC\n');
    const { stderr } = await clone.run(['gate']);
    expect(stderr).toContain('npm ci failed; it said:\n  npm error code ENOSPC\n\nWhen that is mended');
  });

  test('a machine without npm is told so', async () => {
    using clone = new StandInClone({ has: ['packages'] });
    const { code, stderr } = await clone.run(['gate']);
    expect(stderr).toContain('there is no npm in the PATH');
    expect(code).toBe(2);
  });
});

describe('a home that cannot be written to', () => {
  test('moves the cache and says where to', async () => {
    using clone = new StandInClone({ has: everything, asOrdinaryUser: true });
    mkdirSync(clone.path('home'), { mode: 0o555 });
    chmodSync(clone.path('home'), 0o555);
    const { stdout, stderr } = await clone.run(['gate'], { home: clone.path('home') });
    const { cache } = started(stdout);
    expect(cache).toMatch(/^\/var\/tmp\/halab-cache-\d+$/);
    expect(stderr).toContain(`images are kept in ${cache}`);
  });
});
