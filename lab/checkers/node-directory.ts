import { formatIpv4, formatMac, parseIpv4, parseMac } from 'tcpdump-parser';
import type { Role } from '../topology/define.ts';
import type { LabPlan, PlannedNic } from '../topology/plan.ts';

export interface KnownNode {
  readonly index: number;
  /** As in the topology; a deduced stranger has its MAC address for a name. */
  readonly name: string;
  readonly role: Role;
  /** Whether the plan has it. */
  readonly isPlanned: boolean;
}

const cacheSlots = 256;
const broadcast = 0xffff_ffff_ffff;
/** What operating systems send packets with; any other value has been through a router or a director. */
const initialTtls: ReadonlySet<number> = new Set([64, 128, 255]);

interface PlannedPlace {
  readonly node: number;
  readonly nic: PlannedNic;
}

/**
 * Whose network card an Ethernet address is. In a capture that the lab made the plan says it. In any other it is
 * learnt: from the sender of ARP messages, and from the source of IP packets whose sender is on that wire
 * itself, never of packets that somebody passed on. What contradicts itself is kept as a conflict and told.
 */
export class NodeDirectory {
  readonly #nodes: KnownNode[];
  readonly #byName: ReadonlyMap<string, number>;
  readonly #planned: Map<number, PlannedPlace>;
  readonly #byAddress: ReadonlyMap<number, PlannedPlace>;
  readonly #virtual: ReadonlySet<number>;
  readonly #learnt = new Map<number, number>();
  readonly #segmentOf = new Map<number, string>();
  readonly #strangers = new Set<number>();
  readonly #conflicts = new Map<string, string>();
  readonly #own: ReadonlySet<number>[];
  #hasPlannedMacs = false;
  /** Direct-mapped; -1 is no address. */
  readonly #cachedMac = new Float64Array(cacheSlots).fill(-1);
  readonly #cachedNode = new Int16Array(cacheSlots);
  /** By index: true for the nodes with that role. Grows with deduced strangers. */
  readonly isDirector: boolean[];
  readonly isRealServer: boolean[];
  /** By index: when the node was last seen sending anything, in nanoseconds; -1 for never. */
  readonly lastSentAt: number[];

  constructor(plan: LabPlan) {
    this.#nodes = plan.nodes.map(({ name, role }, index) => ({ index, name, role, isPlanned: true }));
    this.#byName = new Map(plan.nodes.map(({ name }, index) => [name, index]));
    const places = plan.nodes.flatMap(({ nics }, node) => nics.map((nic) => ({ node, nic })));
    this.#planned = new Map(places.map((place) => [parseMac(place.nic.mac) ?? -1, place]));
    this.#byAddress = new Map(places.map((place) => [parseIpv4(place.nic.address) ?? -1, place]));
    this.#virtual = new Set(plan.services.map(({ vip }) => parseIpv4(vip) ?? -1));
    this.#own = plan.nodes.map(({ nics }) => new Set(nics.map(({ address }) => parseIpv4(address) ?? -1)));
    const directors = new Set(plan.services.flatMap((service) => service.directors.map(({ node }) => node)));
    const realServers = new Set(
      plan.services.flatMap((service) => service.realServers.map(({ node }) => node)),
    );
    this.isDirector = plan.nodes.map(({ name, role }) => role === 'director' || directors.has(name));
    this.lastSentAt = plan.nodes.map(() => -1);
    // A director may serve requests itself; its forwarding is what matters then.
    this.isRealServer = plan.nodes.map(
      ({ name, role }, index) => !this.isDirector[index] && (role === 'realServer' || realServers.has(name)),
    );
  }

  get nodes(): readonly KnownNode[] {
    return this.#nodes;
  }

  /** Addresses that no node of the plan and no deduction accounts for. */
  get strangers(): readonly string[] {
    return [...this.#strangers].filter((mac) => !this.#learnt.has(mac)).map(formatMac);
  }

  /** What was learnt, for a report: MAC address → node. Empty when the plan knew them all. */
  get learnt(): ReadonlyMap<string, string> {
    return new Map([...this.#learnt].map(([mac, node]) => [formatMac(mac), this.name(node)]));
  }

  get conflicts(): readonly string[] {
    return [...this.#conflicts.values()];
  }

  name(index: number): string {
    return this.#nodes[index]?.name ?? 'an unknown node';
  }

  /** -1 for a name that the plan does not have. */
  indexOf(name: string): number {
    return this.#byName.get(name) ?? -1;
  }

  role(index: number): Role | undefined {
    return this.#nodes[index]?.role;
  }

  /** True when the address is one of the node's own NICs', as planned. */
  owns(index: number, address: number): boolean {
    return this.#own[index]?.has(address) ?? false;
  }

  /** The node that has this address on a NIC, -1 for none. */
  holderOf(address: number): number {
    return this.#byAddress.get(address)?.node ?? -1;
  }

  /** Whether some address of the node's is known on the wire. */
  isSeen(index: number): boolean {
    if (this.#hasPlannedMacs) return this.#nodes[index]?.isPlanned ?? false;
    for (const node of this.#learnt.values()) if (node === index) return true;
    return false;
  }

  /** The segment that the NIC with this address is plugged into, when that is known. */
  segmentOf(mac: number): string | undefined {
    return this.#planned.get(mac)?.nic.segment ?? this.#segmentOf.get(mac);
  }

  /** The planned NIC with this address. */
  nicOf(mac: number): PlannedNic | undefined {
    return this.#planned.get(mac)?.nic;
  }

  /** The node with this address, -1 for none. `bytes` holds the six bytes of it at `at`. */
  find(mac: number, bytes: Uint8Array, at: number): number {
    const slot = (bytes[at + 5]! ^ (bytes[at + 4]! << 2) ^ (bytes[at + 3]! << 4)) & (cacheSlots - 1);
    if (this.#cachedMac[slot] === mac) return this.#cachedNode[slot]!;
    const node = this.lookUp(mac);
    this.#cachedMac[slot] = mac;
    this.#cachedNode[slot] = node;
    return node;
  }

  lookUp(mac: number): number {
    const planned = this.#planned.get(mac)?.node;
    if (planned !== undefined) {
      if (!this.#hasPlannedMacs) this.#planIsRight();
      return planned;
    }
    const learnt = this.#learnt.get(mac);
    if (learnt !== undefined) return learnt;
    if (mac !== 0 && !isGroup(mac)) this.#strangers.add(mac);
    return -1;
  }

  /** An ARP message: its sender says who has which address. */
  heardArp(mac: number, address: number, segment: string | undefined): void {
    const place = this.#byAddress.get(address);
    if (place === undefined || isGroup(mac) || mac === 0) return;
    if (segment !== undefined && place.nic.segment !== segment) return;
    this.#bind(mac, place);
  }

  /** An IP packet from a stranger. */
  heardIp(mac: number, source: number, destination: number, ttl: number, segment: string | undefined): void {
    const place = this.#byAddress.get(source);
    if (place === undefined || isGroup(mac) || mac === 0) return;
    if (segment === undefined ? this.#segmentCount() > 1 : place.nic.segment !== segment) return;
    // A director passes packets for a virtual address on with the client's address as their source.
    if (!initialTtls.has(ttl) || this.#virtual.has(destination)) return;
    this.#bind(mac, place);
  }

  /** A NIC has another address from now on; what goes to the old one reaches nobody. */
  exchangeMac(node: string, nicName: string, mac: string): void {
    const index = this.indexOf(node);
    const former = [...this.#planned].find(([, place]) => place.node === index && place.nic.name === nicName);
    const parsed = parseMac(mac);
    if (former === undefined || parsed === undefined) return;
    const [old, place] = former;
    this.#planned.delete(old);
    this.#planned.set(parsed, { node: index, nic: { ...place.nic, mac } });
    this.#forget();
  }

  /** What a view concluded about a stranger from what it did. */
  deduce(mac: number, index: number): void {
    this.#learnt.set(mac, index);
    this.#forget();
  }

  /** A node that the plan does not have, or cannot be told which it is. Its name is its MAC address. */
  deduceRealServer(mac: number): number {
    const index = this.#nodes.length;
    this.#nodes.push({ index, name: formatMac(mac), role: 'realServer', isPlanned: false });
    this.isDirector.push(false);
    this.isRealServer.push(true);
    this.lastSentAt.push(-1);
    this.deduce(mac, index);
    return index;
  }

  #bind(mac: number, { node, nic }: PlannedPlace): void {
    if (this.#planned.has(mac)) return;
    const known = this.#learnt.get(mac);
    if (known === node) return;
    const name = this.name(node);
    if (this.#hasPlannedMacs) {
      this.#conflict(
        `${formatMac(mac)} claims ${nic.address}, the address of ${name}, and is none of its NICs`,
      );
      return;
    }
    if (known !== undefined && this.#nodes[known]?.isPlanned) {
      this.#conflict(
        `${formatMac(mac)} claims the addresses of ${this.name(known)} and of ${name} (${nic.address})`,
      );
      return;
    }
    const rival = [...this.#learnt].find(
      ([other, owner]) => owner === node && this.#segmentOf.get(other) === nic.segment,
    );
    if (rival !== undefined) {
      this.#conflict(
        `${nic.address} (${name}) is claimed by ${formatMac(rival[0])} and by ${formatMac(mac)}`,
      );
    }
    this.#learnt.set(mac, node);
    this.#segmentOf.set(mac, nic.segment);
    this.#forget();
  }

  /** The lab's own addresses are on the wire: whatever was guessed before them was wrong or is not needed. */
  #planIsRight(): void {
    this.#hasPlannedMacs = true;
    this.#learnt.clear();
    this.#segmentOf.clear();
    this.#forget();
  }

  #conflict(text: string): void {
    this.#conflicts.set(text, text);
  }

  #forget(): void {
    this.#cachedMac.fill(-1);
  }

  #segmentCount(): number {
    return new Set([...this.#byAddress.values()].map(({ nic }) => nic.segment)).size;
  }
}

function isGroup(mac: number): boolean {
  // The lowest bit of the first byte marks a group address (IEEE 802, 8.2).
  return mac === broadcast || Math.floor(mac / 0x100_0000_0000) % 2 === 1;
}

/** `203.0.113.21 (web1)` where somebody is known to have that address. */
export function addressWithOwner(nodes: NodeDirectory, address: number): string {
  const holder = nodes.holderOf(address);
  return holder < 0 ? formatIpv4(address) : `${formatIpv4(address)} (${nodes.name(holder)})`;
}
