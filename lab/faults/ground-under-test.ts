import { LabError } from '../errors.ts';
import type { RunResult } from '../nodes/node.ts';
import { defineTopology } from '../topology/define.ts';
import { planLab } from '../topology/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Impairment } from '../wires/impairments/spec.ts';
import type { LinkChange } from '../wires/protocol.ts';
import type { FaultGround } from './fault.ts';

/** Two directors with a ring between them, a client, two real servers on two segments. */
export const plan = planLab(
  defineTopology({
    name: 'ground',
    segments: { outside: { ipv4: '203.0.113.0/24' }, inside: { ipv4: '198.51.100.0/24' } },
    lines: { ring: { kind: 'null-modem', baud: 19_200 } },
    nodes: {
      client: { role: 'client', nics: { eth0: { segment: 'outside', address: '203.0.113.10' } } },
      primary: {
        role: 'director',
        nics: {
          eth0: { segment: 'outside', address: '203.0.113.2' },
          eth1: { segment: 'inside', address: '198.51.100.2' },
        },
        serial: { ttyS1: 'ring' },
      },
      secondary: {
        role: 'director',
        nics: {
          eth0: { segment: 'outside', address: '203.0.113.3' },
          eth1: { segment: 'inside', address: '198.51.100.3' },
        },
        serial: { ttyS1: 'ring' },
      },
      web1: { role: 'realServer', nics: { eth0: { segment: 'inside', address: '198.51.100.21' } } },
      web2: { role: 'realServer', nics: { eth0: { segment: 'inside', address: '198.51.100.22' } } },
    },
  }),
);

/**
 * The surface of a lab that faults act on, without machines: it keeps the state that the real one would have, and
 * refuses what the real one refuses.
 */
export class GroundUnderTest implements FaultGround {
  readonly plan = plan;
  readonly events: TraceEvent[] = [];
  readonly impairments: Impairment[] = [];
  readonly pulled = new Set<string>();
  readonly subjectStarts: string[] = [];
  /** Each act takes one of these. */
  nowNs = 0;
  readonly #machines = new Map(plan.nodes.map(({ name }) => [name, new MachineUnderTest(name)]));

  readonly trace = {
    clock: { now: () => this.nowNs },
    add: (event: TraceEvent) => void this.events.push(event),
  };

  readonly wires = {
    impair: async (impairment: Impairment) => {
      this.impairments.push(impairment);
      return this.#moment();
    },
    heal: async (fault: string) => {
      const kept = this.impairments.filter((one) => one.fault !== fault);
      if (kept.length === this.impairments.length)
        throw new LabError('LAB_USAGE', `no fault ${fault} on any wire`);
      this.impairments.splice(0, this.impairments.length, ...kept);
      return this.#moment();
    },
    link: async ({ node, nic, state }: LinkChange) => {
      if (state === 'down') this.pulled.add(`${node}:${nic}`);
      else this.pulled.delete(`${node}:${nic}`);
      return this.#moment();
    },
  };

  node(name: string): { readonly machine: MachineUnderTest } {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new LabError('LAB_USAGE', `no node "${name}"`);
    return { machine };
  }

  async bringBack(name: string): Promise<void> {
    await this.node(name).machine.powerOn();
    await this.startSubject(name);
  }

  async startSubject(name: string): Promise<void> {
    this.subjectStarts.push(name);
  }

  /** Fault events as `+f1`, `-f1`. */
  get story(): readonly string[] {
    return this.events.flatMap((event) =>
      event.kind === 'fault' ? [`${event.change === 'start' ? '+' : '-'}${event.id}`] : [],
    );
  }

  #moment() {
    this.nowNs += 1;
    return { atNs: this.nowNs };
  }
}

export class MachineUnderTest {
  readonly name: string;
  hasPower = true;
  isFrozen = false;
  clockMs = 0;
  readonly nics = new Set(['eth0', 'eth1']);
  readonly withoutCarrier = new Set<string>();
  /** What `ps` shows; `kill` of a pid takes its line away, STOP puts a T before it. */
  processes = [
    '  1 /bin/sh /halab/start.sh',
    ' 52 node /halab/agent.cjs /dev/vport1p1',
    ' 80 /usr/sbin/heartbeat',
  ];
  /** The next act is refused with this. */
  refusal: LabError | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async powerCut(): Promise<void> {
    this.#act(false);
    this.hasPower = false;
    this.isFrozen = false;
  }

  async powerOn(): Promise<void> {
    this.#act(false);
    this.hasPower = true;
    this.clockMs = 0;
  }

  async freeze(): Promise<void> {
    this.#act(true);
    this.isFrozen = true;
  }

  async thaw(): Promise<void> {
    this.#act(true);
    this.isFrozen = false;
  }

  async stepClock(byMs: number): Promise<void> {
    this.#act(true);
    this.clockMs += byMs;
  }

  async setCarrier(nic: string, state: 'up' | 'down'): Promise<void> {
    this.#act(false);
    if (state === 'down') this.withoutCarrier.add(nic);
    else this.withoutCarrier.delete(nic);
  }

  async unplug(nic: string): Promise<void> {
    this.#act(true);
    this.nics.delete(nic);
  }

  async plug(nic: string): Promise<void> {
    this.#act(false);
    this.nics.add(nic);
  }

  async run(argv: readonly string[]): Promise<RunResult> {
    this.#act(true);
    const [program, signal, ...pids] = argv;
    if (program === 'kill') {
      this.processes = this.processes.flatMap((line) => {
        if (!pids.some((pid) => line.trim().startsWith(`${pid} `))) return [line];
        return signal === '-KILL' || signal === '-TERM' ? [] : [`${line} ${signal}`];
      });
    }
    return { exitCode: 0, signal: null, stdout: this.processes.join('\n'), stderr: '', timedOut: false };
  }

  #act(needsPower: boolean): void {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal;
    if (needsPower && !this.hasPower) throw new LabError('LAB_NOT_RUNNING', `${this.name} has no power`);
  }
}
