/**
 * Which frames are meant. Every part given must hold; an empty part asks only that the header is there
 * (`arp: {}` is any ARP). IP addresses are IPv4. Headers inside tunnels are not looked at.
 */
export interface FrameFilter {
  /** After VLAN tags. */
  readonly etherType?: number;
  /** Of the outer tag. */
  readonly vlanId?: number;
  readonly sourceMac?: string;
  readonly destinationMac?: string;
  readonly arp?: {
    readonly operation?: 'request' | 'reply';
    readonly senderIp?: string;
    readonly targetIp?: string;
  };
  readonly ip?: {
    readonly source?: string;
    readonly destination?: string;
    readonly protocol?: number;
  };
  readonly tcp?: PortFilter & {
    /** All of these are set. */
    readonly flags?: readonly TcpFlag[];
    /** None of these is set. */
    readonly withoutFlags?: readonly TcpFlag[];
  };
  readonly udp?: PortFilter;
  readonly icmp?: { readonly type?: number; readonly code?: number };
  /** These bytes stand at this offset of the frame, which starts with the destination address. */
  readonly bytes?: { readonly offset: number; readonly hex: string };
}

interface PortFilter {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

export type TcpFlag = 'fin' | 'syn' | 'rst' | 'psh' | 'ack' | 'urg';

export type FrameMatch = (frame: Uint8Array) => boolean;

export const matchEverything: FrameMatch = () => true;
