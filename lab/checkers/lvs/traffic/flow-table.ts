/** Bits of `FlowTable.flags`. They describe the connection that the flow carries now. */
export const SYN_ARRIVED = 1 << 0; // the client's SYN came to a director
export const ORPHAN = 1 << 1; // the first packet seen was not a SYN: the beginning is missing
export const SYN_FORWARDED = 1 << 2; // a director sent the SYN on
export const ANSWERED = 1 << 3; // the server that it was sent to answered the SYN with SYN and ACK
export const REFUSED = 1 << 4; // that server answered the SYN with RST
export const SELF_ANSWERED = 1 << 5; // a director answered with SYN and ACK itself
export const SELF_RESET = 1 << 6; // a director answered with RST itself
export const CLIENT_FIN = 1 << 7;
export const CLIENT_RST = 1 << 8;
export const BYPASSED = 1 << 9; // some packet for the virtual address went by no director
export const DIRECTORS_OWN = 1 << 10; // the client is a process on the director
export const REUSE_UNSURE = 1 << 11; // the director may still have had an entry from the connection before
export const SYN_REPEATED = 1 << 12; // the SYN came more than once

/**
 * Room for 1,000 new connections a second, each remembered for two minutes. A flow takes 90 bytes, 12 MB in all, and the
 * system gives memory only to flows that were used.
 */
export const flowsMax = 1 << 17;
const capacity = flowsMax;
const bucketMask = capacity - 1;
/** A closed connection's entry lives this long in the director (FIN_WAIT, TIME_WAIT), and so does its memory here. */
const rememberNs = 120e9;

export interface FlowTableOptions {
  readonly canEvict: (flow: number) => boolean;
  /** The number to keep with flows to this address and port. */
  readonly serviceOf: (vip: number, port: number, protocol: number) => number;
}

/**
 * The flows to virtual addresses, by client address and port, virtual address and port, and protocol. Columns are
 * typed arrays and a flow is an index into them. When there is no room, the flows go first that are closed or
 * long silent; `forgotAt` tells when one went too soon.
 */
export class FlowTable {
  /** Index of a bucket's first flow plus 1, so that fresh memory is an empty table. */
  readonly #heads = new Int32Array(capacity);
  readonly #next = new Int32Array(capacity);
  #used = 0;
  #hand = 0;
  #forgotAt = -1;
  #found = -1;
  #foundPorts = 0;
  #foundClient = 0;
  #foundVip = 0;
  /** No protocol has this number until something was found. */
  #foundProtocol = -1;
  readonly #options: FlowTableOptions;
  readonly client = new Int32Array(capacity);
  readonly vip = new Int32Array(capacity);
  /** Client's port in the upper half. */
  readonly ports = new Int32Array(capacity);
  readonly protocol = new Uint8Array(capacity);
  readonly flags = new Int32Array(capacity);
  readonly state = new Uint8Array(capacity);
  /** Node that the director chose, -1 while unknown; and the one of the connection before. */
  readonly server = new Int16Array(capacity);
  readonly formerServer = new Int16Array(capacity);
  readonly director = new Int16Array(capacity);
  /** Index of the plan's service, -1 for none. */
  readonly service = new Int16Array(capacity);
  /** Sequence number of the SYN. */
  readonly synSequence = new Int32Array(capacity);
  /** Counted up with each connection: tells connections of one flow apart. */
  readonly connection = new Int32Array(capacity);
  /** Serial of the newest packet in the ring. */
  readonly newestPacket = new Int32Array(capacity);
  readonly synNumber = new Int32Array(capacity);
  readonly synFile = new Uint8Array(capacity);
  readonly forwardedNumber = new Int32Array(capacity);
  readonly forwardedFile = new Uint8Array(capacity);
  /** The connection's first packet at a director. */
  readonly firstAt = new Float64Array(capacity);
  readonly lastAt = new Float64Array(capacity);
  readonly forwardedAt = new Float64Array(capacity);

  constructor(options: FlowTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#used;
  }

  /** The last moment of a flow that was dropped while the director may still have had its entry; -1 when none was. */
  get forgotAt(): number {
    return this.#forgotAt;
  }

  /** -1 when there is none. A packet and its forwarded copy mostly follow one another, so the last answer is kept. */
  find(client: number, vip: number, ports: number, protocol: number): number {
    if (
      ports === this.#foundPorts &&
      client === this.#foundClient &&
      vip === this.#foundVip &&
      protocol === this.#foundProtocol
    ) {
      return this.#found;
    }
    const flow = this.#look(client, vip, ports, protocol);
    if (flow >= 0) {
      this.#found = flow;
      this.#foundPorts = ports;
      this.#foundClient = client;
      this.#foundVip = vip;
      this.#foundProtocol = protocol;
    }
    return flow;
  }

  #look(client: number, vip: number, ports: number, protocol: number): number {
    let flow = this.#heads[hash(client, vip, ports) & bucketMask]! - 1;
    while (flow >= 0) {
      if (
        this.ports[flow] === ports &&
        this.client[flow] === client &&
        this.vip[flow] === vip &&
        this.protocol[flow] === protocol
      ) {
        return flow;
      }
      flow = this.#next[flow]! - 1;
    }
    return -1;
  }

  /** Makes a flow that `find` did not find. */
  open(client: number, vip: number, ports: number, protocol: number, now: number): number {
    const flow = this.#used < capacity ? this.#used++ : this.#evict(now);
    this.client[flow] = client;
    this.vip[flow] = vip;
    this.ports[flow] = ports;
    this.protocol[flow] = protocol;
    this.flags[flow] = 0;
    this.state[flow] = 0;
    this.server[flow] = -1;
    this.formerServer[flow] = -1;
    this.director[flow] = -1;
    this.service[flow] = this.#options.serviceOf(vip, ports & 0xffff, protocol);
    this.synSequence[flow] = 0;
    this.connection[flow] = -1;
    this.newestPacket[flow] = -1;
    this.synNumber[flow] = 0;
    this.forwardedNumber[flow] = 0;
    this.firstAt[flow] = now;
    this.lastAt[flow] = now;
    this.forwardedAt[flow] = -1;
    const bucket = hash(client, vip, ports) & bucketMask;
    this.#next[flow] = this.#heads[bucket]!;
    this.#heads[bucket] = flow + 1;
    return flow;
  }

  #evict(now: number): number {
    const flow = this.#victim(now);
    if (flow === this.#found) this.#foundProtocol = -1;
    const bucket = hash(this.client[flow]!, this.vip[flow]!, this.ports[flow]!) & bucketMask;
    if (this.#heads[bucket] === flow + 1) this.#heads[bucket] = this.#next[flow]!;
    else {
      let at = this.#heads[bucket]! - 1;
      while (this.#next[at] !== flow + 1) at = this.#next[at]! - 1;
      this.#next[at] = this.#next[flow]!;
    }
    return flow;
  }

  /** The hand goes round; it takes the first flow that may go, else after a while the best of those it has seen. */
  #victim(now: number): number {
    let young = -1;
    for (let steps = 0; steps < 64; steps++) {
      this.#hand = (this.#hand + 1) & (capacity - 1);
      const flow = this.#hand;
      if (!this.#options.canEvict(flow)) continue;
      if (now - this.lastAt[flow]! > rememberNs) return flow;
      const isClosed = (this.flags[flow]! & (CLIENT_FIN | CLIENT_RST)) !== 0;
      if (young < 0 || (isClosed && this.lastAt[flow]! < this.lastAt[young]!)) young = flow;
    }
    const flow = young < 0 ? this.#hand : young;
    this.#forgotAt = Math.max(this.#forgotAt, this.lastAt[flow]!);
    return flow;
  }
}

function hash(client: number, vip: number, ports: number): number {
  let mixed = Math.imul(client ^ Math.imul(vip, 0x9e37_79b1), 0x85eb_ca6b) ^ ports;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 13);
}
