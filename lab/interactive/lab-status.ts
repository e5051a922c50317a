import type { FaultBoard } from '../faults/fault-board.ts';
import type { LabNode } from '../nodes/node.ts';
import type { Role } from '../topology/define.ts';
import type { LabPlan } from '../topology/plan.ts';
import type { FaultInfo } from './control-protocol.ts';

export type LabState =
  | 'starting'
  | 'ready'
  /** Its wires ended by themselves: nothing can be recorded or judged any more. */
  | 'broken'
  | 'ending';

export type NodeState =
  | 'starting'
  | 'running'
  | 'frozen'
  /** A fault took its power. */
  | 'off'
  /** Its machine ended by itself. */
  | 'gone';

/** A running lab as `halab ps --json` shows it. */
export interface LabStatus {
  readonly name: string;
  readonly topology: string;
  /** Null when the machines were brought up without one. */
  readonly subject: string | null;
  readonly state: LabState;
  /** The owner. */
  readonly pid: number;
  readonly startedAt: string;
  readonly seed: number;
  readonly accelerator: string;
  /** Captures, consoles and the trace, as long as the lab lives. */
  readonly record: string | null;
  readonly nodes: readonly NodeStatus[];
  readonly segments: readonly {
    readonly name: string;
    readonly network: string;
    readonly nodes: readonly string[];
  }[];
  readonly lines: readonly { readonly name: string; readonly ends: readonly string[] }[];
  readonly services: readonly ServiceStatus[];
  readonly faults: readonly FaultInfo[];
}

export interface NodeStatus {
  readonly name: string;
  readonly role: Role;
  readonly state: NodeState;
  readonly nics: readonly { readonly name: string; readonly address: string; readonly segment: string }[];
}

export interface ServiceStatus {
  readonly name: string;
  readonly vip: string;
  readonly port: number;
  readonly protocol: string;
  readonly scheduler: string;
  readonly forwarding: string;
  readonly directors: readonly string[];
  readonly realServers: readonly string[];
}

/** What a topology's plan alone says. */
export function plannedStatus(
  plan: LabPlan,
): Pick<LabStatus, 'topology' | 'nodes' | 'segments' | 'lines' | 'services'> {
  return {
    topology: plan.topology,
    nodes: plan.nodes.map(({ name, role, nics }) => ({
      name,
      role,
      state: 'starting',
      nics: nics.map((nic) => ({
        name: nic.name,
        address: `${nic.address}/${nic.prefixLength}`,
        segment: nic.segment,
      })),
    })),
    segments: plan.segments.map(({ name, network, ports }) => ({
      name,
      network,
      nodes: [...new Set(ports.map(({ node }) => node))],
    })),
    lines: plan.lines.map(({ name, ends }) => ({
      name,
      ends: ends.map(({ node, port }) => `${node}:${port}`),
    })),
    services: plan.services.map(({ vip, port, protocol, scheduler, forwarding, ...service }) => ({
      name: service.name,
      vip,
      port,
      protocol,
      scheduler,
      forwarding,
      directors: service.directors.map(({ node }) => node),
      realServers: service.realServers.map(({ node }) => node),
    })),
  };
}

export function nodeState(
  machine: Pick<LabNode, 'name' | 'hasPower'>,
  faults: Pick<FaultBoard, 'stopping'>,
): NodeState {
  const takes = faults.stopping(machine.name)?.takes;
  if (takes === 'power') return 'off';
  if (!machine.hasPower) return 'gone';
  return takes === 'execution' ? 'frozen' : 'running';
}
