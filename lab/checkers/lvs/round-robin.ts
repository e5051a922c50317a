/** A server in the scheduler's list, by whatever number the caller tells servers apart. */
export interface RoundRobinServer {
  readonly id: number;
  readonly weight: number;
}

const nowhere = -2;
const head = -1;

/**
 * The scheduler `rr` as the kernel has it (ip_vs_rr.c): it remembers whom it chose last and takes the next one of
 * the list that has a weight. The list is the director's, newest first, and begins anew at its end. What was
 * chosen before one began to look is not known; then the first choice seen is the place to go on from.
 */
export class RoundRobin {
  #ids: readonly number[] = [];
  #eligible: readonly number[] = [];
  /** By place in the list plus 1: the place of the next choice. */
  #following: readonly number[] = [];
  /** Place of the last choice, `head` before the first, `nowhere` when it is not known. */
  #place: number;

  constructor(servers: readonly RoundRobinServer[], isFresh: boolean) {
    this.#place = isFresh ? head : nowhere;
    this.#take(servers);
  }

  get isPlaced(): boolean {
    return this.#place !== nowhere;
  }

  /** Servers that can be chosen. */
  get eligible(): readonly number[] {
    return this.#eligible;
  }

  /** The next choice; undefined when it is not known where the scheduler stands, or there is none. */
  next(): number | undefined {
    return this.#place === nowhere ? undefined : this.#ids[this.#following[this.#place + 1]!];
  }

  /** The next choices of as many as `count` connections. */
  nextOf(count: number): readonly number[] | undefined {
    const kept = this.#place;
    const choices: number[] = [];
    for (let choice = this.next(); choice !== undefined && choices.length < count; choice = this.next()) {
      choices.push(choice);
      this.chose(choice);
    }
    this.#place = kept;
    return choices.length < count ? undefined : choices;
  }

  chose(id: number): void {
    const place = this.#ids.indexOf(id);
    this.#place = place < 0 ? nowhere : place;
  }

  /** Something was chosen, and nobody knows what. */
  lose(): void {
    this.#place = nowhere;
  }

  /** The list has changed. When the last choice was deleted, the scheduler stands at the one before it. */
  change(servers: readonly RoundRobinServer[]): void {
    const before = this.#ids.slice(0, this.#place + 1);
    const wasPlaced = this.#place >= 0;
    this.#take(servers);
    if (!wasPlaced) return;
    const left = before.findLast((id) => this.#ids.includes(id));
    this.#place = left === undefined ? head : this.#ids.indexOf(left);
  }

  #take(servers: readonly RoundRobinServer[]): void {
    const { length } = servers;
    this.#ids = servers.map(({ id }) => id);
    this.#eligible = servers.filter(({ weight }) => weight > 0).map(({ id }) => id);
    this.#following = Array.from({ length: length + 1 }, (_, after) => {
      for (let step = 0; step < length; step++) {
        const place = (after + step) % length;
        if (servers[place]!.weight > 0) return place;
      }
      return -1;
    });
  }
}
