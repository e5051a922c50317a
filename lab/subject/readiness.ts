import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedNode } from '../recorded-node.ts';
import type { PlannedService } from '../topology/plan.ts';
import { servicesOfDirector } from './classic.ts';
import type { NodeIntent } from './subject.ts';

/** A stack under emulation checks its servers and fills the table within seconds; after this it is not slow, it is stuck. */
const readyLimitMs = 60_000;
/** The kernel tells nobody when its table changes; a look costs a file read of the agent, no program. */
const lookAgainMs = 40;

/**
 * Waits until the director's kernel table holds every service of the plan with its real servers; other
 * services may be there as well. Answers whether it came to that. A table that has settled into something
 * else is what the subject will be judged for, so waiting ends there too.
 */
export async function waitForTable(node: RecordedNode, intent: NodeIntent): Promise<boolean> {
  const services = servicesOfDirector(intent);
  const deadline = performance.now() + readyLimitMs;
  let last = '';
  let unchangedSince = performance.now();
  for (;;) {
    const text = (await node.machine.get('/proc/net/ip_vs')).toString();
    if (withoutCounters(text) !== last) {
      last = withoutCounters(text);
      unchangedSince = performance.now();
    }
    const isReady = services.every((service) => holds(text, service));
    const hasSettled =
      performance.now() - unchangedSince > settledMs(intent) &&
      services.some((service) => isThere(text, service));
    if (isReady || hasSettled || performance.now() > deadline) {
      await node.observe('ip_vs');
      return isReady;
    }
    await delay(lookAgainMs);
  }
}

/** The last two columns count connections and change with every one. */
function withoutCounters(table: string): string {
  return table.replaceAll(/(-> \S+\s+\S+\s+\d+)\s+\d+\s+\d+/g, '$1');
}

/** Two rounds of checks, each with its timeout, and a second to write the table. */
const settledMs = ({ timing }: NodeIntent) => (2 * (timing.checkInterval + timing.checkTimeout) + 1) * 1000;

function holds(table: string, service: PlannedService): boolean {
  const section = sectionOf(table, service);
  return (
    section !== undefined &&
    service.realServers.every(({ rip, rport, weight }) =>
      section.some((line) => new RegExp(`^-> ${hexEndpoint(rip, rport)}\\s+\\S+\\s+${weight}\\s`).test(line)),
    )
  );
}

function isThere(table: string, service: PlannedService): boolean {
  return sectionOf(table, service) !== undefined;
}

function sectionOf(table: string, service: PlannedService): readonly string[] | undefined {
  const lines = table.split('\n').map((line) => line.trim());
  const head = `${service.protocol.toUpperCase()} `;
  const from = lines.findIndex(
    (line) => line.startsWith(head) && line.split(/\s+/)[1] === hexEndpoint(service.vip, service.port),
  );
  if (from < 0) return undefined;
  const end = lines.findIndex((line, index) => index > from && !line.startsWith('->'));
  return lines.slice(from + 1, end < 0 ? lines.length : end);
}

/** As /proc/net/ip_vs writes it: hexadecimal address and port. */
function hexEndpoint(address: string, port: number): string {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${address
    .split('.')
    .map((octet) => hex(Number(octet), 2))
    .join('')}:${hex(port, 4)}`;
}
