import {
  buildArp,
  buildIcmp,
  buildTcp,
  ICMP,
  LINKTYPE_ETHERNET,
  Packet,
  parseIpv4,
  parseMac,
  type TcpOptions,
} from 'tcpdump-parser';
import { LabError } from './errors.ts';
import { connectFrameSocket, type FrameSocket } from './wires/frame-socket.ts';

const request = 1;
const reply = 2;
const echoRequest = 8;
const echoReply = 0;
const broadcastMac = 0xffffffffffff;

/** A guest under emulation on a busy machine may take a while; silence is never concluded from this. */
const answerLimitMs = 10_000;

export interface SyntheticHostOptions {
  /** Unix socket of a port on the segment. */
  readonly socketPath: string;
  readonly mac: string;
  /** A spare address of the segment. */
  readonly address: string;
}

/**
 * A host on the wire that is no machine: it answers ARP and echo for its address like a quiet neighbour and
 * sends, on request, what a well-behaved kernel would not.
 */
export class SyntheticHost implements Disposable {
  readonly mac: number;
  readonly address: number;
  /** Everything that it answers ARP for. */
  readonly #addresses: Set<number>;
  readonly #socket: FrameSocket;
  readonly #watchers = new Set<(packet: Packet) => void>();
  readonly #packet = new Packet();
  #sequence = 0;

  private constructor(options: SyntheticHostOptions, socket: FrameSocket) {
    this.mac = number(parseMac(options.mac), options.mac);
    this.address = number(parseIpv4(options.address), options.address);
    this.#addresses = new Set([this.address]);
    this.#socket = socket;
    void this.#receive();
  }

  static async connect(options: SyntheticHostOptions): Promise<SyntheticHost> {
    const socket = await connectFrameSocket(options.socketPath);
    return new SyntheticHost(options, socket);
  }

  /** Has the host answer ARP for one more address. */
  alsoAt(address: string): void {
    this.#addresses.add(ipv4(address));
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** The first frame from now on that fits. The packet is only valid inside `fits`. */
  next(fits: (packet: Packet) => boolean, what: string, within = answerLimitMs): Promise<void> {
    return new Promise((done, fail) => {
      const end = () => {
        clearTimeout(limit);
        this.#watchers.delete(watch);
      };
      const limit = setTimeout(() => {
        end();
        fail(new LabError('LAB_NODE_SILENT', `${what} did not come within ${within} ms`));
      }, within);
      const watch = (packet: Packet) => {
        if (!fits(packet)) return;
        end();
        done();
      };
      this.#watchers.add(watch);
    });
  }

  /** An ARP request, to everyone or to one NIC, in its own name or another. */
  askWhoHas(address: string, options: { readonly to?: number; readonly senderIp?: string } = {}): void {
    this.send(
      buildArp({
        link: { sourceMac: this.mac, destinationMac: options.to ?? broadcastMac },
        operation: request,
        senderMac: this.mac,
        senderIp: options.senderIp === undefined ? this.address : ipv4(options.senderIp),
        targetIp: ipv4(address),
      }),
    );
  }

  /**
   * Echo request to a NIC, and resolves with its answer. Frames to one NIC are handled in order, and frames from
   * one NIC leave in order: when this is answered by the NIC that was asked, everything sent there before has
   * been answered or never will be. A node with several NICs answers `from` the one that its route says.
   */
  async fence(nicMac: number, nodeAddress: string, from?: string): Promise<void> {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const rest = (0x4841 << 16) | this.#sequence;
    const answered = this.next(
      (packet) =>
        (packet.layers & ICMP) !== 0 && packet.icmpType === echoReply && packet.icmpRest === rest >>> 0,
      `the echo reply of ${nodeAddress}`,
    );
    this.send(
      buildIcmp({
        link: { sourceMac: this.mac, destinationMac: nicMac },
        source: from === undefined ? this.address : ipv4(from),
        destination: ipv4(nodeAddress),
        type: echoRequest,
        rest: rest >>> 0,
      }),
    );
    await answered;
  }

  /** One TCP segment to a NIC, as told. */
  sendTcp(
    nicMac: number,
    options: Omit<TcpOptions, 'link' | 'source' | 'destination'> & { readonly destination: string },
  ): void {
    this.send(
      buildTcp({
        ...options,
        link: { sourceMac: this.mac, destinationMac: nicMac },
        source: this.address,
        destination: ipv4(options.destination),
      }),
    );
  }

  /** Tells everyone that an address lives at a MAC: a gratuitous ARP, as request or as reply. */
  announce(address: string, mac: number, form: 'request' | 'reply'): void {
    this.send(
      buildArp({
        link: { sourceMac: mac, destinationMac: broadcastMac },
        operation: form === 'request' ? request : reply,
        senderMac: mac,
        senderIp: ipv4(address),
        targetMac: form === 'request' ? 0 : mac,
        targetIp: ipv4(address),
      }),
    );
  }

  [Symbol.dispose](): void {
    void this.#socket.close();
  }

  async #receive(): Promise<void> {
    for (;;) {
      let frame: Uint8Array;
      try {
        frame = await this.#socket.next();
      } catch {
        // The host was taken off the wire.
        return;
      }
      this.#packet.decode(frame, 0, frame.length, LINKTYPE_ETHERNET);
      this.#behave(this.#packet);
      for (const watch of [...this.#watchers]) watch(this.#packet);
    }
  }

  #behave(packet: Packet): void {
    if (
      packet.arpOperation === request &&
      this.#addresses.has(packet.arpTargetIp) &&
      packet.arpSenderMac !== this.mac
    ) {
      this.send(
        buildArp({
          operation: reply,
          senderMac: this.mac,
          senderIp: packet.arpTargetIp,
          targetMac: packet.arpSenderMac,
          targetIp: packet.arpSenderIp,
        }),
      );
    }
  }
}

function ipv4(text: string): number {
  return number(parseIpv4(text), text);
}

function number(value: number | undefined, text: string): number {
  if (value === undefined) throw new LabError('LAB_USAGE', `"${text}" is not an address`);
  return value;
}
