import type { ChildProcess } from 'node:child_process';
import { appendFileSync, writeSync } from 'node:fs';
import type { LogTarget } from '../config/model.ts';
import { ctime, logLine } from './log-line.ts';
import type { Settings } from './settings.ts';

/** Where a line of the log goes. */
export type Log = (text: string) => void;

/** The log of the foreground with `-d`: standard error. */
export function stderrLog(instance: string): Log {
  return (text) => writeSync(2, `${logLine(new Date(), instance, process.pid, text)}\n`);
}

/** The log of a supervised daemon: standard output, without what its supervisor knows anyway. */
export const stdoutLog: Log = (text) => {
  writeSync(1, `[${ctime(new Date())}] ${text}\n`);
};

/** The log that the configuration names, or the default file. */
export function configuredLog(target: LogTarget | undefined, instance: string, settings: Settings): Log {
  const toDefault = fileLog(settings.logFile, instance);
  if (target === undefined) return toDefault;
  return target.kind === 'file'
    ? fileLog(target.path, instance)
    : syslogLog(target.facility, settings, toDefault);
}

/** Opens the file anew for each line, so that it can be rotated at any time. */
function fileLog(path: string, instance: string): Log {
  return (text) => {
    try {
      appendFileSync(path, `${logLine(new Date(), instance, process.pid, text)}\n`);
    } catch {
      // Balancing goes on without a log; there is nobody left to tell.
    }
  };
}

/**
 * Node speaks no datagrams to /dev/log, so the program `logger` does, one process for all lines. Without
 * it the lines go to the default file.
 */
function syslogLog(facility: string, settings: Settings, otherwise: Log): Log {
  let logger: ChildProcess | undefined;
  let isMissing = false;
  const open = () => {
    // Loaded when the first line is written: most commands write to a file or not at all.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const args = ['-t', 'ldirectord', '-p', `${facility}.info`];
    const child = spawn(settings.logger, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('error', () => {
      isMissing = true;
    });
    child.once('exit', () => {
      if (logger === child) logger = undefined;
    });
    child.stdin.on('error', () => undefined);
    // Neither the process nor the pipe keeps a command from ending; the end of the pipe ends the process.
    child.unref();
    if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
    return child;
  };
  return (text) => {
    if (!isMissing) logger ??= open();
    if (isMissing || logger?.pid === undefined) otherwise(text);
    else logger.stdin?.write(`${text}\n`);
  };
}
