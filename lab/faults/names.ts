import type { LabPlan } from '../topology/plan.ts';
import { unknownName } from '../wires/nearest-name.ts';
import { type Parameter, wanted } from './parameter.ts';

/** Parameters that name a part of the lab. */

export const nodeName = oneOfTheLab('node', 'NODE', 'a node', (plan) => plan.nodes.map(({ name }) => name));

export const wireName = oneOfTheLab('segment or line', 'WIRE', 'a segment or a line', (plan) =>
  [...plan.segments, ...plan.lines].map(({ name }) => name),
);

export const segmentName = oneOfTheLab('segment', 'SEGMENT', 'a segment', (plan) =>
  plan.segments.map(({ name }) => name),
);

/** Whether the node has it depends on the node: see `nicProblems`. */
export const nicName: Parameter<string> = {
  isOptional: false,
  placeholder: 'NIC',
  help: 'one of its NICs',
  read: firstWord,
  problems: (value, _, label) => (typeof value === 'string' ? [] : [wanted(label, value, "a NIC's name")]),
};

export function nicProblems(plan: LabPlan, node: string, nic: string): readonly string[] {
  const nics = plan.nodes.find(({ name }) => name === node)?.nics ?? [];
  return nameProblems(
    `NIC of ${node}`,
    nic,
    nics.map(({ name }) => name),
  );
}

export function isLine(plan: LabPlan, wire: string): boolean {
  return plan.lines.some(({ name }) => name === wire);
}

/** Who has a port on the wire, with the port: `eth0` on a segment, `ttyS1` on a line. */
function portsOf(plan: LabPlan, wire: string): readonly { readonly node: string; readonly port: string }[] {
  const line = plan.lines.find(({ name }) => name === wire);
  if (line !== undefined) return line.ends;
  const segment = plan.segments.find(({ name }) => name === wire);
  return (segment?.ports ?? []).map(({ node, nic }) => ({ node, port: nic }));
}

/** A name, or `node:port` where one port is meant. Everybody else on the wire is told when it is neither. */
export function partyProblems(plan: LabPlan, wire: string, name: string): readonly string[] {
  const ports = portsOf(plan, wire);
  if (ports.some(({ node, port }) => name === node || name === `${node}:${port}`)) return [];
  return [unknownName(`node on ${wire}`, name, [...new Set(ports.map(({ node }) => node))])];
}

export function firstWord(words: readonly string[]): string {
  return words[0] ?? '';
}

function nameProblems(what: string, value: unknown, known: readonly string[]): readonly string[] {
  return known.some((name) => name === value) ? [] : [unknownName(what, String(value), known)];
}

function oneOfTheLab(
  what: string,
  placeholder: string,
  help: string,
  allowed: (plan: LabPlan) => readonly string[],
): Parameter<string> {
  return {
    isOptional: false,
    placeholder,
    help,
    allowed,
    read: firstWord,
    problems: (value, plan) => nameProblems(what, value, allowed(plan)),
  };
}
