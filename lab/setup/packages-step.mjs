import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { supervise } from './child.mjs';
import { listsAreFresh } from './package-lists.mjs';
import { showStep } from './progress.mjs';
import { SetUpError } from './set-up-error.mjs';
import { findProgram, installCommand, missingPackages } from './system-packages.mjs';

const isRoot = process.getuid?.() === 0;

/** Another installation may well take this long; apt waits for it. */
const lockWaitS = 600;
const lookAgainMs = 500;

export function packagesAreThere({ withTests }) {
  return missingPackages({ isRoot, withTests }).length === 0;
}

export async function installPackages({ withTests }) {
  const missing = missingPackages({ isRoot, withTests });
  if (missing.length === 0) return;
  for (const { name, purpose } of missing) process.stderr.write(`  ${name} is missing; it ${purpose}\n`);
  const names = missing.map(({ name }) => name);
  const right = rightToInstall();
  if (right.refusal !== undefined) {
    throw new SetUpError(
      `${right.refusal}; install what is missing with:\n\n  ${installCommand(names, { isRoot })}\n`,
    );
  }
  await showStep(`installing ${names.join(', ')}`, (say) => install(names, right, say), { asks: right.asks });
  const still = missingPackages({ isRoot, withTests });
  if (still.length > 0) {
    throw new SetUpError(
      `apt-get has installed ${names.join(', ')}, but ${still.map(({ file }) => file).join(', ')} cannot be found; is the PATH right?\n  PATH=${process.env.PATH}`,
    );
  }
}

/** How a command becomes root's, or why it may not. */
function rightToInstall() {
  if (findProgram('apt-get') === undefined)
    return { refusal: 'there is no apt-get here (halab installs on Debian and Ubuntu)' };
  if (isRoot) return { prefix: [] };
  if (findProgram('sudo') === undefined)
    return { refusal: 'only root may install packages, and there is no sudo here' };
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return { prefix: ['sudo', '-n'] };
  if (process.stdin.isTTY) return { prefix: ['sudo'], asks: true };
  return {
    refusal: 'only root may install packages, and sudo would ask for a password that nobody can type here',
  };
}

async function install(names, right, say) {
  const argv = ['install', '-y', '--no-install-recommends', ...names];
  const fetchLists = () => aptGet(['update'], right, say);
  const isFresh = listsAreFresh({ now: Date.now() });
  if (!isFresh) await fetchLists();
  let result = await aptGet(argv, right, say);
  if (result.code !== 0 && isFresh) {
    // The lists may be too old for this mirror after all.
    await fetchLists();
    result = await aptGet(argv, right, say);
  }
  if (result.code === 0) return;
  throw new SetUpError(
    [
      `apt-get could not install ${names.join(', ')}; it said:`,
      ...result.last.map((line) => `  ${line}`),
      '',
      isNetworkTrouble(result.last)
        ? 'The package mirror could not be reached: check the network (or the proxy in /etc/apt/apt.conf.d), then try again.'
        : 'When that is mended, try again; or by hand:',
      `  ${installCommand(names, { isRoot })}`,
    ].join('\n'),
  );
}

function isNetworkTrouble(lines) {
  return lines.some((line) =>
    /could not resolve|temporary failure resolving|unable to connect|connection (timed out|refused|failed)|network is unreachable|failed to fetch/i.test(
      line,
    ),
  );
}

async function aptGet(argv, { prefix, asks = false }, say) {
  const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) =>
    process.env[name] ? [`${name}=${process.env[name]}`] : [],
  );
  const command = [
    ...prefix,
    ...['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C.UTF-8', ...proxies],
    ...['apt-get', '-o', `DPkg::Lock::Timeout=${lockWaitS}`, '-o', 'Dpkg::Use-Pty=0', ...argv],
  ];
  const deadline = performance.now() + lockWaitS * 1000;
  for (;;) {
    const result = await runAndListen(command, asks, say);
    // Unlike dpkg's, the lock on the package lists is not waited for by apt itself.
    const isLocked = result.code !== 0 && result.last.some((line) => line.includes('Could not get lock'));
    if (!isLocked || performance.now() > deadline) return result;
    say('waiting for another apt to finish');
    await delay(lookAgainMs);
  }
}

async function runAndListen([program, ...argv], asks, say) {
  const child = spawn(program, argv, { stdio: [asks ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
  const last = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const text = line.trim();
      if (text === '') return;
      last.push(text);
      if (last.length > 12) last.shift();
      if (/^(Waiting for cache lock|Get:|Unpacking|Setting up|Fetched)/.test(text)) say(text);
    });
  }
  const { code, signal } = await supervise(child);
  if (signal !== null) throw new SetUpError(`apt-get was ended by ${signal}`);
  return { code, last };
}
