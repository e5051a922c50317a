import { LabError } from '../errors.ts';
import type { Fault } from '../faults/fault.ts';
import { type Faults, openFaults } from '../faults/fault-board.ts';
import type { Lab } from '../lab.ts';
import type { LabPlan } from '../topology/plan.ts';
import { unknownName } from '../wires/nearest-name.ts';
import { portLabels } from '../wires/port-labels.ts';
import type { ControlRequest, FaultInfo, WireInfo } from './control-protocol.ts';
import type { OwnerChannel } from './control-server.ts';
import { openGuestSession } from './guest-session.ts';
import { type LabState, type LabStatus, nodeState, plannedStatus } from './lab-status.ts';

export interface LabIdentity {
  readonly name: string;
  readonly plan: LabPlan;
  readonly subject: string | null;
  readonly startedAt: string;
  readonly seed: number;
  readonly accelerator: string;
}

/** A lab that is worked in by hand: answers what commands ask for, from before its machines run. */
export class InteractiveLab {
  readonly #identity: LabIdentity;
  readonly #end: () => Promise<void>;
  #running: { readonly lab: Lab; readonly faults: Faults } | undefined;
  #state: LabState = 'starting';

  /** `end` takes the lab down and resolves when nothing of it is left but its owner. */
  constructor(identity: LabIdentity, end: () => Promise<void>) {
    this.#identity = identity;
    this.#end = end;
  }

  isReady(lab: Lab): void {
    this.#running = { lab, faults: openFaults(lab) };
    this.#state = 'ready';
    void lab.wires.exited.then(({ isExpected }) => {
      if (!isExpected) this.#state = 'broken';
    });
  }

  async answer(request: ControlRequest, channel: OwnerChannel): Promise<unknown> {
    switch (request.op) {
      case 'status':
        return this.status();
      case 'down':
        this.#state = 'ending';
        await this.#end();
        return null;
      case 'fault':
        return faultInfo(await this.#ready().faults.injectWords(request.words));
      case 'heal':
        return this.#heal(request.which);
      case 'wire':
        return this.#wire(request.name);
      case 'exec': {
        const { lab, faults } = this.#ready();
        return openGuestSession(lab, faults, request, channel);
      }
      default:
        throw new LabError(
          'LAB_USAGE',
          `the owner of this lab knows no "${(request satisfies never as ControlRequest).op}"`,
        );
    }
  }

  status(): LabStatus {
    const { plan, ...identity } = this.#identity;
    const planned = plannedStatus(plan);
    const { lab, faults } = this.#running ?? {};
    return {
      ...identity,
      ...planned,
      state: this.#state,
      pid: process.pid,
      record: lab?.recordDirectory ?? null,
      nodes: planned.nodes.map((node) =>
        lab === undefined ? node : { ...node, state: nodeState(lab.node(node.name).machine, faults!) },
      ),
      faults: faults?.active.map(faultInfo) ?? [],
    };
  }

  async #heal(which: string | undefined): Promise<readonly FaultInfo[]> {
    const { faults } = this.#ready();
    const active = faults.active;
    if (which === 'all') {
      await faults.healAll();
      return active.toReversed().map(faultInfo);
    }
    const [only, ...others] = active;
    if (which === undefined && only === undefined) return [];
    if (which === undefined && others.length > 0) {
      const list = active.map(({ id, description }) => `\n  ${id}  ${description}`).join('');
      throw new LabError(
        'LAB_USAGE',
        `${active.length} faults are active: say which one to heal, or \`all\`${list}`,
      );
    }
    const id = which ?? only?.id ?? '';
    await faults.heal(id);
    return active.filter((fault) => fault.id === id).map(faultInfo);
  }

  #wire(name: string): WireInfo {
    const { lab } = this.#ready();
    const { plan } = lab;
    const line = plan.lines.find((one) => one.name === name);
    const known = [...plan.segments, ...plan.lines].map((wire) => wire.name);
    if (!known.includes(name)) throw new LabError('LAB_USAGE', unknownName('segment or line', name, known));
    return {
      tapPath: lab.wires.tapPath(name),
      kind: line === undefined ? 'segment' : 'line',
      originEpochNs: String(lab.trace.clock.originEpochNs),
      ends: line?.ends.map(({ node }) => node) ?? [],
      names: namesOn(plan, name),
    };
  }

  #ready(): { readonly lab: Lab; readonly faults: Faults } {
    if (this.#running !== undefined && this.#state !== 'ending') return this.#running;
    throw new LabError(
      'LAB_USAGE',
      `lab ${this.#identity.name} is ${this.#state}; \`halab ps\` shows when it is ready`,
    );
  }
}

function faultInfo({ id, description, injectedAt }: Fault): FaultInfo {
  return { id, description, injectedAtMs: Math.round(injectedAt / 1e6) };
}

/** A node goes by its bare name where it has one port; addresses of all segments are there, since packets travel. */
function namesOn(plan: LabPlan, wire: string): WireInfo['names'] {
  const ports = plan.segments.find(({ name }) => name === wire)?.ports ?? [];
  const labels = portLabels(ports);
  return {
    ...Object.fromEntries(
      Object.entries(plan.names.ipv4).map(([address, [name]]) => [address, name ?? address]),
    ),
    ...Object.fromEntries(ports.map(({ mac }, index) => [mac, labels[index] ?? mac])),
  };
}
