import { writeMac } from '../addresses/mac.ts';
import { put32 } from '../network-order.ts';
import { write16, write32 } from './byte-order.ts';
import * as block from './pcapng-blocks.ts';

export interface SectionHeaderOptions {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comment?: string;
}

export interface InterfaceDescriptionOptions {
  readonly name?: string;
  readonly description?: string;
  readonly comment?: string;
  readonly linkType: number;
  /** Longest capture of one frame in bytes; 0 means no limit. */
  readonly snapLength: number;
  /** Time stamps are always written in nanoseconds; whoever describes the interface says that it knows. */
  readonly nanoseconds: true;
}

export interface NameResolutionOptions {
  /** Of several names for one address, Wireshark shows the last. */
  readonly ipv4?: readonly { readonly address: number; readonly names: readonly string[] }[];
  /** Record type 3 is in the draft since 2022; Wireshark 4.0 and libpcap 1.10 step over it. */
  readonly ethernet?: readonly { readonly address: number; readonly name: string }[];
}

export interface EnhancedPacketOptions {
  /** Which interface description of this section, from 0. */
  readonly interfaceIndex: number;
  /** Whole seconds since 1970, from 0 to 2^34. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly frame: Uint8Array;
  /** Length on the wire. Default: that of `frame`. */
  readonly originalLength?: number;
  /** Text over 65,535 bytes is cut at a character. */
  readonly comment?: string | undefined;
}

const OPTION_HEADER_BYTES = 4;
const OPTION_VALUE_BYTES_MAX = 0xffff;
const PACKET_FIXED_BYTES = 28;
const NANOSECONDS = 9; // if_tsresol

const utf8 = new TextEncoder();

/**
 * Writes pcapng, little-endian, one block a call. A file is a section header, then one interface description for
 * each interface, then packets; name resolution may come anywhere after the section header. Layout: `pcapng-decoder.ts`.
 */
export class PcapngEncoder {
  sectionHeader(options: SectionHeaderOptions = {}): Uint8Array {
    const fixed = new Uint8Array(16);
    write32(fixed, 0, block.BYTE_ORDER_MAGIC);
    write16(fixed, 4, 1);
    fixed.fill(0xff, 8); // section length: not given
    return encodeBlock(block.SECTION_HEADER_BLOCK, fixed, [
      textOption(block.SHB_HARDWARE, options.hardware),
      textOption(block.SHB_OS, options.os),
      textOption(block.SHB_USERAPPL, options.application),
      textOption(block.OPT_COMMENT, options.comment),
    ]);
  }

  interfaceDescription(options: InterfaceDescriptionOptions): Uint8Array {
    const fixed = new Uint8Array(8);
    write16(fixed, 0, options.linkType);
    write32(fixed, 4, options.snapLength);
    return encodeBlock(block.INTERFACE_DESCRIPTION_BLOCK, fixed, [
      textOption(block.IF_NAME, options.name),
      textOption(block.IF_DESCRIPTION, options.description),
      encodeOption(block.IF_TSRESOL, Uint8Array.of(NANOSECONDS)),
      textOption(block.OPT_COMMENT, options.comment),
    ]);
  }

  nameResolution(options: NameResolutionOptions): Uint8Array {
    const records: Uint8Array[] = [];
    for (const { address, names } of options.ipv4 ?? []) {
      if (names.length > 0)
        records.push(nameRecord(block.NRB_IPV4, 4, (bytes) => put32(bytes, 0, address), names));
    }
    for (const { address, name } of options.ethernet ?? []) {
      records.push(nameRecord(block.NRB_EUI48, 6, (bytes) => writeMac(bytes, 0, address), [name]));
    }
    return encodeBlock(
      block.NAME_RESOLUTION_BLOCK,
      concat([...records, new Uint8Array(OPTION_HEADER_BYTES)]),
      [],
    );
  }

  /** Bytes that `writeEnhancedPacket` takes for a frame of this length. */
  enhancedPacketSize(capturedLength: number, comment?: string): number {
    return packetSize(capturedLength, comment === undefined ? -1 : commentBytes(comment));
  }

  /**
   * Writes one frame into `target` and returns the bytes written. Allocates nothing unless there is a comment. A
   * `RangeError` when `target` is too small.
   */
  writeEnhancedPacket(target: Uint8Array, at: number, packet: EnhancedPacketOptions): number {
    const { frame, comment } = packet;
    const textBytes = comment === undefined ? -1 : commentBytes(comment);
    const size = packetSize(frame.length, textBytes);
    if (at + size > target.length)
      throw new RangeError(`packet block takes ${size} bytes, ${target.length - at} are left`);
    write32(target, at, block.ENHANCED_PACKET_BLOCK);
    write32(target, at + 4, size);
    write32(target, at + 8, packet.interfaceIndex);
    writeTicks(target, at + 12, packet.seconds, packet.nanoseconds);
    write32(target, at + 20, frame.length);
    write32(target, at + 24, packet.originalLength ?? frame.length);
    target.set(frame, at + PACKET_FIXED_BYTES);
    const frameEnd = at + PACKET_FIXED_BYTES + frame.length;
    const options = at + PACKET_FIXED_BYTES + block.padded(frame.length);
    target.fill(0, frameEnd, options);
    if (comment !== undefined) writeComment(target, options, comment, textBytes);
    write32(target, at + size - block.BLOCK_TRAILER_BYTES, size);
    return size;
  }
}

/** `textBytes`: -1 without a comment. */
function packetSize(capturedLength: number, textBytes: number): number {
  const options = textBytes < 0 ? 0 : OPTION_HEADER_BYTES + block.padded(textBytes) + OPTION_HEADER_BYTES;
  return PACKET_FIXED_BYTES + block.padded(capturedLength) + options + block.BLOCK_TRAILER_BYTES;
}

/**
 * Seconds · 10^9 + nanoseconds as two words. The product needs 61 bits, so the upper and lower 16 bits of the
 * seconds are multiplied apart; each product is exact in a double.
 */
function writeTicks(target: Uint8Array, at: number, seconds: number, nanoseconds: number): void {
  const high = Math.floor(seconds / 0x1_0000) * 1e9; // in units of 2^16 ticks
  const low = (seconds % 0x1_0000) * 1e9 + nanoseconds + (high % 0x1_0000) * 0x1_0000;
  write32(target, at, Math.floor(high / 0x1_0000) + Math.floor(low / 0x1_0000_0000));
  write32(target, at + 4, low % 0x1_0000_0000);
}

function commentBytes(comment: string): number {
  const length = Buffer.byteLength(comment);
  if (length <= OPTION_VALUE_BYTES_MAX) return length;
  return utf8.encodeInto(comment, new Uint8Array(OPTION_VALUE_BYTES_MAX)).written;
}

function writeComment(target: Uint8Array, at: number, comment: string, textBytes: number): void {
  const text = at + OPTION_HEADER_BYTES;
  const end = text + block.padded(textBytes);
  write16(target, at, block.OPT_COMMENT);
  write16(target, at + 2, textBytes);
  utf8.encodeInto(comment, target.subarray(text, text + textBytes));
  target.fill(0, text + textBytes, end + OPTION_HEADER_BYTES); // padding and the end of the options
}

function encodeBlock(
  type: number,
  fixed: Uint8Array,
  options: readonly (Uint8Array | undefined)[],
): Uint8Array {
  const present = options.filter((option) => option !== undefined);
  const end = present.length > 0 ? [new Uint8Array(OPTION_HEADER_BYTES)] : [];
  const body = concat([fixed, ...present, ...end]);
  const bytes = new Uint8Array(block.BLOCK_BYTES_MIN + body.length);
  write32(bytes, 0, type);
  write32(bytes, 4, bytes.length);
  bytes.set(body, block.BLOCK_HEADER_BYTES);
  write32(bytes, bytes.length - block.BLOCK_TRAILER_BYTES, bytes.length);
  return bytes;
}

function textOption(code: number, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  return encodeOption(code, utf8.encode(text).subarray(0, commentBytes(text)));
}

function encodeOption(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OPTION_HEADER_BYTES + block.padded(value.length));
  write16(bytes, 0, code);
  write16(bytes, 2, value.length);
  bytes.set(value, OPTION_HEADER_BYTES);
  return bytes;
}

/** The address, then each name with a zero byte behind it. Source: draft-ietf-opsawg-pcapng, section 4.5. */
function nameRecord(
  type: number,
  addressBytes: number,
  writeAddress: (bytes: Uint8Array) => void,
  names: readonly string[],
): Uint8Array {
  const text = utf8.encode(names.map((name) => `${name}\0`).join(''));
  const value = new Uint8Array(addressBytes + text.length);
  writeAddress(value);
  value.set(text, addressBytes);
  return encodeOption(type, value);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
