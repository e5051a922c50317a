/** A scheduler's choices that wait to be judged, oldest first. A choice is known by a number that only grows. */

const capacity = 4096;
const mask = capacity - 1;
/** Nobody was seen to be chosen. */
export const unseen = -1;

/** Two SYNs that come closer together than that may be handled by two processors, in either order. */
const raceNs = 2e6;
/** A SYN that has not gone on by then never will: the server does not answer ARP (three requests, a second apart). */
const hiddenNs = 5e9;

export const REUSED = 1 << 0; // the director may have sent it on by the entry of the connection before
export const AGAINST_LOAD = 1 << 1; // another server had fewer open connections
export const CANCELLED = 1 << 2; // no server was eligible: nobody was chosen

/** In typed arrays, since every connection of a capture passes through. */
export class PickQueue {
  #first = 0;
  #end = 0;
  readonly flow = new Int32Array(capacity);
  readonly connection = new Int32Array(capacity);
  readonly server = new Int16Array(capacity);
  readonly formerServer = new Int16Array(capacity);
  readonly marks = new Uint8Array(capacity);
  readonly #at = new Float64Array(capacity);
  /** When it went on; -1 while it has not. */
  readonly #outAt = new Float64Array(capacity);

  get first(): number {
    return this.#first;
  }

  /** One past the newest. */
  get end(): number {
    return this.#end;
  }

  get isFull(): boolean {
    return this.#end - this.#first === capacity;
  }

  slotOf(pick: number): number {
    return pick & mask;
  }

  at(pick: number): number {
    return this.#at[pick & mask]!;
  }

  isOut(pick: number): boolean {
    return this.#outAt[pick & mask]! >= 0;
  }

  add(flow: number, connection: number, formerServer: number, marks: number, at: number): void {
    const slot = this.#end++ & mask;
    this.flow[slot] = flow;
    this.connection[slot] = connection;
    this.server[slot] = unseen;
    this.formerServer[slot] = formerServer;
    this.marks[slot] = marks;
    this.#at[slot] = at;
    this.#outAt[slot] = -1;
  }

  /** The choice that has not gone on for this connection, -1 for none. */
  find(flow: number, connection: number): number {
    for (let pick = this.#end - 1; pick >= this.#first; pick--) {
      const slot = pick & mask;
      if (this.flow[slot] !== flow) continue;
      return this.connection[slot] === connection && this.#outAt[slot]! < 0 ? pick : -1;
    }
    return -1;
  }

  wentTo(pick: number, server: number, at: number, marks: number): void {
    const slot = pick & mask;
    this.server[slot] = server;
    this.#outAt[slot] = at;
    this.marks[slot]! |= marks;
  }

  cancel(pick: number): void {
    this.marks[pick & mask]! |= CANCELLED;
  }

  /**
   * One past the last of the oldest choices that can be judged now; what lies between belongs together, since nobody
   * can tell in which order it was chosen. -1 while more may belong to them or something may still show.
   */
  groupEnd(now: number): number {
    const first = this.#first;
    if (first === this.#end) return -1;
    let until = -1;
    let pick = first;
    for (; pick < this.#end; pick++) {
      const slot = pick & mask;
      const at = this.#at[slot]!;
      if (pick > first && at > until) return pick;
      const outAt = this.#outAt[slot]!;
      if (outAt < 0 && now - at < hiddenNs && (this.marks[slot]! & CANCELLED) === 0) return -1;
      const handled = outAt >= 0 && outAt < at + raceNs ? outAt : at + raceNs;
      if (handled > until) until = handled;
    }
    return until >= now ? -1 : pick;
  }

  /** Drops the choices before `end`. */
  take(end: number): void {
    this.#first = end;
  }
}
