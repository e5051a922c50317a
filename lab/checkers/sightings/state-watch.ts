import { type Disturbances, disturbances } from '../disturbances.ts';
import type { Endpoint } from '../ipvs-text/hex-endpoint.ts';
import { formatEndpoint } from '../ipvs-text/table.ts';
import { type Breach, seconds } from '../judgement.ts';
import { type DirectorTraffic, directorTraffic } from '../lvs/traffic/director-traffic.ts';
import { REUSE_UNSURE } from '../lvs/traffic/flow-table.ts';
import { defaultTimeouts, type TcpState } from '../lvs/traffic/tcp-state.ts';
import type { JudgingContext } from '../rule.ts';
import { type EntryLook, entryLooks } from './entry-looks.ts';
import { type TimeoutHistory, timeoutHistory } from './timeout-history.ts';

interface Watched {
  readonly flow: number;
  readonly connection: number;
  readonly director: string;
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly from: number;
  readonly segment: string;
  readonly place: string;
  /** When another connection took its ports over. */
  replacedAt: number;
}

const watchedMax = 1024;
/** Allowance for the ticks that a timer is rounded to, and for a capture that stamped the packet late. */
const marginNs = 1e9;

/**
 * Connections whose entry has to be in one state from some moment on, held against the looks at the director's
 * entries. Each counts once, however often it was looked at.
 */
export class StateWatch {
  readonly #state: TcpState;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #lab: Disturbances;
  readonly #timeouts: TimeoutHistory;
  readonly #isStill: (flow: number) => boolean;
  readonly #watched = new Set<Watched>();
  readonly #byFlow = new Map<number, Watched>();
  readonly #right = new Set<Watched>();
  readonly #wrong = new Map<Watched, Breach>();
  readonly #spoiled = new Set<Watched>();

  /** `isStill` tells whether nothing came since that would have changed the state of the flow's connection. */
  constructor(context: JudgingContext, state: TcpState, isStill: (flow: number) => boolean = () => true) {
    this.#state = state;
    this.#context = context;
    this.#isStill = isStill;
    this.#traffic = context.view(directorTraffic);
    this.#lab = context.view(disturbances);
    this.#timeouts = context.view(timeoutHistory);
    this.#traffic.listen({ connectionArrived: (flow, { at }) => this.#replaced(flow, at) });
    context.view(entryLooks).listen((look) => this.#look(look));
  }

  /** From `from` on the entry of the flow's connection has to be in the state. */
  watch(flow: number, from: number, segment: string, place: string): void {
    const { flows } = this.#traffic;
    const connection = flows.connection[flow]!;
    if (this.#byFlow.get(flow)?.connection === connection || this.#watched.size >= watchedMax) return;
    // With an entry from before, whose state nobody knows, the new one's state is not known either.
    if (flows.flags[flow]! & REUSE_UNSURE) return;
    const watched: Watched = {
      flow,
      connection,
      director: this.#context.nodes.name(flows.director[flow]!),
      client: { address: flows.client[flow]! >>> 0, port: flows.ports[flow]! >>> 16 },
      virtual: { address: flows.vip[flow]! >>> 0, port: flows.ports[flow]! & 0xffff },
      from,
      segment,
      place,
      replacedAt: Number.POSITIVE_INFINITY,
    };
    this.#watched.add(watched);
    this.#byFlow.set(flow, watched);
    this.#traffic.pin(flow);
  }

  /** Connections whose entry was in the state at every look. */
  get right(): number {
    return [...this.#right].filter((watched) => !this.#wrong.has(watched)).length;
  }

  get breaches(): readonly Breach[] {
    return [...this.#wrong.values()];
  }

  /** Connections that were looked at while a fault or an unusual setting was at work. */
  get spoiled(): number {
    return this.#spoiled.size;
  }

  #replaced(flow: number, at: number): void {
    const watched = this.#byFlow.get(flow);
    if (watched === undefined) return;
    watched.replacedAt = at;
    this.#byFlow.delete(flow);
    this.#traffic.unpin(flow);
  }

  #look(look: EntryLook): void {
    for (const watched of this.#watched) {
      const { director, from, replacedAt, flow } = watched;
      if (director !== look.node || from > look.at || replacedAt < look.until) continue;
      const isCurrent = this.#byFlow.get(flow) === watched;
      if (isCurrent && !this.#isStill(flow)) continue;
      this.#judge(watched, look);
    }
  }

  #judge(watched: Watched, look: EntryLook): void {
    const { director, from, client, virtual } = watched;
    const state = look.find('tcp', client, virtual)?.state;
    if (state === this.#state) {
      this.#right.add(watched);
      return;
    }
    const isDue = look.until > from + defaultTimeouts[this.#state] * 1e9 - marginNs;
    if (state === undefined && isDue) return;
    if (this.#lab.hasFaultWithin(from, look.until) || this.#timeouts.isUnusual(director)) {
      this.#spoiled.add(watched);
      return;
    }
    if (!this.#wrong.has(watched)) this.#wrong.set(watched, this.#breach(watched, look, state));
  }

  #breach(
    { director, from, client, virtual, segment, place }: Watched,
    look: EntryLook,
    state?: string,
  ): Breach {
    const what = `${formatEndpoint(client)} → ${formatEndpoint(virtual)}`;
    return {
      claim:
        state === undefined
          ? `${director} had no entry for ${what}`
          : `${director} had the entry for ${what} in ${state}`,
      at: look.at,
      node: director,
      segment,
      expected: `an entry in ${this.#state}`,
      seen: [`${state === undefined ? 'no entry' : state} ${seconds(look.at - from)} later`],
      evidence: [place, look.place],
    };
  }
}
