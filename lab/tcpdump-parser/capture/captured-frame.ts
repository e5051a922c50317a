/**
 * One frame of a capture. A parser owns a single object of this class and fills it anew for every frame, so
 * nothing of it may be kept past the callback: copy the numbers, and `slice` the bytes.
 */
export class CapturedFrame {
  /** Position in the file, from 1, as Wireshark counts. */
  number = 0;
  /** Position among all interfaces of the file, from 0, whatever section they are in. */
  interfaceIndex = 0;
  linkType = 0;
  /** Whole seconds since 1970-01-01 00:00:00 UTC; 0 in a simple packet block, which carries no time. */
  seconds = 0;
  /** 0 to 999,999,999. */
  nanoseconds = 0;
  /** Holds the frame from `offset` on, for `capturedLength` bytes, during the callback only. */
  buffer: Uint8Array = new Uint8Array(0);
  offset = 0;
  capturedLength = 0;
  /** Bytes on the wire; more than `capturedLength` when the capture was cut by its snap length. */
  originalLength = 0;
  /** Flags word of the frame (`epb_flags`), 0 when there is none. Bits 0 and 1: 1 inbound, 2 outbound. */
  flags = 0;
  /** The frame's comments, joined by line feeds. */
  comment: string | undefined = undefined;
}
