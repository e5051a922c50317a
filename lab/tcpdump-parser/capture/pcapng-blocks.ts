/*
 * The common frame of every pcapng block, and the numbers in it.
 * Source: draft-ietf-opsawg-pcapng, section 3.1 (blocks), 3.5 (options), 4 (block types), 11.1 (packet block).
 *
 *   0  u32  block type
 *   4  u32  total length of the block, a multiple of 4
 *   8       body
 *      u32  total length again
 */
export const BLOCK_HEADER_BYTES = 8;
export const BLOCK_TRAILER_BYTES = 4;
export const BLOCK_BYTES_MIN = BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES;

export const SECTION_HEADER_BLOCK = 0x0a0d0d0a; // 4.1, the same in both byte orders
export const INTERFACE_DESCRIPTION_BLOCK = 1; // 4.2
export const PACKET_BLOCK = 2; // 11.1, obsolete
export const SIMPLE_PACKET_BLOCK = 3; // 4.4
export const NAME_RESOLUTION_BLOCK = 4; // 4.5
export const INTERFACE_STATISTICS_BLOCK = 5; // 4.6
export const ENHANCED_PACKET_BLOCK = 6; // 4.3

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d; // 4.1

export const OPT_END = 0; // 3.5
export const OPT_COMMENT = 1; // 3.5.1
export const SHB_HARDWARE = 2; // 4.1
export const SHB_OS = 3; // 4.1
export const SHB_USERAPPL = 4; // 4.1
export const IF_NAME = 2; // 4.2
export const IF_DESCRIPTION = 3; // 4.2
export const IF_TSRESOL = 9; // 4.2
export const IF_TSOFFSET = 14; // 4.2
export const EPB_FLAGS = 2; // 4.3, and pack_flags of 11.1
export const ISB_IFRECV = 4; // 4.6
export const ISB_IFDROP = 5; // 4.6
export const ISB_OSDROP = 7; // 4.6

export const NRB_IPV4 = 1; // 4.5; type 0 ends the records, as code 0 ends options
export const NRB_IPV6 = 2; // 4.5
export const NRB_EUI48 = 3; // 4.5; Wireshark 4.0 skips it

/** Options, records and frames are padded to this. */
export function padded(length: number): number {
  return length + (-length & 3);
}
