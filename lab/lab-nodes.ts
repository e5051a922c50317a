import { join } from 'node:path';
import type { NodeSpec } from './nodes/node.ts';
import { serialPorts } from './nodes/qemu/command-line.ts';
import type { LabPlan, PlannedNode } from './topology/plan.ts';
import type { CableConfiguration, SegmentConfiguration } from './wires/protocol.ts';

/*
 * From the plan to what the wires and the machines are told. All paths of sockets come from here, so that
 * both ends name the same ones; they are short, because a socket's path must fit into 108 bytes.
 */

/** A port on each segment that no machine uses: for a synthetic host that sends what a kernel would not. */
const syntheticNode = 'synthetic';

export function segmentsOf(plan: LabPlan, runDirectory: string): readonly SegmentConfiguration[] {
  return plan.segments.map((segment) => ({
    name: segment.name,
    description: `segment ${segment.network}: ${segment.ports.map(({ node }) => node).join(', ')}`,
    mtu: segment.mtu,
    ports: [
      ...segment.ports.map((port) => ({
        ...port,
        socketPath: nicSocket(plan, runDirectory, port.node, port.nic),
      })),
      {
        node: syntheticNode,
        nic: segment.name,
        mac: syntheticMac(plan, segment.name),
        socketPath: syntheticSocket(plan, runDirectory, segment.name),
      },
    ],
  }));
}

export function cablesOf(plan: LabPlan, runDirectory: string): readonly CableConfiguration[] {
  return plan.lines.map((line) => {
    const [first, second] = line.ends.map(({ node, port }) => ({
      node,
      device: port,
      socketPath: serialSocket(plan, runDirectory, node, port),
    }));
    return { name: line.name, baud: line.baud, ends: [first!, second!] };
  });
}

export function nodeSpecOf(plan: LabPlan, node: PlannedNode, runDirectory: string): NodeSpec {
  return {
    name: node.name,
    memoryMb: node.memoryMb,
    nics: node.nics.map((nic) => ({
      name: nic.name,
      mac: nic.mac,
      cidr: `${nic.address}/${nic.prefixLength}`,
      mtu: nic.mtu,
      socketPath: nicSocket(plan, runDirectory, node.name, nic.name),
    })),
    ...(node.gateway === undefined ? {} : { gateway: node.gateway }),
    routes: node.routes,
    forwards: node.forwardsIp,
    hosts: plan.hostsFile,
    serialSockets: Array.from({ length: serialPorts }, (_, index) => {
      const port = node.serial.find((serial) => serial.port === `ttyS${index + 1}`);
      return port === undefined ? undefined : serialSocket(plan, runDirectory, node.name, port.port);
    }),
  };
}

/** Outside the scheme of the nodes' addresses: the sixth byte of a NIC never reaches this. */
export function syntheticMac(plan: LabPlan, segment: string): string {
  const index = plan.segments.findIndex(({ name }) => name === segment);
  const base = plan.nodes[0]?.nics[0]?.mac ?? '02:00:00:00:00:00';
  return `${base.slice(0, 11)}:fe:${index.toString(16).padStart(2, '0')}`;
}

export function syntheticSocket(plan: LabPlan, runDirectory: string, segment: string): string {
  return join(runDirectory, `w${plan.segments.findIndex(({ name }) => name === segment)}s`);
}

function nicSocket(plan: LabPlan, runDirectory: string, node: string, nic: string): string {
  return join(runDirectory, `n${indexOf(plan, node)}-${nic}`);
}

function serialSocket(plan: LabPlan, runDirectory: string, node: string, port: string): string {
  return join(runDirectory, `n${indexOf(plan, node)}-${port}`);
}

const indexOf = (plan: LabPlan, node: string) => plan.nodes.findIndex(({ name }) => name === node);
