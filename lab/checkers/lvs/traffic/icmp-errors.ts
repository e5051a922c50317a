import { IPV4, Packet, TCP, UDP } from 'tcpdump-parser';
import type { JudgedFrame, JudgingContext, View, ViewKind } from '../../rule.ts';
import { type DirectorTraffic, directorTraffic } from './director-traffic.ts';

export const unreachable = 3;
export const portUnreachable = 3;
export const hostUnreachable = 1;
export const fragmentationNeeded = 4;

/** An ICMP error about a packet for a virtual address, as it was first seen: sent by a node, not passed on. */
export interface IcmpError {
  readonly frame: JudgedFrame;
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU of "fragmentation needed" (RFC 1191, 4). */
  readonly mtu: number;
  /** The packet that it is about, as far as it is quoted. Reused. */
  readonly quoted: Packet;
  /** The flow of that packet, -1 when none is known. */
  readonly flow: number;
}

export const icmpErrors: ViewKind<IcmpErrors> = {
  name: 'ICMP errors',
  interest: ['icmp'],
  open: (context) => new IcmpErrors(context),
};

export class IcmpErrors implements View {
  readonly #traffic: DirectorTraffic;
  readonly #quoted = new Packet();
  readonly #listeners: ((error: IcmpError) => void)[] = [];

  constructor(context: JudgingContext) {
    this.#traffic = context.view(directorTraffic);
  }

  listen(listener: (error: IcmpError) => void): void {
    this.#listeners.push(listener);
  }

  frame(frame: JudgedFrame): void {
    const { packet } = frame;
    if (packet.icmpType !== unreachable || frame.isCopy) return;
    const quoted = this.#quoted;
    quoted.decodeQuoted(packet.buffer, packet.payloadOffset, packet.payloadLength);
    if ((quoted.layers & IPV4) === 0 || !this.#traffic.isVirtual(quoted.ipDestination)) return;
    const hasPorts = (quoted.layers & (TCP | UDP)) !== 0;
    const flow = hasPorts
      ? this.#traffic.find(
          quoted.ipSource,
          quoted.sourcePort,
          quoted.ipDestination,
          quoted.destinationPort,
          quoted.layers & TCP ? 'tcp' : 'udp',
        )
      : -1;
    const error: IcmpError = {
      frame,
      type: packet.icmpType,
      code: packet.icmpCode,
      mtu: packet.icmpRest & 0xffff,
      quoted,
      flow,
    };
    for (const tell of this.#listeners) tell(error);
  }
}
