/**
 * The program: `program(settings)` reads the command line and ends with the exit code of the original.
 * What only the daemon needs is loaded by the daemon.
 */
import { writeSync } from 'node:fs';
import { type Invocation, readCommandLine, usage } from './shell/command-line.ts';
import { findConfig, type LoadedConfig, readConfig } from './shell/config-file.ts';
import { isLdirectord, pidFileOf, runningInstance } from './shell/instance.ts';
import { configuredLog } from './shell/log.ts';
import { debianSettings, type Settings } from './shell/settings.ts';
import { version } from './version.ts';

export { debianSettings, type Settings, version };

/** Runs the program with the arguments of the process, and sets the exit code of the process. */
export async function program(settings: Settings): Promise<void> {
  process.exitCode = await run(settings, process.argv.slice(2));
}

async function run(settings: Settings, args: readonly string[]): Promise<number> {
  const line = readCommandLine(args);
  switch (line.kind) {
    case 'help':
      out(usage);
      return 0;
    case 'version':
      out(`ldirectord of halab ${version}\n`);
      return 0;
    case 'wrong':
      err(`ldirectord: ${line.text}\n${usage}`);
      return 1;
    case 'invocation':
      return invoke(settings, line.invocation, args);
    default:
      return line satisfies never;
  }
}

async function invoke(settings: Settings, invocation: Invocation, args: readonly string[]): Promise<number> {
  const path = findConfig(settings, invocation.configName);
  if (path === undefined) {
    err(`Config file ${invocation.configName} not found\n`);
    return 1;
  }
  if (invocation.command === 'run') {
    const { runInBackground } = await import('./shell/run.ts');
    return runInBackground(settings, invocation, path);
  }
  // The file is read whatever the command: with a broken one, `stop` must not look as if it had worked.
  const loaded = readConfig(path);
  for (const text of loaded.notes) err(`${text}\n`);
  if (!loaded.ok) {
    for (const text of loaded.lines) err(`${text}\n`);
    return 2;
  }
  const log = configuredLog(loaded.config.logTarget, invocation.instance, settings);
  log(`Invoking ldirectord invoked as: ${[process.argv[1], ...args].join(' ')} `);
  return obey(settings, invocation, path, loaded);
}

type ReadableConfig = LoadedConfig & { readonly ok: true };

async function obey(
  settings: Settings,
  invocation: Invocation,
  path: string,
  loaded: ReadableConfig,
): Promise<number> {
  const running = runningInstance(pidFileOf(settings, invocation.instance));
  switch (invocation.command) {
    case 'start':
      return running.kind === 'running' ? 0 : startInstance(settings, invocation, path, loaded);
    case 'stop':
      return running.kind === 'running' ? stopInstance(settings, running.pid) : 0;
    case 'restart':
    case 'try-restart': {
      if (running.kind !== 'running' && invocation.command === 'try-restart') return 0;
      const code = running.kind === 'running' ? await stopInstance(settings, running.pid) : 0;
      return code === 0 ? startInstance(settings, invocation, path, loaded) : code;
    }
    case 'reload':
    case 'force-reload':
      if (running.kind !== 'running') return 1;
      process.kill(running.pid, 'SIGHUP');
      return 0;
    case 'status':
      return status(settings, invocation, path);
    case 'run':
      throw new Error('run is handled before');
    default:
      return invocation.command satisfies never;
  }
}

async function startInstance(
  settings: Settings,
  invocation: Invocation,
  path: string,
  loaded: ReadableConfig,
): Promise<number> {
  if (invocation.debug || loaded.config.supervised) {
    const { runInForeground } = await import('./shell/run.ts');
    return runInForeground(settings, invocation, path);
  }
  const { spawnDaemon } = await import('./shell/spawn-daemon.ts');
  const isDefaultConfig = invocation.instance === 'ldirectord' && invocation.configName === 'ldirectord.cf';
  const readiness = await spawnDaemon(invocation.configName, isDefaultConfig, settings.startLimit);
  for (const text of readiness.lines) err(`${text}\n`);
  return readiness.ready ? 0 : readiness.exitCode;
}

/** How often it is seen whether the daemon is gone, in milliseconds. */
const goneEveryMs = 20;

/** Unlike the original, waits until the daemon is gone: a caller may take the address away next. */
async function stopInstance(settings: Settings, pid: number): Promise<number> {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return 0;
  }
  for (const deadline = performance.now() + settings.stopLimit; performance.now() < deadline; ) {
    if (!isLdirectord(pid)) return 0;
    await new Promise((resolve) => {
      setTimeout(resolve, goneEveryMs);
    });
  }
  err(`ldirectord: pid ${pid} is still there ${settings.stopLimit / 1000} s after SIGTERM\n`);
  return 1;
}

function status(settings: Settings, invocation: Invocation, path: string): number {
  const pidFile = pidFileOf(settings, invocation.instance);
  const running = runningInstance(pidFile);
  if (running.kind === 'running') {
    err(`ldirectord for ${path} is running with pid: ${running.pid}\n`);
    return 0;
  }
  if (running.kind === 'stale') err(`ldirectord stale pid file ${pidFile} for ${path}\n`);
  out(`ldirectord is stopped for ${path}\n`);
  return running.kind === 'stale' ? 1 : 3;
}

/** Written at once: `process.stdout` would load streams that no command needs. */
function out(text: string): void {
  writeSync(1, text);
}

function err(text: string): void {
  writeSync(2, text);
}
