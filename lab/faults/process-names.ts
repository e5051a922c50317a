import { basename } from 'node:path';

/** Full command lines, one a line after its process id: procps' ps(1). */
export const listProcesses = ['ps', '-e', '-ww', '-o', 'pid=,args='] as const;

/** A script is known by its own name, not by that of the program that runs it. */
const interpreters = /^(?:node|perl|python3?|sh|bash|dash)$/;

/** The lab's own hand in the guest; without it the node would be lost to the lab. */
const agentScript = 'agent.cjs';

/** The processes that go by a name: their program's, or that of the script it runs, with or without extension. */
export function pidsNamed(listing: string, name: string): readonly number[] {
  return processesIn(listing).flatMap(({ pid, names }) => (names.includes(name) ? [pid] : []));
}

export function namesRunning(listing: string): readonly string[] {
  return [...new Set(processesIn(listing).flatMap(({ names }) => names.slice(-1)))].toSorted();
}

function processesIn(
  listing: string,
): readonly { readonly pid: number; readonly names: readonly string[] }[] {
  return listing.split('\n').flatMap((line) => {
    const [, pid, args = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    // The kernel's own threads stand in brackets; process 1 is the node itself.
    if (pid === undefined || pid === '1' || args.startsWith('[')) return [];
    const names = namesOf(args.split(/\s+/));
    const isOurs = names.includes(agentScript) || args === listProcesses.join(' ');
    return isOurs ? [] : [{ pid: Number(pid), names }];
  });
}

/** The last one is the most telling. */
function namesOf([program = '', ...args]: readonly string[]): readonly string[] {
  // `heartbeat:` as daemons write that set their title, `-sh` as a login shell does.
  const own = basename(program).replace(/:$/, '').replace(/^-/, '');
  if (!interpreters.test(own)) return [own];
  const script = args.find((word) => !word.startsWith('-'));
  return script === undefined ? [own] : [own, basename(script), basename(script).replace(/\.\w+$/, '')];
}
