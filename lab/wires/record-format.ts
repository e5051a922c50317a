import { PcapngEncoder, parseIpv4, parseMac } from 'tcpdump-parser';
import type { RecordNames } from './protocol.ts';

/** The section comment's line that tells at which number a tap's frames begin. */
const firstFrameLine = 'first frame: ';

export interface RecordFormatOptions {
  readonly wire: string;
  readonly description: string;
  readonly linkType: number;
  readonly comment: string | undefined;
  readonly names: RecordNames;
}

/** One wire as a pcapng section of its own. */
export class RecordFormat {
  readonly #encoder = new PcapngEncoder();
  readonly #options: RecordFormatOptions;
  /** One object for all frames: bulk traffic should not leave litter. */
  readonly #packet: {
    interfaceIndex: number;
    seconds: number;
    nanoseconds: number;
    frame: Uint8Array;
    comment?: string | undefined;
  } = { interfaceIndex: 0, seconds: 0, nanoseconds: 0, frame: new Uint8Array(0), comment: undefined };

  constructor(options: RecordFormatOptions) {
    this.#options = options;
  }

  /** Section header, interface description and names. A tap begins later than the file and says at which frame. */
  header(firstFrame = 1): Uint8Array {
    const { wire, description, linkType, comment, names } = this.#options;
    const encoder = this.#encoder;
    const lines = [comment, firstFrame === 1 ? undefined : `${firstFrameLine}${firstFrame}`];
    const said = lines.filter((line) => line !== undefined).join('\n');
    return Buffer.concat([
      encoder.sectionHeader({ application: 'halab', ...(said !== '' && { comment: said }) }),
      encoder.interfaceDescription({ name: wire, description, linkType, snapLength: 0, nanoseconds: true }),
      encoder.nameResolution({
        ipv4: names.ipv4.flatMap(({ address, name }) => withNumber(parseIpv4(address), { names: [name] })),
        ethernet: names.mac.flatMap(({ address, name }) => withNumber(parseMac(address), { name })),
      }),
    ]);
  }

  frameSize(frameBytes: number, comment: string | undefined): number {
    return this.#encoder.enhancedPacketSize(frameBytes, comment);
  }

  /** The answer is the number of bytes written. */
  writeFrame(
    target: Uint8Array,
    at: number,
    seconds: number,
    nanoseconds: number,
    frame: Uint8Array,
    comment: string | undefined,
  ): number {
    const packet = this.#packet;
    packet.seconds = seconds;
    packet.nanoseconds = nanoseconds;
    packet.frame = frame;
    packet.comment = comment;
    return this.#encoder.writeEnhancedPacket(target, at, packet);
  }
}

/** At which number the frames of a tap begin, from its section comment. */
export function firstFrameOf(comment: string | undefined): number {
  const line = (comment ?? '').split('\n').find((text) => text.startsWith(firstFrameLine));
  return line === undefined ? 1 : Number(line.slice(firstFrameLine.length));
}

function withNumber<Rest>(address: number | undefined, rest: Rest): (Rest & { readonly address: number })[] {
  return address === undefined ? [] : [{ address, ...rest }];
}
