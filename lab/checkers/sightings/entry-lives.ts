import { formatIpv4, PROTOCOL_TCP, PROTOCOL_UDP } from 'tcpdump-parser';
import type { ObservationEvent, TraceEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { type ConnectionEntry, readConnections } from '../ipvs-text/connections.ts';
import { formatEndpoint } from '../ipvs-text/table.ts';
import { type DirectorTraffic, directorTraffic } from '../lvs/traffic/director-traffic.ts';
import { ORPHAN, SYN_ARRIVED } from '../lvs/traffic/flow-table.ts';
import type { JudgedFrame, JudgingContext, View, ViewKind } from '../rule.ts';
import { dueWindow, overlapOf, type Window } from './window.ts';

/**
 * Connection entries as looks at /proc/net/ip_vs_conn show them one after another, each with the moment at which
 * its timer was started. Every packet of a connection starts it anew, so a life begins with a packet and ends
 * with the next one, or when the entry goes.
 */
export const entryLives: ViewKind<EntryLives> = {
  name: 'entry lives',
  interest: ['fragment'],
  open: (context) => new EntryLives(context),
};

export interface EntryLife {
  readonly node: string;
  readonly protocol: string;
  readonly client: ConnectionEntry['client'];
  readonly virtual: ConnectionEntry['virtual'];
  readonly state: string;
  /** When the director handled the packet that started the timer; undefined when that was before anyone looked. */
  readonly start: Window | undefined;
  /** When that packet was on the wire; undefined when all that is known is that somebody looked before and after it. */
  readonly packetAt: number | undefined;
  /** The connection's first packet came no earlier; undefined when nobody can tell. */
  readonly madeAt: number | undefined;
  /** When the entry is due to go, as all looks at this life say together. */
  due: Window;
  readonly first: Look;
  last: Look;
}

/** One look at an entry. */
export interface Look {
  readonly at: number;
  readonly until: number;
  /** Seconds left, as listed. */
  readonly expires: number;
}

export interface EntryListener {
  /** An entry was seen, for the first time in this life or again. */
  readonly seen?: (life: EntryLife) => void;
  /** No packet came, and what was left did not run down second by second. `look` is not in `life` yet. */
  readonly jumped?: (life: EntryLife, look: Look) => void;
  /** An entry is no longer listed. `isUntouched`: the wire is known, and no packet of it came since it was. */
  readonly gone?: (life: EntryLife, look: Omit<Look, 'expires'>, isUntouched: boolean) => void;
}

interface Start {
  readonly window: Window;
  readonly packetAt: number;
  readonly madeAt: number | undefined;
}

type Named = Pick<ConnectionEntry, 'protocol' | 'client' | 'virtual'>;

/**
 * From the moment a packet is on the wire to that at which the director starts the timer. Emulated guests on two cores
 * took up to 9 ms to send a packet on, which comes just before; more is for a busier host.
 */
const handlingNs = 100e6;
/** Pairs of hosts that fragments passed between; beyond that a fragment counts for all of them. */
const fragmentedMax = 1024;
const anyPair = 'any';

export class EntryLives implements View {
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #lab: Disturbances;
  readonly #listeners: EntryListener[] = [];
  /** By node, then by entry: what the last look showed. */
  readonly #lives = new Map<string, Map<string, EntryLife>>();
  readonly #lookedAt = new Map<string, number>();
  /** By flow: when the director last sent a reply. */
  #repliedAt = new Float64Array(1024);
  /** When a fragment last passed between two hosts. */
  readonly #fragmentedAt = new Map<string, number>();

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#lab = context.view(disturbances);
    this.#traffic.listen({ directorReplied: (flow, frame) => this.#replied(flow, frame.at) });
  }

  listen(listener: EntryListener): void {
    this.#listeners.push(listener);
  }

  /** The entries of a node as it was last looked at; undefined when nobody has. */
  known(node: string): readonly EntryLife[] | undefined {
    const lives = this.#lives.get(node);
    return lives === undefined ? undefined : [...lives.values()];
  }

  /** A fragment names no ports: any entry between the two hosts may be its. */
  frame({ packet, at }: JudgedFrame): void {
    const pair = hostPair(packet.protocol, packet.ipSource, packet.ipDestination);
    const isKnown = this.#fragmentedAt.has(pair) || this.#fragmentedAt.size < fragmentedMax;
    this.#fragmentedAt.set(isKnown ? pair : anyPair, at);
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'observation' || event.what !== 'ip_vs_conn' || (event.namespace ?? '') !== '') return;
    // A template of a persistent service has no client's port, and another life.
    const listed = readConnections(event.text).filter(({ client }) => client.port !== 0);
    const entries = new Map(listed.map((entry) => [keyOf(entry), entry]));
    const before = this.#starts(event.node, entries);
    this.#context.schedule(event.until, () => this.#look(event, entries, before));
  }

  /** What the wire has said so far of the timers of these entries, and of those that were listed before. */
  #starts(node: string, entries: ReadonlyMap<string, Named>): ReadonlyMap<string, Start | undefined> {
    const named = [...entries, ...(this.#lives.get(node) ?? [])];
    return new Map(named.map(([key, entry]) => [key, this.#startOf(node, entry)]));
  }

  #replied(flow: number, at: number): void {
    if (flow >= this.#repliedAt.length) {
      const grown = new Float64Array(Math.max(flow + 1, this.#repliedAt.length * 2));
      grown.set(this.#repliedAt);
      this.#repliedAt = grown;
    }
    this.#repliedAt[flow] = at;
  }

  /** When the wire says that the timer was started, undefined when it says nothing. */
  #startOf(node: string, entry: Named): Start | undefined {
    const { protocol, client, virtual } = entry;
    const kind = protocol === 'TCP' ? 'tcp' : 'udp';
    const flow = this.#traffic.find(client.address, client.port, virtual.address, virtual.port, kind);
    if (flow < 0) return undefined;
    const { flags, director, firstAt, lastAt } = this.#traffic.flows;
    if ((flags[flow]! & (SYN_ARRIVED | ORPHAN)) === 0) return undefined;
    if (this.#context.nodes.name(director[flow]!) !== node) return undefined;
    const came = lastAt[flow]!;
    const replied = this.#repliedAt[flow] ?? 0;
    const last = Math.max(came, replied);
    if (!this.#knowsWire(entry, last)) return undefined;
    const stalled = this.#lab.stalledWithin(last, last + handlingNs);
    return {
      packetAt: last,
      // A reply has been handled before it is on the wire.
      window: {
        from: replied > came ? Math.max(came, replied - handlingNs) : came,
        to: last + handlingNs + stalled,
      },
      madeAt: flags[flow]! & SYN_ARRIVED ? firstAt[flow]! : undefined,
    };
  }

  /** Whether all packets of an entry that came since are known, each by its ports. */
  #knowsWire({ protocol, client, virtual }: Named, since: number): boolean {
    const { isComplete, firstFrameAt } = this.#context;
    if (!isComplete || firstFrameAt === Number.POSITIVE_INFINITY) return false;
    const pair = hostPair(protocol === 'TCP' ? PROTOCOL_TCP : PROTOCOL_UDP, client.address, virtual.address);
    return [pair, anyPair].every((key) => (this.#fragmentedAt.get(key) ?? -1) <= since);
  }

  /** The look is over; `startsBefore` is what the wire had said when it began. */
  #look(
    { node, at, until }: ObservationEvent,
    entries: ReadonlyMap<string, ConnectionEntry>,
    startsBefore: ReadonlyMap<string, Start | undefined>,
  ): void {
    const former = this.#lives.get(node) ?? new Map<string, EntryLife>();
    const lookedAt = this.#lookedAt.get(node);
    const starts = this.#starts(node, entries);
    const isTouched = (key: string) => starts.get(key)?.packetAt !== startsBefore.get(key)?.packetAt;
    const now = new Map<string, EntryLife>();
    this.#lives.set(node, now);
    this.#lookedAt.set(node, at);
    for (const [key, entry] of entries) {
      const start = starts.get(key);
      const look = { at, until, expires: entry.expires };
      const known = former.get(key);
      if (isTouched(key)) {
        // It may have been listed as it was before the packet, or after it.
        if (known !== undefined) now.set(key, known);
        continue;
      }
      const life =
        this.#goOn(known, entry.state, start, look) ?? this.#begin(node, entry, start, look, known, lookedAt);
      now.set(key, life);
      for (const { seen } of this.#listeners) seen?.(life);
    }
    for (const [key, life] of former) {
      const start = starts.get(key);
      if (entries.has(key) || isTouched(key) || (start !== undefined && start.packetAt !== life.packetAt))
        continue;
      const isUntouched = life.packetAt === start?.packetAt && this.#knowsWire(life, life.first.at);
      for (const { gone } of this.#listeners) gone?.(life, { at, until }, isUntouched);
    }
  }

  /** The same life at another look; undefined when a packet has come, or may have come, since the last one. */
  #goOn(
    life: EntryLife | undefined,
    state: string,
    start: Start | undefined,
    look: Look,
  ): EntryLife | undefined {
    if (life === undefined || life.state !== state) return undefined;
    if (start !== undefined && start.packetAt !== life.packetAt) return undefined;
    const shown = dueWindow(look.expires, look.at, look.until);
    const due = overlapOf(life.due, shown);
    if (due === undefined) {
      // Of what is not on the wire nobody can tell that no packet came.
      if (start === undefined) return undefined;
      for (const { jumped } of this.#listeners) jumped?.(life, look);
    }
    life.due = due ?? shown;
    life.last = look;
    return life;
  }

  #begin(
    node: string,
    { protocol, client, virtual, state }: ConnectionEntry,
    start: Start | undefined,
    look: Look,
    former: EntryLife | undefined,
    lookedAt: number | undefined,
  ): EntryLife {
    const since = former?.last.at ?? lookedAt;
    const byLooks = since === undefined ? undefined : { from: since, to: look.until };
    return {
      node,
      protocol,
      client,
      virtual,
      state,
      // What is listed has been handled.
      start: start === undefined ? byLooks : { ...start.window, to: Math.min(start.window.to, look.until) },
      packetAt: start?.packetAt,
      madeAt: start === undefined && former === undefined ? byLooks?.from : (start ?? former)?.madeAt,
      due: dueWindow(look.expires, look.at, look.until),
      first: look,
      last: look,
    };
  }
}

function keyOf({ protocol, client, virtual }: Named): string {
  return `${protocol} ${client.address}:${client.port} ${virtual.address}:${virtual.port}`;
}

function hostPair(protocol: number, one: number, other: number): string {
  return `${protocol} ${Math.min(one, other)} ${Math.max(one, other)}`;
}

/** `203.0.113.10:40001 → 203.0.113.80:80` */
export function describeEntry({ client, virtual }: EntryLife): string {
  return `${formatIpv4(client.address)}:${client.port} → ${formatEndpoint(virtual)}`;
}

/** Where to find a look in the record. */
export function lookPlace({ node }: EntryLife, { at }: { readonly at: number }): string {
  return `trace.jsonl: ip_vs_conn of ${node} at +${(at / 1e9).toFixed(3)} s`;
}
