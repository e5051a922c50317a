/** The daemon's life around the director: its log, its pid file, and what it tells whoever started it. */
import { version } from '../version.ts';
import type { Invocation } from './command-line.ts';
import { loadConfig } from './config-file.ts';
import { type DaemonEnd, type DaemonOptions, runDaemon } from './daemon.ts';
import { claimPidFile, pidFileOf, releasePidFile } from './instance.ts';
import { configuredLog, stderrLog, stdoutLog } from './log.ts';
import { tellReadiness } from './readiness.ts';
import type { Settings } from './settings.ts';

/** What `start` started: answers on the readiness pipe, and has nothing else to speak to. */
export async function runInBackground(
  settings: Settings,
  invocation: Invocation,
  path: string,
): Promise<number> {
  const loaded = await loadConfig(path);
  if (!loaded.ok) {
    tellReadiness({ ready: false, exitCode: 2, lines: loaded.lines });
    return 2;
  }
  // No file system stays busy for the sake of the directory `start` was called in.
  process.chdir('/');
  const log = configuredLog(loaded.config.logTarget, invocation.instance, settings);
  const pidFile = pidFileOf(settings, invocation.instance);
  try {
    const other = claimPidFile(pidFile);
    if (other.kind === 'running') {
      tellReadiness({ ready: true, lines: [] });
      return 0;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tellReadiness({ ready: false, exitCode: 1, lines: [`ldirectord: no pid file: ${reason}`] });
    return 1;
  }
  log(`Starting Linux Director v${version} as daemon`);
  for (const note of loaded.notes) log(note);
  let isReady = false;
  const onReady = (failures: readonly string[]) => {
    isReady = true;
    tellReadiness({ ready: true, lines: failures.map((failure) => `ldirectord: ${failure}`) });
  };
  const end = await lifeOf({ settings, config: loaded.config, text: loaded.text, log, onReady });
  releasePidFile(pidFile);
  if (!isReady) {
    const reasons =
      end.reasons.length > 0 ? end.reasons : ['a signal ended the daemon before its first table was written'];
    const lines = reasons.map((reason) => `ldirectord: ${reason}`);
    tellReadiness({ ready: false, exitCode: Math.max(end.code, 1), lines });
  }
  // A check under way may hold a socket for longer than anybody wants to wait.
  process.exit(end.code);
}

/** With `-d` or `supervised = yes`: no pid file, the log where it can be watched. */
export async function runInForeground(
  settings: Settings,
  invocation: Invocation,
  path: string,
): Promise<number> {
  const log = invocation.debug ? stderrLog(invocation.instance) : stdoutLog;
  const loaded = await loadConfig(path);
  if (!loaded.ok) {
    for (const line of loaded.lines) log(line);
    return 2;
  }
  log(`Starting Linux Director v${version} with pid: ${process.pid}`);
  const end = await lifeOf({
    settings,
    config: loaded.config,
    text: loaded.text,
    log,
    onReady: () => undefined,
  });
  for (const reason of end.reasons) log(reason);
  process.exit(end.code);
}

/** The table outlives a daemon that fails: it goes on serving, and the next start adopts it. */
async function lifeOf(options: DaemonOptions): Promise<DaemonEnd> {
  const thrown = new Promise<never>((_, reject) => {
    process.once('uncaughtException', reject);
  });
  try {
    return await Promise.race([runDaemon(options), thrown]);
  } catch (error) {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    options.log(`Linux Director Daemon failed: ${stack}`);
    return { code: 1, reasons: [message] };
  }
}
