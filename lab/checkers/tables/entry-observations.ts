import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { type ConnectionEntry, readConnections } from '../ipvs-text/connections.ts';
import { formatEndpoint } from '../ipvs-text/table.ts';
import { moment } from '../judgement.ts';
import { type DirectorTraffic, directorTraffic } from '../lvs/traffic/director-traffic.ts';
import type { JudgingContext, View, ViewKind } from '../rule.ts';

/** A director's connection entries at a moment between `at` and `until`, beside the flows that the wires show. */
export interface EntryObservation {
  readonly node: string;
  readonly at: number;
  readonly until: number;
  readonly entries: readonly SeenEntry[];
  /** Where to look for the text. */
  readonly evidence: string;
  /** The entry of a flow, by what identifies it. */
  of(flow: number): SeenEntry | undefined;
}

export interface SeenEntry extends ConnectionEntry {
  /** Its flow on the wires, -1 when they did not show it. */
  readonly flow: number;
}

export const entryObservations: ViewKind<EntryObservations> = {
  name: 'connection entries',
  interest: [],
  open: (context) => new EntryObservations(context),
};

/** Observations of /proc/net/ip_vs_conn in the directors' own namespace, told when all frames up to their end are. */
export class EntryObservations implements View {
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #listeners: ((observation: EntryObservation) => void)[] = [];

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
  }

  listen(listener: (observation: EntryObservation) => void): void {
    this.#listeners.push(listener);
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'ip_vs_conn' || (event.namespace ?? '') !== '') return;
    this.#context.schedule(event.until, () => this.#tell(event));
  }

  #tell({ node, at, until, text }: ObservationEvent): void {
    const entries = readConnections(text).map((entry) => ({ ...entry, flow: this.#flowOf(entry) }));
    const observation: EntryObservation = {
      node,
      at,
      until,
      entries,
      evidence: observationPlace('ip_vs_conn', node, at),
      of: (flow) => entries.find((entry) => entry.flow === flow),
    };
    for (const listener of this.#listeners) listener(observation);
  }

  #flowOf({ protocol, client, virtual }: ConnectionEntry): number {
    if (protocol !== 'TCP' && protocol !== 'UDP') return -1;
    const name = protocol === 'TCP' ? 'tcp' : 'udp';
    return this.#traffic.find(client.address, client.port, virtual.address, virtual.port, name);
  }
}

/** Evidence for what a node said: the line of the trace to look for. */
export function observationPlace(what: string, node: string, at: number): string {
  return `trace.jsonl: ${what} of ${node} at ${moment(at)}`;
}

/** `TCP FIN_WAIT 118 s 203.0.113.10:40001 → 203.0.113.80:80 → 203.0.113.21:80` */
export function entryText({
  protocol,
  state,
  expires,
  client,
  virtual,
  destination,
}: ConnectionEntry): string {
  const endpoints = [client, virtual, destination].map(formatEndpoint).join(' → ');
  return `${protocol} ${state} ${expires} s ${endpoints}`;
}
