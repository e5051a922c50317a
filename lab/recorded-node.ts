import { LabError } from './errors.ts';
import type { DatagramRequest, VisitOutcome, VisitRequest } from './nodes/agent/protocol.ts';
import type { LabNode, RunOptions, RunResult } from './nodes/node.ts';
import type { Observed, Setting } from './trace/event.ts';
import type { TraceRecorder } from './trace/recorder.ts';

/** Where an observation is read: a file of the guest needs no program, a command costs a fork. */
const sources: Readonly<Record<Observed, { readonly file: string } | { readonly argv: readonly string[] }>> =
  {
    ip_vs: { file: '/proc/net/ip_vs' },
    ip_vs_conn: { file: '/proc/net/ip_vs_conn' },
    ip_vs_stats_exact: { argv: ['ipvsadm', '-L', '-n', '--stats', '--exact'] },
    ip_vs_listing: { argv: ['ipvsadm', '-L', '-n'] },
    ip_vs_timeouts: { argv: ['ipvsadm', '-L', '--timeout'] },
    neighbours: { argv: ['ip', '-4', 'neighbour', 'show'] },
  };

/**
 * A node as suites and subjects use it: whatever is done to it or asked of it stands in the trace, with the
 * time at which it began and ended.
 */
export class RecordedNode {
  readonly machine: LabNode;
  readonly #trace: TraceRecorder;
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(machine: LabNode, trace: TraceRecorder) {
    this.machine = machine;
    this.#trace = trace;
  }

  get name(): string {
    return this.machine.name;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const at = this.#trace.clock.now();
    const result = await this.machine.run(argv, options);
    const { exitCode, stdout, stderr } = result;
    this.#trace.add({
      kind: 'command',
      at,
      until: this.#trace.clock.now(),
      node: this.name,
      argv,
      ...(options.input === undefined ? {} : { input: options.input }),
      exitCode,
      stdout,
      stderr,
    });
    return result;
  }

  /** Runs a program that must succeed for the lab to make sense. */
  async must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.exitCode === 0) return result.stdout;
    const how = result.timedOut ? 'did not end in time' : `ended with ${result.exitCode ?? result.signal}`;
    throw new LabError(
      'LAB_COMMAND_FAILED',
      `"${argv.join(' ')}" on ${this.name} ${how}: ${result.stderr.trim() || result.stdout.trim()}`,
      {
        node: this.name,
      },
    );
  }

  async observe(what: Observed, options: { readonly namespace?: string } = {}): Promise<string> {
    const at = this.#trace.clock.now();
    const text = await this.#look(what, options.namespace);
    this.#trace.add({
      kind: 'observation',
      at,
      until: this.#trace.clock.now(),
      node: this.name,
      what,
      text,
      ...options,
    });
    return text;
  }

  async #look(what: Observed, namespace: string | undefined): Promise<string> {
    const source = sources[what];
    if ('file' in source && namespace === undefined) return (await this.machine.get(source.file)).toString();
    const argv = 'file' in source ? ['cat', source.file] : source.argv;
    const result = await this.machine.run(
      namespace === undefined ? argv : ['ip', 'netns', 'exec', namespace, ...argv],
    );
    if (result.exitCode === 0) return result.stdout;
    throw new LabError(
      'LAB_COMMAND_FAILED',
      `"${argv.join(' ')}" on ${this.name} ended with ${result.exitCode}: ${result.stderr.trim()}`,
      {
        node: this.name,
      },
    );
  }

  async visit(request: Omit<VisitRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    const at = this.#trace.clock.now();
    const outcomes = await this.machine.visit(request);
    this.#trace.add({
      kind: 'visit',
      at,
      until: this.#trace.clock.now(),
      node: this.name,
      protocol: 'tcp',
      address: request.address,
      port: request.port,
      outcomes,
      ...(request.hold === undefined ? {} : { hold: request.hold }),
    });
    return outcomes;
  }

  async release(hold: string): Promise<void> {
    await this.machine.release(hold);
    this.#trace.mark(`released ${hold}`);
  }

  async exchangeDatagrams(request: Omit<DatagramRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    const at = this.#trace.clock.now();
    const outcomes = await this.machine.exchangeDatagrams(request);
    this.#trace.add({
      kind: 'visit',
      at,
      until: this.#trace.clock.now(),
      node: this.name,
      protocol: 'udp',
      address: request.address,
      port: request.port,
      outcomes,
    });
    return outcomes;
  }

  /** Changes something that rules must know about, and remembers how to undo it unless it is to be kept. */
  async set(setting: Setting, options: { readonly keep?: boolean } = {}): Promise<void> {
    const isUndone = options.keep !== true;
    const before =
      isUndone && setting.what === 'sysctl'
        ? (await this.machine.get(sysctlPath(setting.name))).toString().trim()
        : '';
    await this.#apply(setting);
    if (isUndone) this.#undo.push(() => this.#apply(inverse(setting, before)));
  }

  /** Takes a NIC out of the machine and puts it in again. Addresses besides its own are gone then. */
  async replug(nic: string): Promise<void> {
    await this.machine.unplug(nic);
    await this.machine.plug(nic);
  }

  /** Gives a NIC another MAC, as if the card, or the machine around it, had been replaced. */
  async changeMac(nic: string, mac: string): Promise<void> {
    const at = this.#trace.clock.now();
    await this.must(['ip', 'link', 'set', 'dev', nic, 'address', mac]);
    this.#trace.add({
      kind: 'setting',
      at,
      until: this.#trace.clock.now(),
      node: this.name,
      setting: { what: 'mac', nic, mac },
    });
  }

  /** Has something undone with the settings, the last first. */
  onUndo(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** Undoes every setting, the last first. */
  async undoSettings(): Promise<void> {
    for (;;) {
      const undo = this.#undo.pop();
      if (undo === undefined) return;
      await undo();
    }
  }

  async #apply(setting: Setting): Promise<void> {
    const at = this.#trace.clock.now();
    for (const step of commandsFor(setting)) {
      if ('file' in step) await this.machine.put(step.file, step.content);
      else await this.must(step.argv);
    }
    this.#trace.add({ kind: 'setting', at, until: this.#trace.clock.now(), node: this.name, setting });
  }
}

type Step = { readonly argv: readonly string[] } | { readonly file: string; readonly content: string };

function commandsFor(setting: Setting): readonly Step[] {
  switch (setting.what) {
    case 'sysctl':
      return [{ file: sysctlPath(setting.name), content: setting.value }];
    case 'address': {
      const verb = setting.change === 'added' ? 'add' : 'del';
      const scope = setting.change === 'added' ? ['scope', setting.scope] : [];
      return [
        {
          argv: [
            'ip',
            'address',
            verb,
            `${setting.address}/${setting.prefixLength}`,
            'dev',
            setting.device,
            ...scope,
          ],
        },
      ];
    }
    case 'mac':
      return [];
    case 'route-mtu':
      return [{ argv: routeCommand(setting.destination, setting.mtu) }];
    case 'arp-filter':
      return arpFilterCommands(setting);
    default:
      return setting satisfies never;
  }
}

/** The route that the kernel uses anyway, once more for this destination alone, with an MTU that is not learnt away. */
function routeCommand(destination: string, mtu: number): readonly string[] {
  const script =
    mtu === 0
      ? `ip route del ${destination}/32 && ip route flush cache`
      : `set -- $(ip -o route get ${destination}); via=; [ "$2" = via ] && via="via $3"; ` +
        `dev=$(ip -o route get ${destination} | sed 's/.* dev \\([^ ]*\\).*/\\1/'); ip route replace ${destination}/32 $via dev $dev mtu lock ${mtu}`;
  return ['sh', '-c', script];
}

function arpFilterCommands(setting: Extract<Setting, { what: 'arp-filter' }>): readonly Step[] {
  const { address, replacement, by, change } = setting;
  if (by === 'nft') {
    if (change === 'removed') return [{ argv: ['nft', 'delete', 'table', 'arp', 'halab'] }];
    const rules = [
      'add table arp halab',
      'add chain arp halab in { type filter hook input priority 0; }',
      'add chain arp halab out { type filter hook output priority 0; }',
      `add rule arp halab in arp daddr ip ${address} drop`,
      `add rule arp halab out arp saddr ip ${address} arp saddr ip set ${replacement}`,
    ];
    return [{ argv: ['nft', rules.join('\n')] }];
  }
  const verb = change === 'added' ? '-A' : '-D';
  return [
    { argv: ['arptables', verb, 'INPUT', '-d', address, '-j', 'DROP'] },
    { argv: ['arptables', verb, 'OUTPUT', '-s', address, '-j', 'mangle', '--mangle-ip-s', replacement] },
  ];
}

function inverse(setting: Setting, before: string): Setting {
  switch (setting.what) {
    case 'mac':
      return setting;
    case 'sysctl':
      return { ...setting, value: before };
    case 'address':
      return { ...setting, change: setting.change === 'added' ? 'removed' : 'added' };
    case 'route-mtu':
      return { ...setting, mtu: 0 };
    case 'arp-filter':
      return { ...setting, change: setting.change === 'added' ? 'removed' : 'added' };
    default:
      return setting satisfies never;
  }
}

function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}
