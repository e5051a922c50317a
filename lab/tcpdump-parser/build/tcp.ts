import { put16, put32 } from '../network-order.ts';
import { internetChecksum } from '../packet/checksums.ts';
import { PROTOCOL_TCP } from '../protocol-numbers.ts';
import type { Ipv4Options } from './ipv4.ts';
import { buildIpv4, pseudoHeaderSum } from './ipv4.ts';

export interface TcpOptions extends Ipv4Options {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** Bits as in `../packet/layer-bits.ts`. */
  readonly flags: number;
  /** Default 64240, as Linux sends. */
  readonly window?: number;
  /** Raw TCP options, padded here to a multiple of 4 bytes. */
  readonly tcpOptions?: Uint8Array;
  readonly payload?: Uint8Array;
  /** Overrides, for broken packets. `dataOffset` is in words of 4 bytes. */
  readonly dataOffset?: number;
  readonly checksum?: number;
}

/** Offsets: `../dissect/tcp.ts`. */
export function buildTcp(options: TcpOptions): Uint8Array {
  const { source, destination, tcpOptions = new Uint8Array(0), payload = new Uint8Array(0) } = options;
  const headerBytes = 20 + Math.ceil(tcpOptions.length / 4) * 4;
  const segment = new Uint8Array(headerBytes + payload.length);
  put16(segment, 0, options.sourcePort);
  put16(segment, 2, options.destinationPort);
  put32(segment, 4, options.sequence ?? 0);
  put32(segment, 8, options.acknowledgement ?? 0);
  put16(segment, 12, ((options.dataOffset ?? headerBytes / 4) << 12) | options.flags);
  put16(segment, 14, options.window ?? 64240);
  segment.set(tcpOptions, 20);
  segment.set(payload, headerBytes);
  const pseudoHeader = pseudoHeaderSum(source, destination, PROTOCOL_TCP, segment.length);
  put16(segment, 16, options.checksum ?? internetChecksum(segment, 0, segment.length, pseudoHeader));
  return buildIpv4({ ...options, protocol: PROTOCOL_TCP, payload: segment });
}
