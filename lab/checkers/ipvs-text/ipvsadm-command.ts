import type { Endpoint } from './hex-endpoint.ts';
import { readDecimalEndpoint, type VirtualService } from './table.ts';

export type Operation =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'clear'
  | 'restore'
  | 'save'
  | 'list'
  | 'zero'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'
  | 'help';

/** What somebody asked of ipvsadm, as far as the arguments say it. */
export interface IpvsadmCommand {
  /** Network namespace that it ran in; empty for the node's own. */
  readonly namespace: string;
  readonly operation: Operation | undefined;
  readonly service: ServiceArgument | undefined;
  /** `-r`. Without a port the service's port counts. */
  readonly server: Endpoint | undefined;
  readonly scheduler: string | undefined;
  readonly isPersistent: boolean;
  readonly weight: string | undefined;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly method: 'dr' | 'nat' | 'tun';
  /** `--set`: seconds for tcp, tcpfin, udp; 0 leaves one as it is. */
  readonly timeouts: readonly number[] | undefined;
  /** An option that ipvsadm does not have. */
  readonly unknownOption: string | undefined;
}

export interface ServiceArgument extends Endpoint {
  readonly protocol: VirtualService['protocol'];
}

const operations: Readonly<Record<string, Operation>> = {
  '-A': 'add-service',
  '--add-service': 'add-service',
  '-E': 'edit-service',
  '--edit-service': 'edit-service',
  '-D': 'delete-service',
  '--delete-service': 'delete-service',
  '-a': 'add-server',
  '--add-server': 'add-server',
  '-e': 'edit-server',
  '--edit-server': 'edit-server',
  '-d': 'delete-server',
  '--delete-server': 'delete-server',
  '-C': 'clear',
  '--clear': 'clear',
  '-R': 'restore',
  '--restore': 'restore',
  '-S': 'save',
  '--save': 'save',
  '-L': 'list',
  '-l': 'list',
  '--list': 'list',
  '-Z': 'zero',
  '--zero': 'zero',
  '--set': 'set',
  '--start-daemon': 'start-daemon',
  '--stop-daemon': 'stop-daemon',
  '-h': 'help',
  '--help': 'help',
};

/** Operations that change where a new connection goes. */
const changing: ReadonlySet<Operation> = new Set([
  'add-service',
  'edit-service',
  'delete-service',
  'add-server',
  'edit-server',
  'delete-server',
  'clear',
  'restore',
]);

export function changesTable({ operation }: IpvsadmCommand): boolean {
  return operation !== undefined && changing.has(operation);
}

const plain = new Set([
  '-6',
  '-g',
  '--gatewaying',
  '-i',
  '--ipip',
  '-m',
  '--masquerading',
  '-n',
  '--numeric',
  '-c',
  '--connection',
  '-o',
  '--ops',
  '-X',
  '--exact',
  '--stats',
  '--rate',
  '--timeout',
  '--daemon',
  '--thresholds',
  '--persistent-conn',
  '--tun-info',
  '--tun-nocsum',
  '--tun-csum',
  '--tun-remcsum',
  '--nosort',
  '--sort',
]);
const withValue = new Set([
  '-M',
  '--netmask',
  '-b',
  '--sched-flags',
  '--pe',
  '--tun-type',
  '--tun-port',
  '--mcast-interface',
  '--syncid',
  '--sync-maxlen',
  '--mcast-group',
  '--mcast-port',
  '--mcast-ttl',
]);
const serviceOptions: Readonly<Record<string, VirtualService['protocol']>> = {
  '-t': 'tcp',
  '--tcp-service': 'tcp',
  '-u': 'udp',
  '--udp-service': 'udp',
  '--sctp-service': 'sctp',
  '-f': 'fwmark',
  '--fwmark-service': 'fwmark',
};

/**
 * The ipvsadm commands in an argument vector: the program itself, in a network namespace (`ip netns exec NAME`), or
 * in a `sh -c` line, taken apart at `;`, `&&`, `||` and `|`. Empty when it runs something else. What `-R` reads from
 * `input` stands in its place, line by line; without it there is a command with the operation `restore`.
 */
export function readIpvsadmCommands(argv: readonly string[], input?: string): readonly IpvsadmCommand[] {
  return linesOf(argv).flatMap((words) => {
    const [namespace, rest] = withoutNamespace(words);
    const [program = '', ...options] = rest;
    if (program.split('/').at(-1) !== 'ipvsadm') return [];
    const command = readOptions(namespace, options);
    return command.operation === 'restore' && input !== undefined ? readRules(namespace, input) : [command];
  });
}

/** Rules as `ipvsadm -S -n` writes and `-R` reads them: one command a line, without the program's name. */
export function readRules(namespace: string, text: string): readonly IpvsadmCommand[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => readOptions(namespace, line.split(/\s+/)));
}

function linesOf(argv: readonly string[]): readonly (readonly string[])[] {
  const [namespace, [program = '', option = '', line = '']] = withoutNamespace(argv);
  const isShell = /(?:^|\/)(?:sh|bash|ash|dash)$/.test(program) && /^-[a-z]*c$/.test(option);
  if (!isShell) return [argv];
  const prefix = namespace === '' ? [] : ['ip', 'netns', 'exec', namespace];
  return line.split(/;|&&|\|\|?|\n/).map((part) => {
    const words = part.trim().split(/\s+/);
    const end = words.findIndex((word) => /^[0-9]?[<>]/.test(word));
    const command = end < 0 ? words : words.slice(0, end);
    return command[0] === 'ip' ? command : [...prefix, ...command];
  });
}

function withoutNamespace(argv: readonly string[]): readonly [string, readonly string[]] {
  const [ip = '', netns, exec, name] = argv;
  if (ip.split('/').at(-1) !== 'ip' || netns !== 'netns' || exec !== 'exec') return ['', argv];
  return [name ?? '', argv.slice(4)];
}

function readOptions(namespace: string, options: readonly string[]): IpvsadmCommand {
  const command = {
    namespace,
    operation: undefined as Operation | undefined,
    service: undefined as ServiceArgument | undefined,
    server: undefined as Endpoint | undefined,
    scheduler: undefined as string | undefined,
    isPersistent: false,
    weight: undefined as string | undefined,
    upperThreshold: 0,
    lowerThreshold: 0,
    method: 'dr' as IpvsadmCommand['method'],
    timeouts: undefined as readonly number[] | undefined,
    unknownOption: undefined as string | undefined,
  };
  const words = options.flatMap(split);
  let serverText: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const next = words[at + 1] ?? '';
    const operation = operations[word];
    const protocol = serviceOptions[word];
    if (operation !== undefined) {
      command.operation ??= operation;
      if (operation === 'set') {
        command.timeouts = words.slice(at + 1, at + 4).map(Number);
        at += 3;
      } else if (operation === 'start-daemon' || operation === 'stop-daemon') at += 1;
    } else if (protocol !== undefined) {
      const endpoint = protocol === 'fwmark' ? { address: Number(next), port: 0 } : readDecimalEndpoint(next);
      if (endpoint !== undefined) command.service = { protocol, ...endpoint };
      at += 1;
    } else if (word === '-r' || word === '--real-server') {
      serverText = next;
      at += 1;
    } else if (word === '-s' || word === '--scheduler') {
      command.scheduler = next;
      at += 1;
    } else if (word === '-p' || word === '--persistent') {
      command.isPersistent = true;
      if (/^[0-9]+$/.test(next)) at += 1;
    } else if (word === '-w' || word === '--weight') {
      command.weight = next;
      at += 1;
    } else if (word === '-x' || word === '--u-threshold') {
      command.upperThreshold = Number(next);
      at += 1;
    } else if (word === '-y' || word === '--l-threshold') {
      command.lowerThreshold = Number(next);
      at += 1;
    } else if (withValue.has(word)) at += 1;
    else if (!plain.has(word)) command.unknownOption ??= word;
    if (word === '-m' || word === '--masquerading') command.method = 'nat';
    if (word === '-i' || word === '--ipip') command.method = 'tun';
  }
  if (serverText !== undefined) {
    const withPort = serverText.includes(':') ? serverText : `${serverText}:${command.service?.port ?? 0}`;
    command.server = readDecimalEndpoint(withPort);
  }
  return command;
}

/** `-Ln` into `-L` and `-n`, `--weight=2` into two words. */
function split(word: string): readonly string[] {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
  }
  if (!/^-[A-Za-z]{2,}$/.test(word)) return [word];
  return [...word.slice(1)].map((letter) => `-${letter}`);
}
