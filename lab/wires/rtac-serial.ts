/*
 * The header before each piece of a serial line in a capture: LINKTYPE_RTAC_SERIAL, made for a protocol analyser of
 * serial lines; Wireshark shows its direction. Source: tcpdump.org/linktypes/LINKTYPE_RTAC_SERIAL.html, big-endian.
 *
 *   0  u32  seconds of the time stamp
 *   4  u32  microseconds of the time stamp
 *   8  u8   event
 *   9  u8   state of the control lines
 *  10  u16  reserved
 */
export const LINKTYPE_RTAC_SERIAL = 250;

const headerBytes = 12;
const eventOffset = 8;
const controlLinesOffset = 9;

const dataTxStart = 0x01; // event: bytes from the first end
const dataRxStart = 0x02; // event: bytes from the second end

/** A null-modem with both ends plugged in asserts all of these: CTS, DCD, DSR, RTS, DTR. */
const controlLinesOfNullModem = 0x1f;

/** `from` is the end that sent the bytes: TX is from end 0 to end 1. */
export function rtacSerialPiece(
  from: 0 | 1,
  seconds: number,
  nanoseconds: number,
  bytes: Uint8Array,
): Buffer {
  const piece = Buffer.alloc(headerBytes + bytes.length);
  piece.writeUInt32BE(seconds, 0);
  piece.writeUInt32BE(Math.floor(nanoseconds / 1000), 4);
  piece[eventOffset] = from === 0 ? dataTxStart : dataRxStart;
  piece[controlLinesOffset] = controlLinesOfNullModem;
  piece.set(bytes, headerBytes);
  return piece;
}

/** The same taken apart again; undefined when it is not such a piece. */
export function readSerialPiece(
  piece: Uint8Array,
): { readonly from: 0 | 1; readonly bytes: Uint8Array } | undefined {
  const event = piece.length < headerBytes ? undefined : piece[eventOffset];
  if (event !== dataTxStart && event !== dataRxStart) return undefined;
  return { from: event === dataTxStart ? 0 : 1, bytes: piece.subarray(headerBytes) };
}
