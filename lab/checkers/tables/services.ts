import { PROTOCOL_TCP, parseIpv4 } from 'tcpdump-parser';
import type { PlannedService } from '../../topology/plan.ts';
import { findService, type Method } from '../ipvs-text/table.ts';
import type { FlowTable } from '../lvs/traffic/flow-table.ts';
import type { JudgingContext, ViewKind } from '../rule.ts';
import { type Epoch, type TableHistory, tableHistory } from './table-history.ts';

export interface KnownDestination {
  readonly address: number;
  readonly port: number;
  readonly method: Method;
  readonly weight: number;
  /** Index of the node with that address, -1 when nobody is known to have it. */
  readonly node: number;
  /** The director itself: its packets never leave it. */
  readonly isLocal: boolean;
}

/** A virtual service as it was configured at some moment. */
export interface KnownService {
  readonly vip: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly scheduler: string;
  readonly isPersistent: boolean;
  readonly isOnePacket: boolean;
  /** In the director's order: the newest first. */
  readonly destinations: readonly KnownDestination[];
  /** Of the plan, by index; -1 for an experiment's. */
  readonly planned: number;
}

/**
 * What a director had for an address and port. `unknown`: its table was being changed, or a firewall mark decides.
 * Without an epoch the plan says it, since no table was observed at all by then.
 */
export type Lookup =
  | { readonly kind: 'served'; readonly service: KnownService; readonly epoch: Epoch | undefined }
  | { readonly kind: 'unserved'; readonly epoch: Epoch | undefined }
  | { readonly kind: 'unknown' };

const unknown: Lookup = { kind: 'unknown' };
const unservedByPlan: Lookup = { kind: 'unserved', epoch: undefined };
/** Ports of virtual addresses that are remembered; a port scan asks for all of them. */
const cacheMax = 10_000;

export const services: ViewKind<Services> = {
  name: 'services',
  interest: [],
  open: (context) => new Services(context),
};

export class Services {
  readonly tables: TableHistory;
  readonly #nodes: JudgingContext['nodes'];
  readonly #planned: readonly KnownService[];
  /** Answers by the plan, by index of the service. */
  readonly #plannedLookups: readonly Lookup[];
  /** Answers of the epoch in force; every connection asks. */
  readonly #cache = new Map<number, Lookup>();
  #cachedEpoch: Epoch | undefined;
  #cachedDirector = -1;

  constructor(context: JudgingContext) {
    this.tables = context.view(tableHistory);
    this.#nodes = context.nodes;
    this.#planned = context.plan.services.map((service, index) => this.#fromPlan(service, index));
    this.#plannedLookups = this.#planned.map((service) => ({ kind: 'served', service, epoch: undefined }));
  }

  planned(index: number): KnownService | undefined {
    return this.#planned[index];
  }

  /** What the flow's director had for it at a moment that is not before the last one asked for. */
  ofFlow(flows: FlowTable, flow: number, at: number): Lookup {
    if (!this.tables.hasTables) {
      const planned = flows.service[flow]!;
      return planned < 0 ? unservedByPlan : this.#plannedLookups[planned]!;
    }
    const director = flows.director[flow]!;
    const epoch = this.tables.at(this.#nodes.name(director), at);
    if (epoch === undefined) return unknown;
    if (epoch !== this.#cachedEpoch || director !== this.#cachedDirector) {
      this.#cache.clear();
      this.#cachedEpoch = epoch;
      this.#cachedDirector = director;
    }
    const vip = flows.vip[flow]! >>> 0;
    const port = flows.ports[flow]! & 0xffff;
    const protocol = flows.protocol[flow] === PROTOCOL_TCP ? 'tcp' : 'udp';
    const key = (vip * 0x1_0000 + port) * 2 + (protocol === 'tcp' ? 0 : 1);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const found = this.#byTable(epoch, director, protocol, vip, port);
    if (this.#cache.size < cacheMax) this.#cache.set(key, found);
    return found;
  }

  #byTable(epoch: Epoch, director: number, protocol: 'tcp' | 'udp', vip: number, port: number): Lookup {
    const { table } = epoch;
    const found =
      findService(table, protocol, { address: vip, port }) ??
      findService(table, protocol, { address: vip, port: 0 });
    if (found === undefined) {
      const mayBeMarked = table.services.some((service) => service.protocol === 'fwmark');
      return mayBeMarked ? unknown : { kind: 'unserved', epoch };
    }
    const service: KnownService = {
      vip,
      port,
      protocol,
      scheduler: found.scheduler,
      isPersistent: found.isPersistent,
      isOnePacket: found.isOnePacket,
      planned: this.#planned.findIndex(
        (one) => one.protocol === protocol && one.vip === vip && one.port === port,
      ),
      destinations: found.destinations.map(({ address, port: rport, method, weight }) => {
        const node = this.#nodes.holderOf(address);
        const isLocal = isLoopback(address) || address === vip || node === director || method === 'local';
        return { address, port: rport, method, weight, node: isLocal ? director : node, isLocal };
      }),
    };
    return { kind: 'served', service, epoch };
  }

  #fromPlan(service: PlannedService, planned: number): KnownService {
    const { vip, port, protocol, scheduler, forwarding, realServers, directors } = service;
    return {
      vip: parseIpv4(vip) ?? 0,
      port,
      protocol,
      scheduler,
      isPersistent: false,
      isOnePacket: false,
      planned,
      destinations: realServers.toReversed().map(({ node, rip, rport, weight }) => ({
        address: parseIpv4(rip) ?? 0,
        port: rport,
        method: forwarding,
        weight,
        node: this.#nodes.indexOf(node),
        isLocal: directors.some((director) => director.node === node),
      })),
    };
  }
}

function isLoopback(address: number): boolean {
  return address >>> 24 === 127;
}
