import { read16, read32, read64, readSigned64 } from './byte-order.ts';
import type { CaptureDecoder, CaptureHandler } from './capture-handler.ts';
import type { CaptureLimit } from './capture-problem.ts';
import { CapturedFrame } from './captured-frame.ts';
import * as block from './pcapng-blocks.ts';
import { readNames } from './pcapng-names.ts';
import type { OptionList } from './pcapng-options.ts';
import { commentOf, readOptions, sizedOption, textOption } from './pcapng-options.ts';
import { TickClock } from './tick-clock.ts';

/*
 * pcapng. Source: draft-ietf-opsawg-pcapng, section 4. Offsets are from the start of the block.
 *
 *   section header (4.1)        8 u32 byte-order magic   12 u16 major, u16 minor   16 u64 section length   24 options
 *   interface description (4.2) 8 u16 link type, u16 0   12 u32 snap length   16 options
 *   enhanced packet (4.3)       8 u32 interface   12 u32 time, upper   16 u32 time, lower
 *                               20 u32 captured length   24 u32 original length   28 the frame, padded; options
 *   simple packet (4.4)         8 u32 original length   12 the frame, padded
 *   name resolution (4.5)       8 records, options
 *   interface statistics (4.6)  8 u32 interface   12 u64 time   20 options
 *   packet, obsolete (11.1)     8 u16 interface, u16 drops   12 to 28 as the enhanced packet block
 */
const BYTE_ORDER_NEEDED = 12; // block type, total length, byte-order magic
const SECTION_HEADER_MIN = 28;
const INTERFACE_DESCRIPTION_MIN = 20;
const ENHANCED_PACKET_MIN = 32;
const SIMPLE_PACKET_MIN = 16;
const STATISTICS_MIN = 24;
const DATA_OFFSET = 28;
const SIMPLE_DATA_OFFSET = 12;

/** Longest block that is held in memory, 16 MiB, as in libpcap. A longer one is stepped over. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024;

const DEFAULT_RESOLUTION = 6; // 4.2: microseconds when if_tsresol is absent

interface CaptureInterface {
  readonly index: number;
  readonly linkType: number;
  readonly snapLength: number;
  readonly clock: TickClock;
}

export class PcapngDecoder implements CaptureDecoder {
  needed = BYTE_ORDER_NEEDED;
  stopped = false;
  readonly #handler: CaptureHandler;
  readonly #frame = new CapturedFrame();
  #littleEndian = true;
  /** Interfaces of this section; a block names one by its place in it. */
  #interfaces: CaptureInterface[] = [];
  #interfaceCount = 0;
  /** Bytes of an unread block body that are still to be stepped over. */
  #skip = 0;
  #skippedStart = 0;
  #skippedLength = 0;

  constructor(handler: CaptureHandler) {
    this.#handler = handler;
  }

  consume(buffer: Uint8Array, start: number, end: number, fileOffset: number): number {
    let at = start;
    while (!this.stopped) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, end - at);
        this.#skip -= step;
        at += step;
      }
      if (this.#skippedLength > 0) {
        if (end - at < block.BLOCK_TRAILER_BYTES) {
          this.needed = this.#skip + block.BLOCK_TRAILER_BYTES;
          return at;
        }
        this.#checkTrailer(read32(buffer, at, this.#littleEndian), this.#skippedLength, this.#skippedStart);
        this.#skippedLength = 0;
        at += block.BLOCK_TRAILER_BYTES;
        continue;
      }
      if (end - at < BYTE_ORDER_NEEDED) {
        this.needed = BYTE_ORDER_NEEDED;
        return at;
      }
      const blockOffset = fileOffset + at - start;
      const type = read32(buffer, at, this.#littleEndian);
      if (type === block.SECTION_HEADER_BLOCK && !this.#readByteOrder(buffer, at, blockOffset)) return at;
      const total = read32(buffer, at + 4, this.#littleEndian);
      const smallest = type === block.SECTION_HEADER_BLOCK ? SECTION_HEADER_MIN : block.BLOCK_BYTES_MIN;
      if (total < smallest || (total & 3) !== 0) {
        this.#stop(
          blockOffset,
          smallest,
          total,
          'block-length',
          `block of type ${type} claims ${total} bytes; a block has at least ${smallest} and a multiple of 4`,
        );
        return at;
      }
      const isTooLong = isKnown(type) && total > BLOCK_BYTES_MAX;
      if (isTooLong) {
        this.#report(
          blockOffset,
          total,
          BLOCK_BYTES_MAX,
          'block-bytes-max',
          `block of type ${type} has ${total} bytes; at most ${BLOCK_BYTES_MAX} are read`,
        );
        // Without it, every later frame of the section would be given to the wrong interface.
        this.stopped = type === block.SECTION_HEADER_BLOCK || type === block.INTERFACE_DESCRIPTION_BLOCK;
        if (this.stopped) return at;
      }
      if (isTooLong || !isKnown(type)) {
        this.#skip = total - block.BLOCK_HEADER_BYTES - block.BLOCK_TRAILER_BYTES;
        this.#skippedLength = total;
        this.#skippedStart = blockOffset;
        at += block.BLOCK_HEADER_BYTES;
        continue;
      }
      if (total > end - at) {
        this.needed = total;
        return at;
      }
      const trailer = read32(buffer, at + total - block.BLOCK_TRAILER_BYTES, this.#littleEndian);
      if (!this.#checkTrailer(trailer, total, blockOffset)) return at;
      this.#readBlock(buffer, at, type, total, blockOffset);
      at += total;
    }
    return at;
  }

  end(fileOffset: number, available: number): void {
    if (this.#skippedLength > 0) {
      const read = fileOffset + available - this.#skippedStart;
      this.#stop(this.#skippedStart, this.#skippedLength, read, 'file', 'the file ends inside a block');
    } else if (available > 0) {
      this.#stop(fileOffset, this.needed, available, 'file', 'the file ends inside a block');
    }
  }

  #readBlock(buffer: Uint8Array, at: number, type: number, total: number, blockOffset: number): void {
    const end = at + total - block.BLOCK_TRAILER_BYTES;
    switch (type) {
      case block.ENHANCED_PACKET_BLOCK:
      case block.PACKET_BLOCK:
        if (this.#hasBytes(blockOffset, ENHANCED_PACKET_MIN, total)) {
          this.#readPacket(buffer, at, end, type, blockOffset);
        }
        return;
      case block.SIMPLE_PACKET_BLOCK:
        if (this.#hasBytes(blockOffset, SIMPLE_PACKET_MIN, total)) {
          this.#readSimplePacket(buffer, at, end, blockOffset);
        }
        return;
      case block.SECTION_HEADER_BLOCK:
        this.#readSectionHeader(buffer, at, end, blockOffset);
        return;
      case block.INTERFACE_DESCRIPTION_BLOCK:
        // A section whose interfaces cannot be counted gives every later frame to the wrong one.
        if (total < INTERFACE_DESCRIPTION_MIN) {
          this.#stop(
            blockOffset,
            INTERFACE_DESCRIPTION_MIN,
            total,
            'block-length',
            'interface description is cut',
          );
        } else this.#readInterface(buffer, at, end, blockOffset);
        return;
      case block.NAME_RESOLUTION_BLOCK:
        this.#readNames(buffer, at, end, blockOffset);
        return;
      case block.INTERFACE_STATISTICS_BLOCK:
        if (this.#hasBytes(blockOffset, STATISTICS_MIN, total))
          this.#readStatistics(buffer, at, end, blockOffset);
        return;
    }
  }

  #readPacket(buffer: Uint8Array, at: number, end: number, type: number, blockOffset: number): void {
    const littleEndian = this.#littleEndian;
    const id =
      type === block.PACKET_BLOCK
        ? read16(buffer, at + 8, littleEndian)
        : read32(buffer, at + 8, littleEndian);
    const captured = this.#interfaceOf(id, blockOffset);
    if (captured === undefined) return;
    const capturedLength = read32(buffer, at + 20, littleEndian);
    const room = end - at - DATA_OFFSET;
    if (capturedLength > room) {
      this.#report(
        blockOffset,
        capturedLength,
        room,
        'block-length',
        `captured length is ${capturedLength}, the block has room for ${room} bytes`,
      );
      return;
    }
    const clock = captured.clock;
    clock.set(read32(buffer, at + 12, littleEndian), read32(buffer, at + 16, littleEndian));
    const frame = this.#frame;
    frame.seconds = clock.seconds;
    frame.nanoseconds = clock.nanoseconds;
    frame.originalLength = read32(buffer, at + 24, littleEndian);
    const options = at + DATA_OFFSET + block.padded(capturedLength);
    if (options < end) {
      const list = this.#options(buffer, options, end, at, blockOffset);
      const flags = sizedOption(list, block.EPB_FLAGS, 4);
      frame.flags = flags === undefined ? 0 : read32(buffer, flags.offset, littleEndian);
      frame.comment = commentOf(buffer, list);
    } else {
      frame.flags = 0;
      frame.comment = undefined;
    }
    this.#deliver(captured, buffer, at + DATA_OFFSET, capturedLength);
  }

  #readSimplePacket(buffer: Uint8Array, at: number, end: number, blockOffset: number): void {
    const captured = this.#interfaceOf(0, blockOffset);
    if (captured === undefined) return;
    const frame = this.#frame;
    const originalLength = read32(buffer, at + 8, this.#littleEndian);
    const { snapLength } = captured;
    const capturedLength = snapLength > 0 ? Math.min(originalLength, snapLength) : originalLength; // 4.4
    const room = end - at - SIMPLE_DATA_OFFSET;
    if (capturedLength > room) {
      this.#report(
        blockOffset,
        capturedLength,
        room,
        'block-length',
        `frame has ${capturedLength} bytes, the block has room for ${room}`,
      );
      return;
    }
    frame.seconds = 0;
    frame.nanoseconds = 0;
    frame.originalLength = originalLength;
    frame.flags = 0;
    frame.comment = undefined;
    this.#deliver(captured, buffer, at + SIMPLE_DATA_OFFSET, capturedLength);
  }

  #deliver(captured: CaptureInterface, buffer: Uint8Array, offset: number, capturedLength: number): void {
    const frame = this.#frame;
    frame.number++;
    frame.interfaceIndex = captured.index;
    frame.linkType = captured.linkType;
    frame.buffer = buffer;
    frame.offset = offset;
    frame.capturedLength = capturedLength;
    this.#handler.frame(frame);
  }

  #readByteOrder(buffer: Uint8Array, at: number, blockOffset: number): boolean {
    if (read32(buffer, at + 8, true) === block.BYTE_ORDER_MAGIC) this.#littleEndian = true;
    else if (read32(buffer, at + 8, false) === block.BYTE_ORDER_MAGIC) this.#littleEndian = false;
    else {
      this.#stop(
        blockOffset + 8,
        block.BYTE_ORDER_MAGIC,
        read32(buffer, at + 8, false),
        'byte-order-magic',
        'section header has no byte-order magic',
      );
      return false;
    }
    return true;
  }

  #readSectionHeader(buffer: Uint8Array, at: number, end: number, blockOffset: number): void {
    const littleEndian = this.#littleEndian;
    const major = read16(buffer, at + 12, littleEndian);
    if (major !== 1) {
      const minor = read16(buffer, at + 14, littleEndian);
      this.#stop(
        blockOffset + 12,
        1,
        major,
        'version',
        `section version is ${major}.${minor}, 1.x is read here`,
      );
      return;
    }
    this.#interfaces = [];
    const list = this.#options(buffer, at + 24, end, at, blockOffset);
    this.#handler.section?.({
      format: 'pcapng',
      byteOrder: littleEndian ? 'little-endian' : 'big-endian',
      hardware: textOption(buffer, list, block.SHB_HARDWARE),
      os: textOption(buffer, list, block.SHB_OS),
      application: textOption(buffer, list, block.SHB_USERAPPL),
      comment: commentOf(buffer, list),
    });
  }

  #readInterface(buffer: Uint8Array, at: number, end: number, blockOffset: number): void {
    const littleEndian = this.#littleEndian;
    const list = this.#options(buffer, at + 16, end, at, blockOffset);
    const resolutionAt = sizedOption(list, block.IF_TSRESOL, 1)?.offset;
    const resolution = resolutionAt === undefined ? DEFAULT_RESOLUTION : buffer[resolutionAt]!;
    const offsetAt = sizedOption(list, block.IF_TSOFFSET, 8)?.offset;
    const offsetSeconds = offsetAt === undefined ? 0 : readSigned64(buffer, offsetAt, littleEndian);
    const captured: CaptureInterface = {
      index: this.#interfaceCount,
      linkType: read16(buffer, at + 8, littleEndian),
      snapLength: read32(buffer, at + 12, littleEndian),
      clock: new TickClock(resolution, offsetSeconds),
    };
    this.#interfaceCount++;
    this.#interfaces.push(captured);
    this.#handler.interface?.({
      index: captured.index,
      linkType: captured.linkType,
      snapLength: captured.snapLength,
      timeResolution: { base: resolution & 0x80 ? 2 : 10, exponent: resolution & 0x7f },
      name: textOption(buffer, list, block.IF_NAME),
      description: textOption(buffer, list, block.IF_DESCRIPTION),
      comment: commentOf(buffer, list),
    });
  }

  #readNames(buffer: Uint8Array, at: number, end: number, blockOffset: number): void {
    const start = at + block.BLOCK_HEADER_BYTES;
    const list = readOptions(buffer, start, end, this.#littleEndian);
    const { records, broken } = readNames(buffer, list.options);
    if (list.broken !== undefined) {
      const { offset, length } = list.broken;
      this.#report(
        blockOffset + offset - at,
        length,
        end - offset,
        'name-record-length',
        `name record claims ${length} bytes, the block has ${end - offset} left`,
      );
    }
    if (broken !== undefined) {
      const { record, needed } = broken;
      this.#report(
        blockOffset + record.offset - at,
        needed,
        record.length,
        'name-record-length',
        `name record of type ${record.code} has ${record.length} bytes, its address alone takes ${needed}`,
      );
    }
    this.#handler.names?.(records);
  }

  #readStatistics(buffer: Uint8Array, at: number, end: number, blockOffset: number): void {
    const littleEndian = this.#littleEndian;
    const captured = this.#interfaceOf(read32(buffer, at + 8, littleEndian), blockOffset);
    if (captured === undefined) return;
    const list = this.#options(buffer, at + 20, end, at, blockOffset);
    const counter = (code: number) => {
      const option = sizedOption(list, code, 8);
      return option === undefined ? undefined : read64(buffer, option.offset, littleEndian);
    };
    this.#handler.statistics?.({
      interfaceIndex: captured.index,
      received: counter(block.ISB_IFRECV),
      droppedByInterface: counter(block.ISB_IFDROP),
      droppedBySystem: counter(block.ISB_OSDROP),
    });
  }

  #options(buffer: Uint8Array, start: number, end: number, at: number, blockOffset: number): OptionList {
    const list = readOptions(buffer, start, end, this.#littleEndian);
    if (list.broken !== undefined) {
      const { code, offset, length } = list.broken;
      this.#report(
        blockOffset + offset - at,
        length,
        end - offset,
        'option-length',
        `option ${code} claims ${length} bytes, the block has ${end - offset} left`,
      );
    }
    return list;
  }

  #interfaceOf(id: number, blockOffset: number): CaptureInterface | undefined {
    const captured = this.#interfaces[id];
    if (captured === undefined) {
      const count = this.#interfaces.length;
      this.#report(
        blockOffset,
        id + 1,
        count,
        'interface-count',
        `block names interface ${id}, ${count} described so far in this section`,
      );
    }
    return captured;
  }

  #hasBytes(blockOffset: number, needed: number, total: number): boolean {
    if (total >= needed) return true;
    this.#report(
      blockOffset,
      needed,
      total,
      'block-length',
      `block has ${total} bytes, its fixed part takes ${needed}`,
    );
    return false;
  }

  #checkTrailer(trailer: number, total: number, blockOffset: number): boolean {
    if (trailer === total) return true;
    this.#stop(
      blockOffset,
      total,
      trailer,
      'trailing-block-length',
      `block is ${total} bytes long by its first length and ${trailer} by its last`,
    );
    return false;
  }

  #stop(offset: number, needed: number, available: number, limitedBy: CaptureLimit, text: string): void {
    this.stopped = true;
    this.#report(offset, needed, available, limitedBy, text);
  }

  #report(offset: number, needed: number, available: number, limitedBy: CaptureLimit, text: string): void {
    const problem = {
      layer: 'pcapng',
      offset,
      needed,
      available,
      limitedBy,
      text: `pcapng at byte ${offset}: ${text}`,
    } as const;
    this.#handler.problem(problem);
  }
}

function isKnown(type: number): boolean {
  return (
    (type >= block.INTERFACE_DESCRIPTION_BLOCK && type <= block.ENHANCED_PACKET_BLOCK) ||
    type === block.SECTION_HEADER_BLOCK
  );
}
