import { formatIpv4 } from 'tcpdump-parser';
import type { CommandEvent, TraceEvent } from '../../trace/event.ts';
import { changesTable, type IpvsadmCommand, readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { findService, formatEndpoint, type VirtualService } from '../ipvs-text/table.ts';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { placeOf, sightingPlace, type TableSighting, tableSightings } from '../sightings/table-sightings.ts';

/**
 * LVS-GEN-11: the kernel has a service's real servers in the order in which they were added, the newest first (each
 * goes to the head of the list, ip_vs_ctl.c); `ipvsadm -L -n` lists them by address.
 */
export const lvsGen11: Rule = {
  id: 'LVS-GEN-11',
  needs: ['events'],
  interest: [],
  open: (context) => new Gen11(context),
};

/** A service that a command of the trace added, with its real servers as commands of the trace added them. */
interface Known {
  readonly protocol: VirtualService['protocol'];
  readonly address: number;
  readonly port: number;
  /** Endpoints as text, the newest first. */
  servers: readonly string[];
}

class Gen11 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-11');
  /** By node and network namespace, then by service. */
  readonly #known = new Map<string, Map<string, Known>>();
  /** Tables whose order was right, and those that ipvsadm listed in order: by place and service. */
  readonly #inOrder = new Set<string>();
  readonly #sorted = new Set<string>();
  /** Wrong ones are told once. */
  readonly #told = new Set<string>();
  #withoutInput = 0;
  #blurred = 0;

  constructor(context: JudgingContext) {
    context.view(tableSightings).listen((sighting) => this.#look(sighting));
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'command') return;
    const commands = readIpvsadmCommands(event.argv, event.input).filter(changesTable);
    for (const command of commands) this.#carryOut(event, command, commands.length);
  }

  #carryOut(event: CommandEvent, command: IpvsadmCommand, of: number): void {
    const place = placeOf(event.node, command.namespace);
    const services = this.#known.get(place) ?? new Map<string, Known>();
    this.#known.set(place, services);
    const { operation, service } = command;
    if (event.exitCode !== 0) {
      // One that failed alone changed nothing; of several nobody knows which did.
      if (of === 1 && operation !== 'restore') return;
      if (service === undefined) services.clear();
      else services.delete(keyOf(service));
      return;
    }
    if (operation === 'restore') this.#withoutInput += 1;
    if (operation === 'clear' || operation === 'restore') services.clear();
    if (service === undefined) return;
    const key = keyOf(service);
    if (operation === 'add-service') services.set(key, { ...service, servers: [] });
    else if (operation === 'delete-service') services.delete(key);
    const known = services.get(key);
    const server = serverOf(command);
    if (known === undefined || server === undefined) return;
    if (operation === 'add-server') known.servers = [server, ...known.servers];
    else if (operation === 'delete-server') known.servers = known.servers.filter((one) => one !== server);
  }

  #look(sighting: TableSighting): void {
    const services = this.#known.get(placeOf(sighting.node, sighting.namespace));
    if (sighting.isBlurred) {
      this.#blurred += 1;
      return;
    }
    if (sighting.what === 'ip_vs_listing') {
      for (const service of sighting.table.services) this.#judgeListing(sighting, service);
      return;
    }
    for (const known of services?.values() ?? []) {
      const service = findService(sighting.table, known.protocol, known);
      if (service !== undefined && known.servers.length > 1)
        this.#judgeOrder(sighting, service, known.servers);
    }
  }

  #judgeOrder(sighting: TableSighting, service: VirtualService, newestFirst: readonly string[]): void {
    const listed = service.destinations.map(formatEndpoint);
    // Servers that no command of the trace added, or took away, are somebody else's doing: the rest keeps its order.
    const seen = listed.filter((server) => newestFirst.includes(server));
    const expected = newestFirst.filter((server) => seen.includes(server));
    if (expected.length < 2) return;
    const name = nameOf(sighting, service);
    if (expected.every((server, index) => server === seen[index])) {
      this.#inOrder.add(name);
      return;
    }
    this.#breach(`order of ${name}`, () => ({
      claim: `${sighting.node} does not have the real servers of ${formatEndpoint(service)} newest first`,
      at: sighting.at,
      node: sighting.node,
      expected: `${expected.join(', ')}: they were added in the opposite order`,
      seen: [listed.join(', ')],
      evidence: [sightingPlace(sighting)],
    }));
  }

  #judgeListing(sighting: TableSighting, service: VirtualService): void {
    const { destinations } = service;
    if (destinations.length < 2) return;
    const name = nameOf(sighting, service);
    const isSorted = destinations.every((server, index) => {
      const next = destinations[index + 1];
      return next === undefined || !isAfter(server.address, next.address);
    });
    if (isSorted) {
      this.#sorted.add(name);
      return;
    }
    this.#breach(`listing of ${name}`, () => ({
      claim: `ipvsadm on ${sighting.node} did not list the real servers of ${formatEndpoint(service)} by address`,
      at: sighting.at,
      node: sighting.node,
      expected: destinations
        .map(({ address }) => address)
        .toSorted((a, b) => a - b)
        .map(formatIpv4)
        .join(', '),
      seen: [destinations.map(({ address }) => formatIpv4(address)).join(', ')],
      evidence: [sightingPlace(sighting)],
    }));
  }

  #breach(what: string, finding: Parameters<Tally['breach']>[0]): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#tally.breach(finding);
  }

  finish(): Judgement {
    const { wrong } = this.#tally;
    const inOrder = this.#inOrder.size;
    const sorted = this.#sorted.size;
    const measured = { newestFirst: inOrder, sorted, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'service')} had real servers out of order; ${inOrder} had them newest first, ${sorted} were listed by address`,
        measured,
      );
    }
    if (inOrder > 0 && sorted > 0) {
      return passed(
        `${count(inOrder, 'service')} had the real servers newest first, and ipvsadm listed those of ${count(sorted, 'service')} by address`,
        measured,
      );
    }
    const missing = [
      ...(inOrder === 0
        ? ['a table with two real servers that commands of the trace added one after another']
        : []),
      ...(sorted === 0 ? ['a listing by ipvsadm of a service with two real servers'] : []),
    ];
    const reason = `not in the trace: ${list(missing)}`;
    if (this.#blurred > 0) {
      return inconclusive(
        `${reason}; ${count(this.#blurred, 'look')} came while the table was being changed`,
        measured,
      );
    }
    if (inOrder === 0 && this.#withoutInput > 0) {
      return inconclusive(`${reason}; it lacks what ipvsadm -R read`, measured);
    }
    return skipped(reason);
  }
}

/** With direct routing and tunnels a real server has the service's port, whatever was asked for. */
function serverOf({ server, service, method }: IpvsadmCommand): string | undefined {
  if (server === undefined || service === undefined) return undefined;
  return formatEndpoint(method === 'nat' ? server : { ...server, port: service.port });
}

function keyOf({ protocol, ...endpoint }: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string {
  return `${protocol} ${formatEndpoint(endpoint)}`;
}

function nameOf({ node, namespace }: TableSighting, service: VirtualService): string {
  return `${placeOf(node, namespace)} ${keyOf(service)}`;
}

/**
 * ipvsadm takes the difference of two addresses for a signed number, so that 10.0.0.1 comes after 223.0.0.1. Where
 * that turns the order round, either order will do.
 */
function isAfter(one: number, other: number): boolean {
  return one > other && one - other < 0x8000_0000;
}
