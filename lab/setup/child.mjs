import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a shell reports for a program that a signal ended. */
const signalBase = 128;
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/**
 * Runs a program in this one's place: same terminal, its signals, its end. Resolves with the exit code, or
 * ends this process by the signal that ended the program.
 */
export async function runInPlace(program, argv, options = {}) {
  const child = spawn(program, argv, { stdio: 'inherit', ...options });
  const { code, signal } = await supervise(child);
  if (signal === null) return code;
  // With its default action back, the same signal tells whoever waits for us how the program ended.
  process.kill(process.pid, signal);
  return signalBase + (signalNumbers[signal] ?? 0);
}

/**
 * Resolves when the child and its output have ended; until then this process stays, and hands on the signals
 * that it gets. Rejects when the program cannot be started.
 */
export async function supervise(child) {
  const hand = Object.keys(signalNumbers).map((signal) => {
    const listener = () => {
      if (!comesFromTerminal(signal)) child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  try {
    return await new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => done({ code, signal }));
    });
  } finally {
    for (const release of hand) release();
  }
}

/**
 * Ctrl-C reaches every process of the terminal's foreground group by itself; handing it on would be a second
 * one, which programs take for "at once". The group and the terminal's foreground group are fields 5 and 8 of
 * /proc/PID/stat, 0 terminals in field 7 (proc(5)).
 */
function comesFromTerminal(signal) {
  if (signal !== 'SIGINT' && signal !== 'SIGQUIT') return false;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== '0' && group === foreground;
}
