import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import type { AgentStream, StreamOptions } from '../agent/agent-stream.ts';
import type { DatagramRequest, ServeRequest, VisitOutcome, VisitRequest } from '../agent/protocol.ts';
import type { Capability, LabNode, NodeNic, NodeSpec, RunOptions, RunResult } from '../node.ts';
import { nicBackend, nicDevice, nicProperties } from './command-line.ts';
import { type Golden, goldenMachine } from './golden.ts';
import { launchQemu, type QemuProcess } from './process.ts';

export interface QemuNodeOptions {
  readonly spec: NodeSpec;
  readonly golden: Golden;
  /** Short path: it holds the machine's control sockets. */
  readonly socketDirectory: string;
  /** Receives `console.log`. */
  readonly evidenceDirectory: string;
  readonly onConsole?: (text: string) => void;
  /** A QEMU process runs for this node, the first one or one after a power cut. */
  readonly onStart?: (pid: number) => void;
  /** The machine ended without having been told to. */
  readonly onCrash?: (stderr: string) => void;
}

const limits = {
  /** A restored guest answers after 0.2 s alone and 2 s in a crowd of six; a loaded host may take far longer. */
  wakeMs: 60_000,
  nicMs: 30_000,
  runMs: 30_000,
} as const;

const qemuCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'ipvs',
  'drbd',
  'serial',
  'power',
  'freeze',
  'clock',
  'hotplug',
]);

/** A node that is a QEMU machine restored from the golden snapshot. */
export class QemuNode implements LabNode {
  readonly name: string;
  readonly capabilities = qemuCapabilities;
  readonly #options: QemuNodeOptions;
  readonly #nics: NodeNic[];
  readonly #unplugged = new Set<string>();
  readonly #withoutCarrier = new Set<string>();
  #qemu: QemuProcess | undefined;

  private constructor(options: QemuNodeOptions) {
    this.name = options.spec.name;
    this.#options = options;
    this.#nics = [...options.spec.nics];
  }

  static async start(options: QemuNodeOptions): Promise<QemuNode> {
    mkdirSync(options.evidenceDirectory, { recursive: true });
    const node = new QemuNode(options);
    await node.powerOn();
    return node;
  }

  get pid(): number | undefined {
    return this.#qemu?.pid;
  }

  get hasPower(): boolean {
    return this.#qemu !== undefined;
  }

  async powerOn(): Promise<void> {
    if (this.#qemu !== undefined) return;
    const { golden, spec, socketDirectory } = this.#options;
    const qemu = await launchQemu({
      node: this.name,
      directory: socketDirectory,
      spec: goldenMachine(golden, spec.serialSockets),
      onConsole: (text) => {
        appendFileSync(join(this.#options.evidenceDirectory, 'console.log'), text);
        this.#options.onConsole?.(text);
      },
    });
    this.#qemu = qemu;
    this.#options.onStart?.(qemu.pid);
    void qemu.exited.then((stderr) => {
      if (this.#qemu !== qemu) return;
      this.#qemu = undefined;
      this.#options.onCrash?.(stderr);
    });
    await qemu.restore(join(golden.directory, 'state'));
    for (const [index, nic] of this.#nics.entries())
      if (!this.#unplugged.has(nic.name)) await this.#addNic(index, nic);
    await qemu.qmp.execute('cont');
    await qemu.agent.ping(limits.wakeMs);
    await this.#settle(
      qemu,
      this.#nics.filter(({ name }) => !this.#unplugged.has(name)),
      true,
    );
  }

  /** Names the NICs, gives them their addresses, and makes the machine itself: clock, random numbers, host name. */
  async #settle(qemu: QemuProcess, nics: readonly NodeNic[], isNew: boolean): Promise<void> {
    const { spec } = this.#options;
    const found = await qemu.agent.awaitNics(
      nics.map(({ mac }) => mac),
      limits.nicMs,
    );
    const links = nics.flatMap((nic, index) => {
      const seen = found[index];
      return [
        ...(seen === nic.name ? [] : [`link set dev ${seen} name ${nic.name}`]),
        `link set dev ${nic.name} mtu ${nic.mtu}`,
        `address add ${nic.cidr} broadcast + dev ${nic.name}`,
        `link set dev ${nic.name} up`,
      ];
    });
    const routes = [
      ...spec.routes.map(({ to, via }) => `route replace ${to} via ${via}`),
      ...(spec.gateway === undefined ? [] : [`route replace default via ${spec.gateway}`]),
    ];
    const script = [
      ...(isNew ? [`date -u -s @${(Date.now() / 1000).toFixed(3)} >/dev/null`] : []),
      `ip -force -batch - <<'END'\n${[...links, ...routes].join('\n')}\nEND`,
    ].join('\n');
    if (isNew) {
      await qemu.agent.writeAll({
        '/etc/hosts': spec.hosts,
        '/etc/hostname': `${spec.name}\n`,
        '/proc/sys/kernel/hostname': spec.name,
        '/proc/sys/net/ipv4/ip_forward': spec.forwards ? '1' : '0',
        // Every clone wakes with the same generator, which takes this in at its next reseeding.
        '/dev/urandom': randomBytes(64),
      });
    }
    const result = await qemu.agent.exec({ argv: ['sh', '-c', script], timeoutMs: limits.runMs });
    if (result.exitCode !== 0) {
      throw new LabError(
        'LAB_NODE_BOOT',
        `${this.name} refused its network set-up: ${result.stderr.trim()}`,
        { node: this.name },
      );
    }
  }

  async #addNic(index: number, nic: NodeNic): Promise<void> {
    const { qmp } = this.#alive();
    await qmp.execute('netdev_add', {
      type: 'stream',
      id: nicBackend(index),
      server: false,
      addr: { type: 'unix', path: nic.socketPath },
    });
    await qmp.execute('device_add', nicProperties(index, nic.mac));
    if (this.#withoutCarrier.has(nic.name))
      await qmp.execute('set_link', { name: nicDevice(index), up: false });
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.#alive().agent.exec({
      argv,
      timeoutMs: options.within ?? limits.runMs,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }

  stream(argv: readonly string[], options: StreamOptions): Promise<AgentStream> {
    return this.#alive().agent.stream(argv, options);
  }

  put(path: string, content: string | Uint8Array, options: { readonly mode?: number } = {}): Promise<void> {
    return this.#alive().agent.write(path, content, options);
  }

  get(path: string): Promise<Buffer> {
    return this.#alive().agent.read(path);
  }

  async follow(path: string, onText: (text: string) => void): Promise<AsyncDisposable> {
    const { agent } = this.#alive();
    await agent.follow(path, onText);
    return { [Symbol.asyncDispose]: () => agent.unfollow(path).catch(() => {}) };
  }

  serve(request: Omit<ServeRequest, 'op'>): Promise<void> {
    return this.#alive().agent.serve(request);
  }

  visit(request: Omit<VisitRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    return this.#alive().agent.visit(request);
  }

  release(hold: string): Promise<number> {
    return this.#alive().agent.release(hold);
  }

  exchangeDatagrams(request: Omit<DatagramRequest, 'op'>): Promise<readonly VisitOutcome[]> {
    return this.#alive().agent.exchangeDatagrams(request);
  }

  async powerCut(): Promise<void> {
    const qemu = this.#qemu;
    this.#qemu = undefined;
    await qemu?.kill();
    qemu?.agent.close();
    qemu?.qmp.close();
  }

  async freeze(): Promise<void> {
    await this.#alive().qmp.execute('stop');
  }

  async thaw(): Promise<void> {
    await this.#alive().qmp.execute('cont');
  }

  async reset(): Promise<void> {
    await this.powerCut();
    await this.powerOn();
  }

  async stepClock(byMs: number): Promise<void> {
    // The guest reads its own clock and sets it in one program, so that the step is what was asked for.
    const script = `use POSIX; require Time::HiRes; my $t=Time::HiRes::clock_gettime(0)+${byMs / 1000}; exec "date","-u","-s",sprintf("@%.6f",$t)`;
    const result = await this.run(['perl', '-e', script]);
    if (result.exitCode !== 0) {
      throw new LabError(
        'LAB_COMMAND_FAILED',
        `the clock of ${this.name} could not be stepped: ${result.stderr.trim()}`,
        { node: this.name },
      );
    }
  }

  async setCarrier(name: string, state: 'up' | 'down'): Promise<void> {
    const index = this.#nicIndex(name);
    if (state === 'down') this.#withoutCarrier.add(name);
    else this.#withoutCarrier.delete(name);
    if (this.#qemu === undefined || this.#unplugged.has(name)) return;
    await this.#qemu.qmp.execute('set_link', { name: nicDevice(index), up: state === 'up' });
  }

  async unplug(name: string): Promise<void> {
    const { qmp } = this.#alive();
    const index = this.#nicIndex(name);
    const gone = qmp.next(
      ({ event, data }) => event === 'DEVICE_DELETED' && data?.['device'] === nicDevice(index),
      limits.nicMs,
    );
    await qmp.execute('device_del', { id: nicDevice(index) });
    await gone;
    await qmp.execute('netdev_del', { id: nicBackend(index) });
    this.#unplugged.add(name);
  }

  async plug(name: string, options: { readonly mac?: string } = {}): Promise<void> {
    const index = this.#nicIndex(name);
    const before = this.#nics[index] as NodeNic;
    const nic = options.mac === undefined ? before : { ...before, mac: options.mac };
    this.#nics[index] = nic;
    this.#unplugged.delete(name);
    // Without power it is found in its slot at the next power on.
    if (this.#qemu === undefined) return;
    await this.#addNic(index, nic);
    await this.#settle(this.#qemu, [nic], false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerCut();
    rmSync(this.#options.socketDirectory, { recursive: true, force: true });
  }

  #nicIndex(name: string): number {
    const index = this.#nics.findIndex((nic) => nic.name === name);
    if (index < 0) {
      const known = this.#nics.map((nic) => nic.name).join(', ');
      throw new LabError('LAB_USAGE', `${this.name} has no NIC "${name}"; it has ${known}`, {
        node: this.name,
      });
    }
    return index;
  }

  #alive(): QemuProcess {
    if (this.#qemu === undefined)
      throw new LabError('LAB_NOT_RUNNING', `${this.name} has no power`, { node: this.name });
    return this.#qemu;
  }
}
