import { nearestHint } from '../config/nearest-name.ts';

const userCommands = ['start', 'stop', 'restart', 'try-restart', 'reload', 'force-reload', 'status'] as const;

/** `run` is what `start` starts: the daemon itself, with a pipe to its parent as file descriptor 3. */
export type CommandName = (typeof userCommands)[number] | 'run';

export interface Invocation {
  readonly debug: boolean;
  readonly configName: string;
  /** Name in the log and of the pid file. */
  readonly instance: string;
  readonly command: CommandName;
}

export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly text: string }
  | { readonly kind: 'invocation'; readonly invocation: Invocation };

export const usage = `usage: ldirectord [-d|--debug] [--] [configfile] ${userCommands.join('|')}
       ldirectord -h|--help
       ldirectord -v|--version

configfile is looked for in /etc/ha.d and /etc/ha.d/conf, then as a path; the default is ldirectord.cf.
-d stays in the foreground and logs to standard error.
`;

/** Reads the arguments after the program's name. */
export function readCommandLine(args: readonly string[]): CommandLine {
  let debug = false;
  let rest = [...args];
  for (let option = rest[0]; option?.startsWith('-'); option = rest[0]) {
    rest = rest.slice(1);
    if (option === '--') break;
    if (option === '-h' || option === '-?' || option === '--help') return { kind: 'help' };
    if (option === '-v' || option === '--version') return { kind: 'version' };
    if (option !== '-d' && option !== '--debug') return { kind: 'wrong', text: `found option ${option}` };
    debug = true;
  }
  const [first, second, extra] = rest;
  if (first === undefined) return { kind: 'wrong', text: 'found no command' };
  if (extra !== undefined) return { kind: 'wrong', text: `found argument "${extra}" after the command` };
  const name = second ?? first;
  const command = [...userCommands, 'run' as const].find((known) => known === name);
  if (command === undefined) {
    return { kind: 'wrong', text: `found command "${name}"${nearestHint(name, userCommands)}` };
  }
  const configName = second === undefined ? 'ldirectord.cf' : first;
  const instance = second === undefined ? 'ldirectord' : (first.split('/').at(-1) ?? first);
  return { kind: 'invocation', invocation: { debug, configName, instance, command } };
}
