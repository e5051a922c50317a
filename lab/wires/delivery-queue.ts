/** What waits for its moment. Lower `dueNs` first, then in the order they were put in. */
interface Entry<Item> {
  readonly dueNs: number;
  readonly sequence: number;
  readonly item: Item;
}

/** A binary heap of things to do later; it knows no clock. */
export class DeliveryQueue<Item> {
  readonly #heap: Entry<Item>[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Infinity when nothing waits. */
  get nextDueNs(): number {
    return this.#heap[0]?.dueNs ?? Number.POSITIVE_INFINITY;
  }

  add(dueNs: number, item: Item): void {
    const entry = { dueNs, sequence: this.#sequence++, item };
    let index = this.#heap.length;
    this.#heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (!isBefore(entry, parent)) break;
      this.#heap[index] = parent;
      index = parentIndex;
    }
    this.#heap[index] = entry;
  }

  /** The first item that is due, taken out; undefined when none is. */
  takeDue(nowNs: number): Item | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueNs > nowNs) return undefined;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: Entry<Item>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, heap[childIndex]!)) childIndex += 1;
      const child = heap[childIndex]!;
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = entry;
  }
}

function isBefore(left: Entry<unknown>, right: Entry<unknown>): boolean {
  return left.dueNs < right.dueNs || (left.dueNs === right.dueNs && left.sequence < right.sequence);
}
