import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseMac } from 'tcpdump-parser';
import { refusedCommands } from '../checkers/ipvsadm-refusals.ts';
import { LabError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { syntheticMac, syntheticSocket } from '../lab-nodes.ts';
import type { RunResult } from '../nodes/node.ts';
import type { RecordedNode } from '../recorded-node.ts';
import type { Subject } from '../subject/subject.ts';
import { SyntheticHost } from '../synthetic-host.ts';
import type { PlannedNode } from '../topology/plan.ts';
import type { Observed } from '../trace/event.ts';
import { eventsFor, type TraceHeader, writeEvidence } from '../trace/evidence.ts';
import type { RecordPosition } from '../wires/protocol.ts';

/** IPVS adds its per-processor counters up every two seconds (ip_vs_est.c); later than this it never will. */
const counterLimitMs = 5000;
const counterLookMs = 50;
/** No frame for this long: what guests had to say on their own account has been said. */
const quietMs = 40;
const quietLimitMs = 5000;

/**
 * What a suite sees of a lab during one test: nodes to act on, a host on the wire, and the record of it. All
 * that a test set is undone when it ends.
 */
export class LabStory {
  readonly lab: Lab;
  readonly subject: Subject;
  readonly #hosts = new Map<string, SyntheticHost>();
  #begin: RecordPosition | undefined;
  #isPinned = false;

  constructor(lab: Lab, subject: Subject) {
    this.lab = lab;
    this.subject = subject;
  }

  /** What a command must be refused with: `ipvsadm`'s contract. */
  readonly refusedCommands = refusedCommands;

  node(name: string): RecordedNode {
    return this.lab.node(name);
  }

  /** Addresses of a segment that nobody has. The last one is the synthetic host's neighbour that never exists. */
  spare(segment: string): readonly string[] {
    const spare = this.lab.plan.segments.find(({ name }) => name === segment)?.spare ?? [];
    // The first is the synthetic host's own.
    return spare.slice(1);
  }

  mac(node: string, nic: string): string {
    const found = this.#planned(node).nics.find(({ name }) => name === nic);
    if (found === undefined) throw new LabError('LAB_USAGE', `${node} has no NIC "${nic}"`);
    return found.mac;
  }

  macNumber(node: string, nic: string): number {
    return parseMac(this.mac(node, nic)) ?? 0;
  }

  /** A host on the segment that is no machine, with the first spare address. */
  async host(segment: string): Promise<SyntheticHost> {
    const known = this.#hosts.get(segment);
    if (known !== undefined) return known;
    const { plan, runDirectory } = this.lab;
    const address = plan.segments.find(({ name }) => name === segment)?.spare[0];
    if (address === undefined)
      throw new LabError('LAB_USAGE', `segment "${segment}" has no spare address for a synthetic host`);
    const host = await SyntheticHost.connect({
      socketPath: syntheticSocket(plan, runDirectory, segment),
      mac: syntheticMac(plan, segment),
      address,
    });
    this.#hosts.set(segment, host);
    return host;
  }

  /**
   * Has the client send to the director whatever ARP says: what a test shows of forwarding does not hang on what
   * another shows of ARP. Lasts until `askForVip`.
   */
  async pinVip(): Promise<void> {
    await this.#pin(true);
  }

  /** Has the client find the VIP by ARP, as every neighbour does. */
  async askForVip(): Promise<void> {
    await this.#pin(false);
  }

  async #pin(isPinned: boolean): Promise<void> {
    if (this.#isPinned === isPinned) return;
    this.#isPinned = isPinned;
    const client = this.lab.plan.nodes.find(({ role }) => role === 'client');
    for (const { vip, vipSegment, directors } of this.lab.plan.services) {
      const nic = client?.nics.find(({ segment }) => segment === vipSegment);
      const [director] = directors;
      // A client behind a router leaves the VIP to that.
      if (client === undefined || nic === undefined || director === undefined) continue;
      const entry = isPinned
        ? ['replace', vip, 'lladdr', this.mac(director.node, director.vipNic), 'nud', 'permanent']
        : ['del', vip];
      await this.node(client.name).must(['ip', 'neighbour', ...entry, 'dev', nic.name]);
    }
  }

  /** Everything that was sent to the node's first NIC has been handled when this resolves. */
  async fence(host: SyntheticHost, node: string): Promise<void> {
    const [nic] = this.#planned(node).nics;
    if (nic !== undefined) await host.fence(parseMac(nic.mac) ?? 0, nic.address);
  }

  /** Waits until the last packets of connections that just ended have crossed the wires. */
  async settleWire(): Promise<void> {
    const deadline = performance.now() + quietLimitMs;
    let last = -1;
    for (;;) {
      const frames = Object.values((await this.lab.wires.flush()).wires).reduce(
        (sum, wire) => sum + wire.frames,
        0,
      );
      if (frames === last || performance.now() > deadline) return;
      last = frames;
      await delay(quietMs);
    }
  }

  /**
   * Waits until `ipvsadm --stats` counts all packets so far: it shows sums that the kernel makes every two
   * seconds, and the file of the single processors shows both, the sums in the row `~`.
   */
  async settleCounters(name: string): Promise<void> {
    const deadline = performance.now() + counterLimitMs;
    while (performance.now() < deadline) {
      const text = (await this.node(name).machine.get('/proc/net/ip_vs_stats_percpu')).toString();
      const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
      // A processor's row has its number before five counters; the rates below have no number.
      const live = rows
        .filter((row) => row.length === 6 && /^[0-9A-F]+$/.test(row[0] ?? ''))
        .map((row) => row.slice(1));
      const sums = rows.find(([cpu]) => cpu === '~')?.slice(1) ?? [];
      const isSettled = sums.every((sum, column) => Number.parseInt(sum, 16) === total(live, column));
      if (isSettled) return;
      await delay(counterLookMs);
    }
  }

  /** Looks at something again and again for a while: what changes with time is shown by several looks. */
  async watch(
    node: RecordedNode,
    what: Observed,
    times: { readonly every: number; readonly during: number },
  ): Promise<void> {
    const end = performance.now() + times.during;
    while (performance.now() < end) {
      await node.observe(what);
      await delay(times.every);
    }
  }

  /** An IPVS table of the node's kernel that belongs to nobody: in a network namespace of its own. */
  async scratchTable(name: string): Promise<(argv: readonly string[], input?: string) => Promise<RunResult>> {
    const node = this.node(name);
    // Without any address the namespace has no routing table, and the kernel takes no address for unicast.
    await node.must(['sh', '-c', 'ip netns add scratch && ip -n scratch link set lo up']);
    node.onUndo(async () => void (await node.must(['ip', 'netns', 'del', 'scratch'])));
    return (argv, input) =>
      node.run(['ip', 'netns', 'exec', 'scratch', 'ipvsadm', ...argv], input === undefined ? {} : { input });
  }

  async begin(test: string): Promise<void> {
    this.lab.trace.mark(`test ${test}`);
    this.#begin = await this.lab.wires.flush();
  }

  /** Undoes what the test set. */
  async end(): Promise<void> {
    for (const host of this.#hosts.values()) host[Symbol.dispose]();
    this.#hosts.clear();
    for (const node of this.lab.nodes) await node.undoSettings();
  }

  /** Writes the record of this test so far, or of the lab's whole life, into a folder. */
  async writeEvidence(target: string, since: 'test' | 'start'): Promise<void> {
    const to = await this.lab.wires.flush();
    const window = { from: this.#begin ?? to, to };
    const { trace, plan, seed, recordDirectory } = this.lab;
    const header: TraceHeader = {
      kind: 'header',
      halab: '0.1.0',
      topology: plan.topology,
      subject: this.subject.name,
      seed,
      originEpochNs: String(trace.clock.originEpochNs),
      beginsAtStart: since === 'start',
      isComplete: Object.values(to.wires).every(({ isComplete }) => isComplete),
    };
    const events = eventsFor(window, trace.events, since === 'start');
    writeEvidence({ recordDirectory, target, window, events, header });
    await this.#keepLogs(target);
  }

  /** The subject's own logs, as they are now. They are evidence for people; no verdict is drawn from them. */
  async #keepLogs(target: string): Promise<void> {
    for (const planned of this.lab.plan.nodes.filter(({ role }) => role === 'director')) {
      for (const path of this.subject.logFiles) {
        const content = await this.node(planned.name)
          .machine.get(path)
          .catch(() => undefined);
        if (content !== undefined) writeFileSync(join(target, `${planned.name}.${basename(path)}`), content);
      }
    }
  }

  #planned(name: string): PlannedNode {
    const found = this.lab.plan.nodes.find((node) => node.name === name);
    if (found === undefined)
      throw new LabError('LAB_USAGE', `topology ${this.lab.plan.topology} has no node "${name}"`);
    return found;
  }
}

/** Sum of one column of hexadecimal numbers. */
function total(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((sum, row) => sum + Number.parseInt(row[column] ?? '0', 16), 0);
}
