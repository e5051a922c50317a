import { durationText } from '../faults/amounts.ts';
import type { LabStatus } from './lab-status.ts';

/** What there is in a lab, and how to go on: for the end of `halab up`. */
export function welcomeText(status: LabStatus, tookMs: number): string {
  const { name, topology, subject, accelerator } = status;
  const [node] = status.nodes;
  const [segment] = status.segments;
  const [service] = status.services;
  const client = status.nodes.find(({ role }) => role === 'client');
  const next: (readonly [string, string])[] = [
    [`halab sh ${node?.name}`, 'a shell'],
    ...(service !== undefined && client !== undefined && service.protocol === 'tcp'
      ? [[`halab exec ${client.name} -- ${fetchCommand(service.vip, service.port)}`, 'a request'] as const]
      : []),
    ...(segment === undefined ? [] : [[`halab capture ${segment.name}`, 'what crosses the wire'] as const]),
    ['halab fault --help', 'what can be broken'],
    ['halab down', 'the end'],
  ];
  const width = Math.max(...next.map(([command]) => command.length));
  return [
    `lab ${name} is up after ${(tookMs / 1000).toFixed(1)} s: topology ${topology}, ${subject === null ? 'no subject' : `subject ${subject}`}, ${accelerator}`,
    '',
    ...partsOf(status),
    '',
    ...next.map(([command, text]) => `  ${command.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** busybox is in every guest. */
function fetchCommand(vip: string, port: number): string {
  const url = `http://${vip}${port === 80 ? '' : `:${port}`}/`;
  return `busybox wget -qO - ${url}`;
}

/** `halab ps`. */
export function labsText(labs: readonly LabStatus[], nowEpochMs: number): string {
  return labs
    .map((status) => {
      const { name, topology, subject, state, accelerator, startedAt, pid } = status;
      const age = durationText(wholeUnits(nowEpochMs - Date.parse(startedAt)));
      const head = [
        `${name}  ${state}`,
        name === topology ? '' : `  topology ${topology}`,
        `  ${subject ?? 'no subject'}  ${accelerator}  up ${age}  process ${pid}`,
      ].join('');
      return [head, ...partsOf(status)].join('\n');
    })
    .join('\n\n');
}

function partsOf(status: LabStatus): readonly string[] {
  const { nodes, segments, lines, services, faults } = status;
  const rows = [
    ...nodes.map(({ name, role, state, nics }) => [
      name,
      role === 'realServer' ? 'real server' : role,
      state,
      nics.map((nic) => `${nic.name} ${nic.address} on ${nic.segment}`).join(', '),
    ]),
    ...segments.map(({ name, network, nodes: on }) => [name, 'segment', '', `${network}: ${on.join(', ')}`]),
    ...lines.map(({ name, ends }) => [name, 'line', '', ends.join(' to ')]),
    ...services.map((service) => [
      service.name,
      'service',
      '',
      `${service.vip}:${service.port} ${service.protocol} ${service.scheduler} ${service.forwarding} by ${service.directors.join(', ')} to ${service.realServers.join(', ')}`,
    ]),
    ...faults.map(({ id, description, injectedAtMs }) => [
      id,
      'fault',
      '',
      `${description}, since +${(injectedAtMs / 1000).toFixed(3)} s`,
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** Nobody wants the milliseconds of an age: whole seconds, at least one, then minutes, then hours. */
function wholeUnits(milliseconds: number): number {
  const unit = milliseconds < 60_000 ? 1000 : milliseconds < 3_600_000 ? 60_000 : 3_600_000;
  return Math.max(1000, Math.floor(milliseconds / unit) * unit);
}
