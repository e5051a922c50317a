import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { changesTable, readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { type IpvsTable, readIpVs, readListing } from '../ipvs-text/table.ts';
import type { JudgingContext, View, ViewKind } from '../rule.ts';

/** Every look at a director's table, with its counters, told once it is known what else went on meanwhile. */
export const tableSightings: ViewKind<TableSightings> = {
  name: 'table sightings',
  interest: [],
  open: (context) => new TableSightings(context),
};

export interface TableSighting {
  readonly node: string;
  /** Empty for the node's own. */
  readonly namespace: string;
  /** In the order of the file, or as `ipvsadm -L -n` sorts it. */
  readonly what: 'ip_vs' | 'ip_vs_listing';
  readonly at: number;
  readonly until: number;
  readonly table: IpvsTable;
  /** A command was changing the table while somebody looked: it may show either state, or some of both. */
  readonly isBlurred: boolean;
}

export class TableSightings implements View {
  readonly #context: JudgingContext;
  readonly #listeners: ((sighting: TableSighting) => void)[] = [];
  /** When the last change of a table was over, by place. */
  readonly #changedUntil = new Map<string, number>();

  constructor(context: JudgingContext) {
    this.#context = context;
  }

  listen(listener: (sighting: TableSighting) => void): void {
    this.#listeners.push(listener);
  }

  event(event: TraceEvent): void {
    if (event.kind === 'command') {
      for (const command of readIpvsadmCommands(event.argv, event.input)) {
        if (!changesTable(command)) continue;
        const place = placeOf(event.node, command.namespace);
        this.#changedUntil.set(place, Math.max(event.until, this.changedUntil(place)));
      }
    } else if (event.kind === 'observation' && tables.has(event.what)) {
      this.#context.schedule(event.until, () => this.#tell(event));
    }
  }

  /** When the last command so far that changed a table was over; -Infinity when there was none. */
  changedUntil(place: string): number {
    return this.#changedUntil.get(place) ?? Number.NEGATIVE_INFINITY;
  }

  #tell(event: ObservationEvent): void {
    const { node, namespace = '', at, until, text } = event;
    const what = event.what === 'ip_vs' ? 'ip_vs' : 'ip_vs_listing';
    const table = what === 'ip_vs' ? readIpVs(text) : readListing(text);
    const isBlurred = this.changedUntil(placeOf(node, namespace)) > at;
    for (const tell of this.#listeners) tell({ node, namespace, what, at, until, table, isBlurred });
  }
}

const tables: ReadonlySet<string> = new Set(['ip_vs', 'ip_vs_listing']);

/** A table: each network namespace of a node has its own. */
export function placeOf(node: string, namespace: string): string {
  return namespace === '' ? node : `${node} (namespace ${namespace})`;
}

/** Where to find a look in the record. */
export function sightingPlace({ node, namespace, what, at }: TableSighting): string {
  return `trace.jsonl: ${what} of ${placeOf(node, namespace)} at +${(at / 1e9).toFixed(3)} s`;
}
