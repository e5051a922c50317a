#!/usr/bin/env node
// Gets the command line running on a Node that runs TypeScript, with compiled code kept from call to call.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { cachePlace, isNewEnough, ownNode } from '../setup/places.mjs';

if (isNewEnough(process.versions.node)) await start();
else await startUnderOwnNode();

async function start() {
  // Where the directory cannot be written to, nothing is kept and all else is the same.
  module.enableCompileCache(join(cachePlace(), 'compiled'));
  try {
    const { main } = await import('./main.ts');
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/Cannot find package/.test(error.message)) throw error;
    giveUp('the libraries of halab are not installed; run `npm ci` in its folder');
  }
}

async function startUnderOwnNode() {
  if (!existsSync(ownNode)) {
    giveUp(
      `halab needs Node 24 or later and this is ${process.versions.node}; run \`npm ci\` in its folder, which brings one`,
    );
    return;
  }
  const { runInPlace } = await import('../setup/child.mjs');
  process.exitCode = await runInPlace(ownNode, [
    ...process.execArgv,
    import.meta.filename,
    ...process.argv.slice(2),
  ]);
}

function giveUp(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 2;
}
