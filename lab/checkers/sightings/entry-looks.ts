import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { type ConnectionEntry, readConnections } from '../ipvs-text/connections.ts';
import type { Endpoint } from '../ipvs-text/hex-endpoint.ts';
import type { JudgingContext, View, ViewKind } from '../rule.ts';

/** Every look at a director's connection entries, in its own network namespace, told when it ends. */
export const entryLooks: ViewKind<EntryLooks> = {
  name: 'entry looks',
  interest: [],
  open: (context) => new EntryLooks(context),
};

/** What /proc/net/ip_vs_conn held at some moment between `at` and `until`. */
export interface EntryLook {
  readonly node: string;
  readonly at: number;
  readonly until: number;
  find(protocol: 'tcp' | 'udp', client: Endpoint, virtual: Endpoint): ConnectionEntry | undefined;
  /** Where to find the look in the record. */
  readonly place: string;
}

export class EntryLooks implements View {
  readonly #context: JudgingContext;
  readonly #listeners: ((look: EntryLook) => void)[] = [];

  constructor(context: JudgingContext) {
    this.#context = context;
  }

  listen(listener: (look: EntryLook) => void): void {
    this.#listeners.push(listener);
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'ip_vs_conn' || (event.namespace ?? '') !== '') return;
    this.#context.schedule(event.until, () => this.#tell(event));
  }

  #tell({ node, at, until, text }: ObservationEvent): void {
    const entries = new Map(
      readConnections(text).map((entry) => [keyOf(entry.protocol, entry.client, entry.virtual), entry]),
    );
    const look: EntryLook = {
      node,
      at,
      until,
      find: (protocol, client, virtual) => entries.get(keyOf(protocol.toUpperCase(), client, virtual)),
      place: `trace.jsonl: ip_vs_conn of ${node} at +${(at / 1e9).toFixed(3)} s`,
    };
    for (const tell of this.#listeners) tell(look);
  }
}

function keyOf(protocol: string, client: Endpoint, virtual: Endpoint): string {
  return `${protocol} ${client.address}:${client.port} ${virtual.address}:${virtual.port}`;
}
