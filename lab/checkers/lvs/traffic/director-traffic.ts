import {
  formatIpv4,
  type Packet,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  parseIpv4,
  TCP,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from 'tcpdump-parser';
import { isDelivered } from '../../judge.ts';
import type { NodeDirectory } from '../../node-directory.ts';
import type { JudgedFrame, JudgingContext, View, ViewKind } from '../../rule.ts';
import { tableHistory } from '../../tables/table-history.ts';
import { AddressSet } from './address-set.ts';
import { type AlteredPacket, AlteredPackets } from './altered-packets.ts';
import * as bit from './flow-table.ts';
import { FlowTable, flowsMax } from './flow-table.ts';
import { PacketRing } from './packet-ring.ts';
import { NONE, nextState, timeoutSeconds } from './tcp-state.ts';

/**
 * What happens to the packets for virtual addresses: which came to a director, which of them it sent on and to
 * whom, who answered. Whether a packet came or left is read from its Ethernet addresses alone; which packet that
 * leaves is which that came, from its bytes. Rules listen; a flow is an index into `flows`, a serial number
 * names a packet in `ring`.
 */
export interface TrafficListener {
  /** The first SYN of a connection, or the first datagram of a UDP flow, came to a director. */
  readonly connectionArrived?: (flow: number, frame: JudgedFrame) => void;
  /** A flow began, for a director, with something else than a SYN. */
  readonly orphanArrived?: (flow: number, frame: JudgedFrame) => void;
  /** A director sent a connection's first packet to a server: `flows.server`, -1 when nobody knows the address. */
  readonly connectionForwarded?: (flow: number, frame: JudgedFrame) => void;
  /** The client's first FIN or RST of a connection came to a director. */
  readonly connectionClosed?: (flow: number, frame: JudgedFrame) => void;
  /** The packet with this serial number left a director, the same but for TTL and header checksum. */
  readonly forwarded?: (flow: number, serial: number, frame: JudgedFrame) => void;
  /** A packet left a director that had come in otherwise. Told a while later. */
  readonly altered?: (altered: AlteredPacket) => void;
  /** A packet that a director had been sent went to a server under a source address that is no director's. */
  readonly disguised?: (flow: number, serial: number, frame: JudgedFrame) => void;
  /** A packet with a virtual address as its source, from a real server. */
  readonly serverReplied?: (flow: number, frame: JudgedFrame) => void;
  /** The same from a director. */
  readonly directorReplied?: (flow: number, frame: JudgedFrame) => void;
  /** A real server answered a connection under another address than the virtual one. */
  readonly misaddressedReply?: (flow: number, frame: JudgedFrame) => void;
  /** A packet for a virtual address that neither came to a director nor left one. */
  readonly bypassed?: (flow: number, frame: JudgedFrame) => void;
}

export interface TrafficCounts {
  /** Packets for virtual addresses that came to a director. */
  arrived: number;
  /** Of them, those that were seen leaving again. */
  forwarded: number;
  /** Packets that left a director and were not seen coming: the capture shows one side, or began too late. */
  leftUnseen: number;
  /** Packets for virtual addresses that no director had to do with. */
  bypassed: number;
  /** Connections that went by the directors from the start. */
  bypassedConnections: number;
  /** Packets from a virtual address that a real server sent. */
  serverReplies: number;
}

export const directorTraffic: ViewKind<DirectorTraffic> = {
  name: 'director traffic',
  interest: ['tcp', 'udp'],
  open: (context) => new DirectorTraffic(context),
};

const flagsOfOpening = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN;
const flagsOfChange = TCP_SYN | TCP_RST | TCP_FIN;
/** Packets of one flow that are compared with one that leaves: a window full of them may wait for ARP. */
const compareMax = 64;
/** Allowance for an entry's timer and for what the capture did not see of the connection before. */
const reuseMarginNs = 5e9;
const udpEntryNs = 300e9;
/** The same frame seen at two taps, or doubled by the wire; no TCP repeats itself that soon (RFC 6298, 2.4 says 1 s). */
const copyWindowNs = 0.2e9;

export class DirectorTraffic implements View {
  readonly flows: FlowTable;
  readonly ring = new PacketRing();
  readonly counts: TrafficCounts = {
    arrived: 0,
    forwarded: 0,
    leftUnseen: 0,
    bypassed: 0,
    bypassedConnections: 0,
    serverReplies: 0,
  };
  readonly #nodes: NodeDirectory;
  readonly #virtual = new AddressSet();
  readonly #virtualList: number[] = [];
  readonly #realServerAddresses: ReadonlySet<number>;
  readonly #directors: readonly number[];
  readonly #realServers: readonly number[];
  readonly #files: string[] = [];
  readonly #altered: AlteredPackets;
  /** Unknown Ethernet addresses that packets for virtual addresses were sent to. */
  readonly #receivers = new Set<number>();
  /** By flow: how many rules wait for something about it. */
  readonly #pins = new Uint8Array(flowsMax);
  #lastFile = '';
  #lastFileIndex = -1;
  #connections = 0;
  readonly #onArrived: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onOrphan: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onConnection: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onClosed: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onForwarded: ((flow: number, serial: number, frame: JudgedFrame) => void)[] = [];
  readonly #onAltered: ((altered: AlteredPacket) => void)[] = [];
  readonly #onDisguised: ((flow: number, serial: number, frame: JudgedFrame) => void)[] = [];
  readonly #onServerReply: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onDirectorReply: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onMisaddressed: ((flow: number, frame: JudgedFrame) => void)[] = [];
  readonly #onBypassed: ((flow: number, frame: JudgedFrame) => void)[] = [];

  constructor(context: JudgingContext) {
    const { plan, nodes } = context;
    this.#nodes = nodes;
    context.view(tableHistory).onBegin(({ table }) => {
      for (const { protocol, address } of table.services) if (protocol !== 'fwmark') this.addVirtual(address);
    });
    const services = plan.services.map(({ vip, port, protocol }) => ({
      vip: (parseIpv4(vip) ?? 0) | 0,
      port,
      protocol: protocolNumber(protocol),
    }));
    this.flows = new FlowTable({
      canEvict: (flow) => this.#pins[flow] === 0,
      serviceOf: (vip, port, protocol) =>
        services.findIndex(
          (service) => service.port === port && service.vip === vip && service.protocol === protocol,
        ),
    });
    for (const { vip } of plan.services) this.addVirtual(parseIpv4(vip) ?? 0);
    const index = ({ node }: { readonly node: string }) => nodes.indexOf(node);
    this.#directors = [...new Set(plan.services.flatMap(({ directors }) => directors.map(index)))];
    this.#realServers = [...new Set(plan.services.flatMap(({ realServers }) => realServers.map(index)))];
    this.#realServerAddresses = new Set(
      plan.services
        .filter(({ forwarding }) => forwarding === 'dr')
        .flatMap(({ realServers }) => realServers.map(({ rip }) => parseIpv4(rip) ?? -1)),
    );
    this.#altered = new AlteredPackets(
      this.ring,
      (file) => this.fileName(file),
      (at, callback) => context.schedule(at, callback),
      (altered) => {
        for (const tell of this.#onAltered) tell(altered);
      },
    );
  }

  listen(listener: TrafficListener): void {
    add(this.#onArrived, listener.connectionArrived);
    add(this.#onOrphan, listener.orphanArrived);
    add(this.#onConnection, listener.connectionForwarded);
    add(this.#onClosed, listener.connectionClosed);
    add(this.#onForwarded, listener.forwarded);
    add(this.#onAltered, listener.altered);
    add(this.#onDisguised, listener.disguised);
    add(this.#onServerReply, listener.serverReplied);
    add(this.#onDirectorReply, listener.directorReplied);
    add(this.#onMisaddressed, listener.misaddressedReply);
    add(this.#onBypassed, listener.bypassed);
  }

  /** An address that directors balance, beside those of the plan. */
  addVirtual(address: number): void {
    if (address === 0 || this.#virtual.has(address)) return;
    this.#virtual.add(address);
    this.#virtualList.push(address);
  }

  isVirtual(address: number): boolean {
    return this.#virtual.has(address);
  }

  /** Keeps a flow from being evicted while a rule waits for something about it. */
  pin(flow: number): void {
    this.#pins[flow]! += 1;
  }

  unpin(flow: number): void {
    this.#pins[flow]! -= 1;
  }

  fileName(file: number): string {
    return this.#files[file] ?? 'unknown file';
  }

  /** Evidence for a packet in the ring. */
  placeOf(serial: number): string {
    const slot = this.ring.slotOf(serial);
    return `${this.fileName(this.ring.file[slot]!)}#${this.ring.number[slot]}`;
  }

  /** Evidence for a connection's first packet at the director. */
  synPlace(flow: number): string {
    return `${this.fileName(this.flows.synFile[flow]!)}#${this.flows.synNumber[flow]}`;
  }

  forwardedPlace(flow: number): string {
    return `${this.fileName(this.flows.forwardedFile[flow]!)}#${this.flows.forwardedNumber[flow]}`;
  }

  /** `203.0.113.10:40001 → 203.0.113.80:80` */
  describe(flow: number): string {
    const { client, vip, ports } = this.flows;
    return `${formatIpv4(client[flow]! >>> 0)}:${ports[flow]! >>> 16} → ${formatIpv4(vip[flow]! >>> 0)}:${ports[flow]! & 0xffff}`;
  }

  /** The flow of a client's address and port and a virtual address and port, -1 for none. */
  find(client: number, clientPort: number, vip: number, port: number, protocol: 'tcp' | 'udp'): number {
    return this.flows.find(client | 0, vip | 0, (clientPort << 16) | port, protocolNumber(protocol));
  }

  frame(frame: JudgedFrame): void {
    const packet = frame.packet;
    if (this.#virtual.has(packet.ipDestination)) this.#request(frame, packet);
    else if (this.#virtual.has(packet.ipSource)) this.#response(frame, packet);
    else this.#stray(frame, packet);
  }

  #request(frame: JudgedFrame, packet: Packet): void {
    if (frame.fromIndex < 0 || frame.toIndex < 0) this.#deduce(frame, packet);
    const { isDirector } = this.#nodes;
    const { fromIndex, toIndex } = frame;
    const client = packet.ipSource | 0;
    const vip = packet.ipDestination | 0;
    const ports = (packet.sourcePort << 16) | packet.destinationPort;
    const flow = this.flows.find(client, vip, ports, packet.protocol);
    if (fromIndex >= 0 && isDirector[fromIndex]) {
      if (!frame.isCopy) this.#left(flow, client, vip, ports, frame, packet);
    } else if (toIndex >= 0 && isDirector[toIndex]) {
      if (isDelivered(frame)) this.#came(flow, client, vip, ports, frame, packet);
    } else if (toIndex >= 0) {
      this.#wentBy(flow, client, vip, ports, frame, packet);
    }
  }

  #came(known: number, client: number, vip: number, ports: number, frame: JudgedFrame, packet: Packet): void {
    const flows = this.flows;
    this.counts.arrived += 1;
    const flow = known < 0 ? flows.open(client, vip, ports, packet.protocol, frame.at) : known;
    const hasBegun = (flows.flags[flow]! & (bit.SYN_ARRIVED | bit.ORPHAN)) !== 0;
    if ((packet.layers & TCP) === 0) this.#datagramCame(flow, frame);
    else if (hasBegun && (packet.tcpFlags & flagsOfChange) === 0) {
      // Most packets of a connection do neither open nor close it.
      flows.state[flow] = nextState(flows.state[flow]!, packet.tcpFlags);
    } else this.#segmentCame(flow, frame, packet);
    flows.lastAt[flow] = frame.at;
    if (!this.#altered.isEmpty && this.#altered.clears(packet)) return;
    flows.newestPacket[flow] = this.ring.add(
      packet,
      flow,
      flows.newestPacket[flow]!,
      frame.at,
      frame.number,
      this.#fileIndex(frame.file),
    );
  }

  #datagramCame(flow: number, frame: JudgedFrame): void {
    const { flags, lastAt } = this.flows;
    if ((flags[flow]! & bit.SYN_ARRIVED) === 0 || frame.at - lastAt[flow]! > udpEntryNs) {
      this.#begin(flow, frame, 0);
    }
  }

  /** A segment that opens or closes a connection, or whose connection has not been seen so far. */
  #segmentCame(flow: number, frame: JudgedFrame, packet: Packet): void {
    const flows = this.flows;
    const flags = flows.flags[flow]!;
    const tcpFlags = packet.tcpFlags;
    if ((tcpFlags & flagsOfOpening) === TCP_SYN) {
      const isAgain =
        (flags & (bit.SYN_ARRIVED | bit.SYN_FORWARDED)) !== 0 &&
        flows.synSequence[flow] === (packet.tcpSequence | 0);
      if (!isAgain) this.#begin(flow, frame, packet.tcpSequence);
      else if (flags & bit.SYN_ARRIVED) {
        if (frame.at - flows.firstAt[flow]! > copyWindowNs) flows.flags[flow]! |= bit.SYN_REPEATED;
      } else this.#meetLate(flow, frame);
    } else if ((flags & (bit.SYN_ARRIVED | bit.ORPHAN)) === 0) {
      this.#beginOrphan(flow, frame, packet);
    }
    flows.state[flow] = nextState(flows.state[flow]!, tcpFlags);
    if (tcpFlags & (TCP_RST | TCP_FIN)) this.#close(flow, frame, tcpFlags);
  }

  #close(flow: number, frame: JudgedFrame, tcpFlags: number): void {
    const flags = this.flows.flags[flow]!;
    this.flows.flags[flow] = flags | (tcpFlags & TCP_RST ? bit.CLIENT_RST : bit.CLIENT_FIN);
    if ((flags & (bit.CLIENT_RST | bit.CLIENT_FIN)) === 0)
      for (const tell of this.#onClosed) tell(flow, frame);
  }

  #begin(flow: number, frame: JudgedFrame, sequence: number): void {
    const flows = this.flows;
    const isUnsure = this.#mayStillHaveEntry(flow, frame.at);
    flows.formerServer[flow] = flows.server[flow]!;
    flows.server[flow] = -1;
    flows.director[flow] = frame.toIndex;
    flows.synSequence[flow] = sequence | 0;
    flows.flags[flow] = bit.SYN_ARRIVED | (isUnsure ? bit.REUSE_UNSURE : 0);
    if (!isUnsure) flows.state[flow] = NONE;
    flows.connection[flow] = this.#connections++;
    flows.firstAt[flow] = frame.at;
    flows.forwardedAt[flow] = -1;
    flows.synNumber[flow] = frame.number;
    flows.synFile[flow] = this.#fileIndex(frame.file);
    for (const tell of this.#onArrived) tell(flow, frame);
  }

  #beginOrphan(flow: number, frame: JudgedFrame, packet: Packet): void {
    const flows = this.flows;
    // What left before it came, in a capture merged out of order, is known already.
    if (flows.flags[flow]! & bit.SYN_FORWARDED) {
      this.#meetLate(flow, frame);
      return;
    }
    flows.flags[flow] = (flows.flags[flow]! & bit.BYPASSED) | bit.ORPHAN;
    flows.server[flow] = -1;
    flows.director[flow] = frame.toIndex;
    flows.connection[flow] = this.#connections++;
    flows.firstAt[flow] = frame.at;
    flows.synNumber[flow] = frame.number;
    flows.synFile[flow] = this.#fileIndex(frame.file);
    if ((packet.tcpFlags & TCP_RST) === 0) for (const tell of this.#onOrphan) tell(flow, frame);
  }

  /** The SYN was seen leaving before it was seen coming. */
  #meetLate(flow: number, frame: JudgedFrame): void {
    const flows = this.flows;
    flows.flags[flow]! |= bit.SYN_ARRIVED;
    flows.director[flow] = frame.toIndex;
    flows.synNumber[flow] = frame.number;
    flows.synFile[flow] = this.#fileIndex(frame.file);
  }

  #mayStillHaveEntry(flow: number, now: number): boolean {
    const flows = this.flows;
    const flags = flows.flags[flow]!;
    if ((flags & (bit.SYN_ARRIVED | bit.ORPHAN)) === 0) return false;
    const timeout =
      flows.protocol[flow] === PROTOCOL_TCP ? timeoutSeconds[flows.state[flow]!]! * 1e9 : udpEntryNs;
    return now - flows.lastAt[flow]! <= timeout + reuseMarginNs;
  }

  #left(known: number, client: number, vip: number, ports: number, frame: JudgedFrame, packet: Packet): void {
    const flows = this.flows;
    let flow = known;
    if (flow >= 0) {
      const serial = this.#sameThatCame(flow, packet);
      if (serial >= 0) {
        if (this.ring.uses[this.ring.slotOf(serial)]!++ > 0) return;
        this.counts.forwarded += 1;
        this.#forwardOpening(flow, frame, packet);
        const listeners = this.#onForwarded;
        for (let index = 0; index < listeners.length; index++) listeners[index]!(flow, serial, frame);
        return;
      }
    }
    const newest = flow < 0 ? -1 : flows.newestPacket[flow]!;
    this.counts.leftUnseen += 1;
    if (this.ring.newest >= 0) this.#altered.consider(frame, newest);
    const isOpening = (packet.layers & TCP) === 0 || (packet.tcpFlags & flagsOfOpening) === TCP_SYN;
    if (!isOpening) return;
    if (flow < 0) {
      flow = flows.open(client, vip, ports, packet.protocol, frame.at);
      flows.synSequence[flow] = packet.tcpSequence | 0;
      flows.connection[flow] = this.#connections++;
      flows.director[flow] = frame.fromIndex;
      if (this.#isOwn(frame)) flows.flags[flow] = bit.DIRECTORS_OWN;
      flows.state[flow] = nextState(NONE, packet.tcpFlags);
    }
    this.#forwardOpening(flow, frame, packet);
  }

  /** A packet of a process on the director. */
  #isOwn({ fromIndex, packet }: JudgedFrame): boolean {
    return this.#nodes.owns(fromIndex, packet.ipSource) || this.#virtual.has(packet.ipSource);
  }

  /** The packet's serial number, -1 when none came like it. One that has not left yet goes before one that has. */
  #sameThatCame(flow: number, packet: Packet): number {
    const ring = this.ring;
    let serial = this.flows.newestPacket[flow]!;
    let found = -1;
    for (let steps = 0; steps < compareMax && ring.holds(serial); steps++) {
      const slot = ring.slotOf(serial);
      if (ring.flow[slot] !== flow) break;
      if (ring.id[slot] === packet.ipId && ring.isSame(serial, packet)) {
        const isFresh = ring.uses[slot] === 0;
        if (isFresh && ring.ttl[slot] === packet.ttl + 1) return serial;
        if (found < 0 || (isFresh && ring.uses[ring.slotOf(found)]! > 0)) found = serial;
      }
      serial = ring.before[slot]!;
    }
    return found;
  }

  #forwardOpening(flow: number, frame: JudgedFrame, packet: Packet): void {
    const flows = this.flows;
    if (flows.flags[flow]! & bit.SYN_FORWARDED) return;
    if (
      (packet.layers & TCP) !== 0 &&
      ((packet.tcpFlags & flagsOfOpening) !== TCP_SYN || flows.synSequence[flow] !== (packet.tcpSequence | 0))
    ) {
      return;
    }
    flows.flags[flow]! |= bit.SYN_FORWARDED;
    flows.server[flow] = frame.toIndex;
    flows.forwardedAt[flow] = frame.at;
    flows.forwardedNumber[flow] = frame.number;
    flows.forwardedFile[flow] = this.#fileIndex(frame.file);
    for (const tell of this.#onConnection) tell(flow, frame);
  }

  #wentBy(
    known: number,
    client: number,
    vip: number,
    ports: number,
    frame: JudgedFrame,
    packet: Packet,
  ): void {
    const { isRealServer } = this.#nodes;
    // A router on the way to the segment of the director.
    if (!isRealServer[frame.toIndex]) return;
    const flows = this.flows;
    if (known >= 0) {
      const serial = this.#sameThatCame(known, packet);
      const ring = this.ring;
      if (
        serial >= 0 &&
        ring.uses[ring.slotOf(serial)] === 0 &&
        ring.ttl[ring.slotOf(serial)] === packet.ttl + 1
      ) {
        ring.uses[ring.slotOf(serial)] = 1;
        for (const tell of this.#onDisguised) tell(known, serial, frame);
        return;
      }
    }
    this.counts.bypassed += 1;
    const flow = known < 0 ? flows.open(client, vip, ports, packet.protocol, frame.at) : known;
    const isOpening = (packet.layers & TCP) === 0 || (packet.tcpFlags & flagsOfOpening) === TCP_SYN;
    if (isOpening && (flows.flags[flow]! & (bit.BYPASSED | bit.SYN_ARRIVED)) === 0) {
      this.counts.bypassedConnections += 1;
    }
    flows.flags[flow]! |= bit.BYPASSED;
    for (const tell of this.#onBypassed) tell(flow, frame);
  }

  #response(frame: JudgedFrame, packet: Packet): void {
    const { fromIndex } = frame;
    if (fromIndex < 0 || frame.isCopy) return;
    const isServer = this.#nodes.isRealServer[fromIndex]!;
    if (!isServer && !this.#nodes.isDirector[fromIndex]) return;
    if (isServer) this.counts.serverReplies += 1;
    const flows = this.flows;
    const flow = flows.find(
      packet.ipDestination | 0,
      packet.ipSource | 0,
      (packet.destinationPort << 16) | packet.sourcePort,
      packet.protocol,
    );
    if (flow < 0) return;
    if (isServer) {
      if (flows.server[flow] === fromIndex) this.#noteAnswer(flow, packet, bit.ANSWERED, bit.REFUSED);
      const listeners = this.#onServerReply;
      for (let index = 0; index < listeners.length; index++) listeners[index]!(flow, frame);
      return;
    }
    this.#noteAnswer(flow, packet, bit.SELF_ANSWERED, bit.SELF_RESET);
    if (frame.at > flows.lastAt[flow]!) flows.lastAt[flow] = frame.at;
    for (const tell of this.#onDirectorReply) tell(flow, frame);
  }

  #noteAnswer(flow: number, packet: Packet, accepted: number, refused: number): void {
    const flows = this.flows;
    if ((packet.layers & TCP) === 0) {
      flows.flags[flow]! |= accepted;
      return;
    }
    const tcpFlags = packet.tcpFlags;
    if ((tcpFlags & (TCP_SYN | TCP_RST)) === 0) return;
    if (tcpFlags & TCP_RST && refused === bit.SELF_RESET) flows.flags[flow]! |= refused;
    if (((packet.tcpAcknowledgement - 1) | 0) !== flows.synSequence[flow]) return;
    flows.flags[flow]! |= tcpFlags & TCP_RST ? refused : accepted;
  }

  /** Neither from nor to a virtual address. */
  #stray(frame: JudgedFrame, packet: Packet): void {
    const { fromIndex } = frame;
    if (fromIndex < 0 || frame.isCopy) return;
    if (this.#nodes.isRealServer[fromIndex]) {
      if ((packet.layers & TCP) !== 0 && (packet.tcpFlags & (TCP_SYN | TCP_RST)) !== 0) {
        this.#answerElsewise(frame, packet);
      }
      return;
    }
    // Address translation where direct routing is meant: the request goes on to the real server's own address.
    if (
      this.#nodes.isDirector[fromIndex] &&
      this.ring.newest >= 0 &&
      this.#realServerAddresses.has(packet.ipDestination) &&
      !this.#nodes.owns(fromIndex, packet.ipSource)
    ) {
      this.#altered.consider(frame, -1);
    }
  }

  #answerElsewise(frame: JudgedFrame, packet: Packet): void {
    const client = packet.ipDestination | 0;
    const sequence = (packet.tcpAcknowledgement - 1) | 0;
    for (const vip of this.#virtualList) {
      const flow = this.flows.find(
        client,
        vip | 0,
        (packet.destinationPort << 16) | packet.sourcePort,
        PROTOCOL_TCP,
      );
      if (flow < 0 || this.flows.synSequence[flow] !== sequence) continue;
      for (const tell of this.#onMisaddressed) tell(flow, frame);
      return;
    }
  }

  /**
   * In a capture without ARP nobody may be known by name. Who receives packets for a virtual address and sends
   * them on is a director; to whom they go is a real server.
   */
  #deduce(frame: JudgedFrame, packet: Packet): void {
    const nodes = this.#nodes;
    const director = this.#directors[0];
    if (frame.fromIndex < 0 && this.#receivers.has(packet.sourceMac)) {
      if (this.#directors.length === 1 && director !== undefined && !nodes.isSeen(director)) {
        nodes.deduce(packet.sourceMac, director);
        frame.fromIndex = director;
        frame.from = nodes.name(director);
      }
    }
    if (frame.toIndex >= 0 || packet.destinationMac === 0) return;
    if (frame.fromIndex >= 0 && nodes.isDirector[frame.fromIndex]) {
      if (this.#realServers.every((server) => nodes.isSeen(server)) || isGroupMac(packet.destinationMac))
        return;
      frame.toIndex = nodes.deduceRealServer(packet.destinationMac);
      frame.to = nodes.name(frame.toIndex);
    } else if (this.#receivers.size < 1024) this.#receivers.add(packet.destinationMac);
  }

  #fileIndex(file: string): number {
    if (file === this.#lastFile) return this.#lastFileIndex;
    let index = this.#files.indexOf(file);
    if (index < 0) index = this.#files.push(file) - 1;
    this.#lastFile = file;
    this.#lastFileIndex = index;
    return index;
  }
}

function add<F>(listeners: F[], listener: F | undefined): void {
  if (listener !== undefined) listeners.push(listener);
}

function protocolNumber(protocol: 'tcp' | 'udp'): number {
  return protocol === 'tcp' ? PROTOCOL_TCP : PROTOCOL_UDP;
}

function isGroupMac(mac: number): boolean {
  return Math.floor(mac / 0x100_0000_0000) % 2 === 1;
}
