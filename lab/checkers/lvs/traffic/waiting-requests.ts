import type { DirectorTraffic } from './director-traffic.ts';

const capacity = 1024;

export interface WaitingRequest<Note> {
  readonly flow: number;
  readonly note: Note;
}

/**
 * Connections that somebody has to answer for, in the order in which they came. Nearly all are answered at once, and
 * nobody takes them out one by one: when there is no room left those go that no longer wait, and of the others the
 * oldest half stay.
 */
export class WaitingRequests<Note> {
  readonly #flows = new Int32Array(capacity);
  readonly #connections = new Int32Array(capacity);
  readonly #notes: (Note | undefined)[] = Array.from({ length: capacity });
  readonly #traffic: DirectorTraffic;
  readonly #isWaiting: (flow: number) => boolean;
  #count = 0;
  /** The first so many stayed before; the flow table keeps their flows. */
  #pinned = 0;

  constructor(traffic: DirectorTraffic, isWaiting: (flow: number) => boolean) {
    this.#traffic = traffic;
    this.#isWaiting = isWaiting;
  }

  add(flow: number, note: Note): void {
    if (this.#count === capacity) this.#tidy();
    this.#flows[this.#count] = flow;
    this.#connections[this.#count] = this.#traffic.flows.connection[flow]!;
    this.#notes[this.#count] = note;
    this.#count += 1;
  }

  /** Those whose flow still carries the same connection and still waits. */
  left(): readonly WaitingRequest<Note>[] {
    const { connection } = this.#traffic.flows;
    const left: WaitingRequest<Note>[] = [];
    for (let index = 0; index < this.#count; index++) {
      const flow = this.#flows[index]!;
      if (connection[flow] === this.#connections[index] && this.#isWaiting(flow)) {
        left.push({ flow, note: this.#notes[index]! });
      }
    }
    return left;
  }

  #tidy(): void {
    const left = this.left().slice(0, capacity / 2);
    for (const { flow } of left) this.#traffic.pin(flow);
    for (let index = 0; index < this.#pinned; index++) this.#traffic.unpin(this.#flows[index]!);
    this.#pinned = left.length;
    this.#count = 0;
    for (const { flow, note } of left) this.add(flow, note);
  }
}
