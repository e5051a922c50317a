import type { FrameImpairment } from './impairments/frame-impairment.ts';
import { goesThatWay } from './impairments/selection.ts';
import { ageingNs, MacTable } from './mac-table.ts';
import type { Route, SegmentPort } from './segment-port.ts';

/** Where frames go: the learning half of a switch, with the impairments that lie on each way. */
export class SegmentRoutes {
  readonly #ports: readonly SegmentPort[];
  readonly #table = new MacTable<SegmentPort>();
  #impairments: readonly FrameImpairment[] = [];
  /** Rises when a route may have changed for another reason than the table's. */
  #version = 0;

  constructor(ports: readonly SegmentPort[]) {
    this.#ports = ports;
  }

  get learnedMacs(): number {
    return this.#table.size;
  }

  get macMoves(): number {
    return this.#table.moves;
  }

  get impairments(): readonly FrameImpairment[] {
    return this.#impairments;
  }

  set impairments(impairments: readonly FrameImpairment[]) {
    this.#impairments = impairments;
    this.#version += 1;
  }

  /** The port was connected, disconnected, pulled or plugged in. */
  portChanged(port: SegmentPort): void {
    port.lastRoute = undefined;
    this.#table.flush(port);
    this.#version += 1;
  }

  /** For a frame whose destination address is at `at`. The route before is good for the next frame in bulk traffic. */
  routeOf(port: SegmentPort, bytes: Buffer, at: number, nowNs: number): Route {
    const word0 = word(bytes, at);
    const word1 = word(bytes, at + 4);
    const word2 = word(bytes, at + 8);
    const last = port.lastRoute;
    if (
      last !== undefined &&
      word0 === port.lastWord0 &&
      word1 === port.lastWord1 &&
      word2 === port.lastWord2 &&
      last.tableVersion === this.#table.version &&
      last.ownVersion === this.#version &&
      nowNs < last.untilNs
    ) {
      if (last.source !== undefined) last.source.seenNs = nowNs;
      return last;
    }
    const destination = (word0 >>> 16) * 2 ** 32 + (((word0 << 16) | (word1 >>> 16)) >>> 0);
    const source = (word1 & 0xffff) * 2 ** 32 + (word2 >>> 0);
    // The lowest bit of the first byte marks a group address: IEEE 802, 8.2.
    const isGroup = (word0 & 0x0100_0000) !== 0;
    const isSourceGroup = (word1 & 0x0100) !== 0;
    const route = this.#route(
      port,
      isGroup ? undefined : destination,
      isSourceGroup ? undefined : source,
      nowNs,
    );
    port.lastWord0 = word0;
    port.lastWord1 = word1;
    port.lastWord2 = word2;
    port.lastRoute = route;
    return route;
  }

  #route(
    port: SegmentPort,
    destination: number | undefined,
    source: number | undefined,
    nowNs: number,
  ): Route {
    const learned = source === undefined ? undefined : this.#table.learn(source, port, nowNs);
    const known = destination === undefined ? undefined : this.#table.lookup(destination, nowNs);
    const ports =
      known === undefined
        ? this.#ports.filter((other) => other !== port && other.end.isConnected)
        : [known.port].filter((other) => other !== port);
    const impairments = this.#impairments.filter(({ direction }) =>
      ports.some((other) => goesThatWay(direction, port.index, other.index)),
    );
    const only = ports.length === 1 && impairments.length === 0 ? ports[0] : undefined;
    return {
      ports,
      impairments,
      direct: only?.isLinkUp ? only : undefined,
      source: learned,
      tableVersion: this.#table.version,
      ownVersion: this.#version,
      untilNs: known === undefined ? Number.POSITIVE_INFINITY : known.seenNs + ageingNs,
    };
  }
}

function word(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
