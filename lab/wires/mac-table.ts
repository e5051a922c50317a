/** Seconds an address is remembered without a frame from it: IEEE 802.1D-2004, 7.9.2, recommended value. */
const ageingSeconds = 300;

export const ageingNs = ageingSeconds * 1e9;

export interface MacEntry<Port> {
  port: Port;
  seenNs: number;
}

/**
 * Which port an Ethernet address was last seen on. Addresses are 48-bit numbers. `version` rises when an
 * answer may have changed, so that callers may keep answers; being seen again does not change it.
 */
export class MacTable<Port> {
  readonly #entries = new Map<number, MacEntry<Port>>();
  #version = 0;
  #moves = 0;

  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How often an address changed its port without having aged out. */
  get moves(): number {
    return this.#moves;
  }

  /** The entry stays valid while `version` does: its `seenNs` may be set directly. */
  learn(mac: number, port: Port, nowNs: number): MacEntry<Port> {
    const known = this.#entries.get(mac);
    if (known === undefined) {
      const entry = { port, seenNs: nowNs };
      this.#entries.set(mac, entry);
      this.#version += 1;
      return entry;
    }
    if (known.port !== port) {
      if (!hasAged(known, nowNs)) this.#moves += 1;
      known.port = port;
      this.#version += 1;
    }
    known.seenNs = nowNs;
    return known;
  }

  lookup(mac: number, nowNs: number): MacEntry<Port> | undefined {
    const entry = this.#entries.get(mac);
    if (entry === undefined || !hasAged(entry, nowNs)) return entry;
    this.#entries.delete(mac);
    this.#version += 1;
    return undefined;
  }

  flush(port: Port): void {
    for (const [mac, entry] of this.#entries) {
      if (entry.port === port) this.#entries.delete(mac);
    }
    this.#version += 1;
  }
}

/** Aged out only once the full time has passed. */
function hasAged(entry: MacEntry<unknown>, nowNs: number): boolean {
  return nowNs - entry.seenNs >= ageingNs;
}
