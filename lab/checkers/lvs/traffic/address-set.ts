/** A set of IPv4 addresses that is asked once or twice for every packet. Addresses are 32-bit numbers of either sign. */
export class AddressSet {
  #slots = new Int32Array(16);
  #size = 0;
  /** Most traces are about one address. */
  #first = 0;
  /** 0.0.0.0 marks a free slot, so it cannot be in one. */
  #hasZero = false;

  has(address: number): boolean {
    const wanted = address | 0;
    if (this.#size === 1) return wanted === this.#first;
    if (wanted === 0) return this.#hasZero;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(wanted) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (slots[slot] === wanted) return true;
    }
    return false;
  }

  add(address: number): void {
    const wanted = address | 0;
    if (this.#size > 0 && this.has(wanted)) return;
    if (this.#size === 0) this.#first = wanted;
    if ((this.#size + 1) * 2 > this.#slots.length) {
      const old = this.#slots;
      this.#slots = new Int32Array(old.length * 2);
      for (const held of old) if (held !== 0) this.#put(held);
    }
    if (wanted === 0) this.#hasZero = true;
    else this.#put(wanted);
    this.#size += 1;
  }

  #put(address: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(address) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = address;
  }
}

function hash(address: number): number {
  const mixed = Math.imul(address, 0x9e37_79b1);
  return mixed ^ (mixed >>> 16);
}
