import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { supervise } from './child.mjs';
import { isWritable, movedCaches, root } from './places.mjs';
import { showStep } from './progress.mjs';
import { SetUpError } from './set-up-error.mjs';
import { findProgram } from './system-packages.mjs';

/**
 * Whether node_modules is what package-lock.json says. npm writes its own account of it last of all, so an
 * installation that was interrupted has none. Contents are compared, not dates: a checkout changes dates.
 */
export function modulesAreThere(directory = root) {
  const locked = readPackages(join(directory, 'package-lock.json'));
  const installed = readPackages(join(directory, 'node_modules/.package-lock.json'));
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked).every(([path, wanted]) => {
    // The root itself and the workspaces are not installed but linked.
    if (path === '' || !path.includes('node_modules/')) return true;
    const found = installed[path];
    // An optional package is absent where it is made for another system.
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

export async function installModules() {
  const why = existsSync(join(root, 'node_modules'))
    ? 'node_modules is not what package-lock.json says'
    : 'node_modules is missing';
  process.stderr.write(`  ${why}; it holds the libraries and Node 24\n`);
  if (!isWritable(join(root, 'node_modules'))) {
    throw new SetUpError(
      `${root} cannot be written to by this user; run \`npm ci\` there as its owner, then try again`,
    );
  }
  try {
    await showStep('npm ci', (say) => runNpm(['ci'], say));
  } catch (error) {
    if (!(error instanceof NpmError) || !isOutOfStep(error.said)) throw error;
    // A lock file that was written where some optional packages could not be seen does not name them, and npm ci
    // refuses it. npm install takes it, installs the versions that it names, and with --no-save leaves it alone.
    process.stderr.write('  npm ci refuses the lock file; npm install follows it\n');
    await showStep('npm install', (say) => runNpm(['install', '--no-save'], say));
  }
}

/** npm has failed; `said` are the lines that tell why. */
class NpmError extends SetUpError {
  constructor(command, said) {
    super(describeFailure(`npm ${command[0]}`, said));
    this.said = said;
  }
}

function isOutOfStep(said) {
  return said.some((line) =>
    line.includes('can only install packages when your package.json and package-lock.json'),
  );
}

async function runNpm(command, say) {
  // Scripts of npm find the clone's own Node first, which this very command replaces.
  const path = (process.env.PATH ?? '')
    .split(':')
    .filter((directory) => !directory.startsWith(join(root, 'node_modules')))
    .join(':');
  const npm = findProgram('npm', path);
  if (npm === undefined)
    throw new SetUpError(
      'there is no npm in the PATH; install it (Debian: apt-get install npm), then try again',
    );
  const child = spawn(
    npm,
    [
      ...command,
      ...['--no-audit', '--no-fund', '--no-progress', '--loglevel=http'],
      // NODE_ENV=production must not leave out what runs the lab.
      '--include=dev',
      // What the lock file pins by hash may as well come from npm's own cache.
      '--prefer-offline',
      // The defaults keep a machine without network waiting for more than a minute.
      ...['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=8000'],
    ],
    { cwd: root, env: { ...process.env, ...movedCaches(), PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  // npm says what is wrong first, and then all of its options.
  const first = [];
  const last = [];
  let fetched = 0;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (/^npm http /.test(line)) {
        fetched += 1;
        say(`${fetched} files fetched`);
        return;
      }
      if (line.startsWith('npm warn') || line.replace(/^npm \w+/, '').trim() === '') return;
      (first.length < 12 ? first : last).push(line);
      if (last.length > 4) last.shift();
    });
  }
  const { code, signal } = await supervise(child);
  if (signal !== null) throw new SetUpError(`npm ${command[0]} was ended by ${signal}`);
  if (code !== 0) throw new NpmError(command, [...first, ...last]);
}

function describeFailure(command, said) {
  const isOffline = said.some((line) =>
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/.test(line),
  );
  return [
    `${command} failed; it said:`,
    ...said.map((line) => `  ${line}`),
    '',
    isOffline
      ? 'The package registry could not be reached: check the network, and `npm config get registry` and `npm config get proxy`, then try again.'
      : `When that is mended, try again; or run \`${command}\` by hand to see all of its output.`,
  ].join('\n');
}
