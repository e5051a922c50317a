import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { cablesOf, nodeSpecOf, segmentsOf } from './lab-nodes.ts';
import type { MachineRoom } from './machine-room.ts';
import { QemuNode } from './nodes/qemu/qemu-node.ts';
import { RecordedNode } from './recorded-node.ts';
import { createRunDirectory, type RunDirectory } from './run-directory.ts';
import { waitForTable } from './subject/readiness.ts';
import { defaultTiming, type NodeIntent, type NodeSetUp, type Subject } from './subject/subject.ts';
import { nearestName } from './topology/nearest-name.ts';
import type { LabPlan } from './topology/plan.ts';
import { LabClock, TraceRecorder } from './trace/recorder.ts';
import { startWires, type Wires } from './wires/wires.ts';

export interface LabOptions {
  readonly plan: LabPlan;
  readonly room: MachineRoom;
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

/** Port on which every real server echoes datagrams. */
const udpEchoPort = 7;

/**
 * A running lab: machines, wires, one trace. Owns everything that it made, and takes it all away when
 * disposed; what a killed owner leaves, the next command finds by its run directory.
 */
export class Lab implements AsyncDisposable {
  readonly plan: LabPlan;
  readonly seed: number;
  readonly trace: TraceRecorder;
  readonly wires: Wires;
  readonly room: MachineRoom;
  readonly #directory: RunDirectory;
  readonly #nodes: ReadonlyMap<string, RecordedNode>;

  private constructor(
    options: LabOptions,
    directory: RunDirectory,
    trace: TraceRecorder,
    wires: Wires,
    nodes: ReadonlyMap<string, RecordedNode>,
  ) {
    this.plan = options.plan;
    this.seed = options.seed;
    this.room = options.room;
    this.trace = trace;
    this.wires = wires;
    this.#directory = directory;
    this.#nodes = nodes;
  }

  /** Makes wires and machines; no subject is installed yet. */
  static async start(options: LabOptions): Promise<Lab> {
    const { plan, room, seed } = options;
    await using undo = new AsyncDisposableStack();
    const directory = undo.use(createRunDirectory());
    const record = join(directory.path, 'record');
    mkdirSync(record);
    const clock = new LabClock();
    const trace = new TraceRecorder(clock, join(record, 'trace.jsonl'));
    const wires = undo.use(
      await startWires({
        segments: segmentsOf(plan, directory.path),
        cables: cablesOf(plan, directory.path),
        recordDirectory: record,
        tapDirectory: directory.path,
        originMonotonicNs: clock.originMonotonicNs,
        originEpochNs: clock.originEpochNs,
        seed,
        comment: `halab: topology ${plan.topology}`,
        names: {
          ipv4: Object.entries(plan.names.ipv4).flatMap(([address, names]) =>
            names.slice(0, 1).map((name) => ({ address, name })),
          ),
          mac: Object.entries(plan.names.mac).map(([address, name]) => ({ address, name })),
        },
        wrapper: ['setpriv', '--pdeathsig', 'TERM', '--'],
      }),
    );
    directory.adopt(wires.pid);
    const started = await Promise.allSettled(
      plan.nodes.map(async (node, index) => {
        const golden = await room.golden(node.memoryMb);
        const machine = await QemuNode.start({
          spec: nodeSpecOf(plan, node, directory.path),
          golden,
          socketDirectory: join(directory.path, `m${index}`),
          evidenceDirectory: join(record, 'nodes', node.name),
          onConsole: (text) => trace.add({ kind: 'console', at: clock.now(), node: node.name, text }),
          onStart: (pid) => directory.adopt(pid),
        });
        undo.use(machine);
        return new RecordedNode(machine, trace);
      }),
    );
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const nodes = new Map(
      started.flatMap((result) =>
        result.status === 'fulfilled' ? [[result.value.name, result.value] as const] : [],
      ),
    );
    const lab = new Lab(options, directory, trace, wires, nodes);
    lab.#undo = undo.move();
    return lab;
  }

  #undo = new AsyncDisposableStack();
  #subject: Subject | undefined;

  /** Where wires and trace are recorded while the lab lives. */
  get recordDirectory(): string {
    return join(this.#directory.path, 'record');
  }

  get runDirectory(): string {
    return this.#directory.path;
  }

  node(name: string): RecordedNode {
    const node = this.#nodes.get(name);
    if (node !== undefined) return node;
    const nearest = nearestName(name, [...this.#nodes.keys()]);
    throw new LabError(
      'LAB_USAGE',
      `topology ${this.plan.topology} has no node "${name}"; it has ${[...this.#nodes.keys()].join(', ')}` +
        (nearest === undefined ? '' : `; did you mean "${nearest}"?`),
    );
  }

  get nodes(): readonly RecordedNode[] {
    return [...this.#nodes.values()];
  }

  intent(node: string): NodeIntent {
    const planned = this.plan.nodes.find(({ name }) => name === node);
    if (planned === undefined) throw new LabError('LAB_USAGE', `no node "${node}"`);
    return { plan: this.plan, node: planned, timing: defaultTiming };
  }

  /** Installs a subject on every node, starts it on the directors, and waits until the cluster serves. */
  async install(subject: Subject): Promise<void> {
    this.#subject = subject;
    await Promise.all(this.nodes.map((node) => this.#setUp(subject, node)));
    const directors = this.nodes.filter(({ name }) => this.intent(name).node.role === 'director');
    await Promise.all(directors.map((node) => subject.start(node, this.intent(node.name))));
    const ready = await Promise.all(directors.map((node) => waitForTable(node, this.intent(node.name))));
    const isReady = ready.every((one) => one);
    this.trace.mark(
      `subject ${subject.name} ${isReady ? 'is ready' : 'has settled, and its table is not the intended one'}`,
    );
  }

  /**
   * Power on after a cut, with everything on the node that was installed there: a machine comes back with what
   * is on its disk. Does not wait until a director serves.
   */
  async bringBack(name: string): Promise<void> {
    const node = this.node(name);
    await node.machine.powerOn();
    if (this.#subject !== undefined) await this.#setUp(this.#subject, node);
    await this.startSubject(name);
  }

  /** Starts the installed subject on a director; on any other node nothing of it runs. */
  async startSubject(name: string): Promise<void> {
    const intent = this.intent(name);
    if (intent.node.role === 'director') await this.#subject?.start(this.node(name), intent);
  }

  async #setUp(subject: Subject, node: RecordedNode): Promise<void> {
    const intent = this.intent(node.name);
    const setUp = subject.setUp(intent);
    await Promise.all([
      this.#address(node, setUp),
      ...setUp.files.map(({ path, text, mode }) => node.machine.put(path, text, { mode })),
      intent.node.role === 'realServer' ? this.#serve(node, intent) : undefined,
      subject.install?.(node, intent),
    ]);
  }

  async #address(node: RecordedNode, setUp: NodeSetUp): Promise<void> {
    // Suppression comes before the address: the other way round the address is visible for a moment.
    for (const [name, value] of Object.entries(setUp.sysctls)) {
      await node.set({ what: 'sysctl', name, value }, { keep: true });
    }
    for (const { address, prefixLength, device } of setUp.addresses) {
      await node.set(
        { what: 'address', change: 'added', address, prefixLength, device, scope: 'global' },
        { keep: true },
      );
    }
    for (const { to, via } of setUp.routes) await node.must(['ip', 'route', 'replace', to, 'via', via]);
  }

  async #serve(node: RecordedNode, { plan }: NodeIntent): Promise<void> {
    const ports = new Set(
      plan.services.flatMap(({ realServers }) =>
        realServers.filter((server) => server.node === node.name).map(({ rport }) => rport),
      ),
    );
    for (const port of ports) await node.machine.serve({ protocol: 'http', port, text: node.name });
    await node.machine.serve({ protocol: 'udp', port: udpEchoPort, text: node.name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}
