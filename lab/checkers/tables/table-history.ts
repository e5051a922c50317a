import type { CommandEvent, TraceEvent } from '../../trace/event.ts';
import { type Endpoint, sameEndpoint } from '../ipvs-text/hex-endpoint.ts';
import { changesTable, type IpvsadmCommand, readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { type IpvsTable, readIpVs, structureOf, type VirtualService } from '../ipvs-text/table.ts';
import type { JudgingContext, View, ViewKind } from '../rule.ts';

/** A table that a director's kernel was seen to have, and how long it can be relied on. */
export interface Epoch {
  /** Counted over all directors, from 0. */
  readonly number: number;
  readonly node: string;
  readonly table: IpvsTable;
  /** Nanoseconds: the end of the observation. */
  readonly from: number;
  /**
   * Commands that changed the table between the epoch before and this one; `unreadable` when what one of them did is
   * not known.
   */
  readonly changes: readonly IpvsadmCommand[] | 'unreadable';
}

/** Whether a service may have been made anew, or its servers changed, on the way to this epoch. */
export function mayConcern(
  { changes }: Epoch,
  protocol: VirtualService['protocol'],
  endpoint: Endpoint,
): boolean {
  if (changes === 'unreadable') return true;
  return changes.some(
    ({ operation, service }) =>
      operation === 'clear' ||
      service === undefined ||
      (service.protocol === protocol && sameEndpoint(service, endpoint)),
  );
}

/**
 * Called when no more can come to an epoch. `isCertain`: the table held all the time. It is not when the next
 * observation shows another table and no command of the lab's explains since when.
 */
export type EpochListener = (epoch: Epoch, isCertain: boolean) => void;

export const tableHistory: ViewKind<TableHistory> = {
  name: 'table history',
  interest: [],
  open: (context) => new TableHistory(context),
};

interface Coming {
  readonly node: string;
  readonly at: number;
  readonly until: number;
  readonly text: string;
}

interface Held {
  readonly epoch: Epoch;
  readonly structure: string;
  /** When a command set out to change the table. */
  changedAt: number;
}

/**
 * The directors' IPVS tables over time, from observations of /proc/net/ip_vs in the directors' own network
 * namespace. What is in force at a moment is the newest observation that ended before it, until a command
 * changes the table: from then on, until the next observation, nobody knows.
 */
export class TableHistory implements View {
  readonly #held = new Map<string, Held>();
  /** When the last command that changes a node's table ends. */
  readonly #changingUntil = new Map<string, number>();
  /** By number of the epoch: services that the one before did not have. */
  readonly #made = new Map<number, ReadonlySet<string>>();
  readonly #changes = new Map<string, Epoch['changes']>();
  readonly #ended: EpochListener[] = [];
  readonly #began: ((epoch: Epoch) => void)[] = [];
  #epochs = 0;
  /** Observations whose end has not come yet. */
  readonly #coming: Coming[] = [];
  readonly #context: JudgingContext;

  constructor(context: JudgingContext) {
    this.#context = context;
  }

  /** Whether any table was observed so far. */
  get hasTables(): boolean {
    return this.#epochs > 0 || this.#coming.length > 0;
  }

  onEnd(listener: EpochListener): void {
    this.#ended.push(listener);
  }

  onBegin(listener: (epoch: Epoch) => void): void {
    this.#began.push(listener);
  }

  /** The table in force at a director at the newest moment of the trace, which is `at`. */
  at(node: string, at: number): Epoch | undefined {
    const held = this.#held.get(node);
    if (held === undefined || at >= held.changedAt) return undefined;
    return held.epoch;
  }

  /** Whether the table before an epoch, on the same director, had no such service: it was made in between. */
  wasMade(
    { number }: Epoch,
    { vip, port, protocol }: { vip: number; port: number; protocol: 'tcp' | 'udp' },
  ): boolean {
    const made = this.#made.get(number);
    return made?.has(serviceKey(protocol, { address: vip, port })) ?? false;
  }

  event(event: TraceEvent): void {
    if (event.kind === 'command') {
      this.#command(event);
      return;
    }
    if (event.kind !== 'observation' || event.what !== 'ip_vs' || (event.namespace ?? '') !== '') return;
    const { node, at, until, text } = event;
    // During a command it may show the table before it or after it.
    if (at < (this.#changingUntil.get(node) ?? Number.NEGATIVE_INFINITY)) return;
    const coming = { node, at, until, text };
    this.#coming.push(coming);
    this.#context.schedule(until, () => this.#observe(coming));
  }

  finish(): void {
    for (const { epoch } of this.#held.values()) this.#end(epoch, true);
    this.#held.clear();
  }

  #command(event: CommandEvent): void {
    const commands = readIpvsadmCommands(event.argv, event.input).filter(
      (command) => command.namespace === '' && changesTable(command),
    );
    // One that failed changed nothing; of several in a shell line or a file some may have worked.
    const isRefused = commands.length === 1 && event.exitCode !== 0 && event.exitCode !== null;
    if (commands.length === 0 || isRefused) return;
    const isUnreadable = commands.some(({ operation }) => operation === 'restore');
    const former = this.#changes.get(event.node) ?? [];
    this.#changes.set(
      event.node,
      isUnreadable || former === 'unreadable' ? 'unreadable' : [...former, ...commands],
    );
    this.#changed(event.node, event.at, event.until);
  }

  #changed(node: string, at: number, until: number): void {
    const held = this.#held.get(node);
    if (held !== undefined) held.changedAt = Math.min(held.changedAt, at);
    this.#changingUntil.set(node, Math.max(until, this.#changingUntil.get(node) ?? until));
    for (const [index, coming] of [...this.#coming.entries()].reverse()) {
      if (coming.node === node && coming.until > at && coming.at < until) this.#coming.splice(index, 1);
    }
  }

  #observe(coming: Coming): void {
    const place = this.#coming.indexOf(coming);
    // Dropped, since a command was at work meanwhile.
    if (place < 0) return;
    this.#coming.splice(place, 1);
    const { node, until, text } = coming;
    const table = readIpVs(text);
    const structure = structureOf(table);
    const held = this.#held.get(node);
    if (held !== undefined) {
      const isExplained = held.changedAt < until;
      if (!isExplained && held.structure === structure) return;
      this.#end(held.epoch, isExplained);
    }
    const changes = this.#changes.get(node) ?? [];
    this.#changes.delete(node);
    const epoch: Epoch = { number: this.#epochs++, node, table, from: until, changes };
    if (held !== undefined) {
      const before = new Set(
        held.epoch.table.services.map((service) => serviceKey(service.protocol, service)),
      );
      const now = table.services.map((service) => serviceKey(service.protocol, service));
      this.#made.set(epoch.number, new Set(now.filter((key) => !before.has(key))));
    }
    this.#held.set(node, { epoch, structure, changedAt: Number.POSITIVE_INFINITY });
    for (const tell of this.#began) tell(epoch);
  }

  #end(epoch: Epoch, isCertain: boolean): void {
    for (const tell of this.#ended) tell(epoch, isCertain);
  }
}

function serviceKey(protocol: VirtualService['protocol'], { address, port }: Endpoint): string {
  return `${protocol} ${address}:${port}`;
}
