/*
 * From a fresh clone to a running command:  node lab/setup/setup.mjs gate|test|bench [arguments…]
 *
 * Plain JavaScript without dependencies, for any Node from 18 on, since it runs before anything is installed.
 * What is there already is only looked at, which takes milliseconds.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runInPlace } from './child.mjs';
import { lockClone } from './clone-lock.mjs';
import { installModules, modulesAreThere } from './modules-step.mjs';
import { installPackages, packagesAreThere } from './packages-step.mjs';
import { isNewEnough, movedCaches, ownNode, root } from './places.mjs';
import { SetUpError } from './set-up-error.mjs';

const targets = {
  gate: { script: 'lab/cli/halab.mjs', argv: ['run'], withTests: false },
  test: { script: 'lab/setup/test.ts', argv: [], withTests: true },
  bench: { script: 'bench/main.ts', argv: [], withTests: true },
};

const usageExit = 2;
/** As the command line has it: no verdict, and not for a reason that the user can mend. */
const unexpectedExit = 3;

async function main([name, ...rest]) {
  const target = targets[name];
  if (target === undefined) {
    throw new SetUpError(
      `usage: node lab/setup/setup.mjs ${Object.keys(targets).join('|')} [arguments…]${name === undefined ? '' : `; found "${name}"`}`,
    );
  }
  requireMachine();
  await getReady(target);
  return await runInPlace(findNode(), [join(root, target.script), ...target.argv, ...rest], {
    env: environment(),
  });
}

function requireMachine() {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  throw new SetUpError(`halab runs on Linux on x86-64; this is ${process.platform} on ${process.arch}`);
}

async function getReady(target) {
  const isReady = () => packagesAreThere(target) && modulesAreThere();
  if (isReady()) return;
  const release = await lockClone(() => process.stderr.write('… waiting for another set-up of this clone\n'));
  try {
    if (!packagesAreThere(target)) await installPackages(target);
    if (!modulesAreThere()) await installModules();
  } finally {
    release();
  }
}

/** This Node when it is new enough, else the one that npm has installed. */
function findNode() {
  if (isNewEnough(process.versions.node) && existsSync(process.execPath)) return process.execPath;
  if (existsSync(ownNode)) return ownNode;
  throw new SetUpError(`${ownNode} is missing although npm ci is done; delete node_modules and try again`);
}

function environment() {
  const moved = movedCaches();
  if (moved.HALAB_CACHE !== undefined) {
    process.stderr.write(
      `  the home directory cannot be written to; images are kept in ${moved.HALAB_CACHE}\n`,
    );
  }
  const bin = join(root, 'node_modules/.bin');
  return { ...process.env, ...moved, PATH: [bin, process.env.PATH ?? ''].join(delimiter) };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof SetUpError;
  if (!isExpected && process.env.HALAB_DEBUG === '1') throw error;
  process.stderr.write(
    `${isExpected ? error.message : `the set-up failed: ${error.message}; HALAB_DEBUG=1 shows where`}\n`,
  );
  process.exitCode = isExpected ? usageExit : unexpectedExit;
}
