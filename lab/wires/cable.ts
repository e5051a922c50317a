import { CoarseTimer } from './coarse-timer.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { copyComment, fatesComment } from './frame-fate-text.ts';
import { type ByteImpairment, byteSeveredBy, judgeBytes } from './impairments/byte-impairment.ts';
import { LinePacing } from './line-pacing.ts';
import { portLabels } from './port-labels.ts';
import type {
  CableConfiguration,
  CableEndConfiguration,
  Fate,
  LinkChange,
  LossReason,
  PortStats,
  WireStats,
} from './protocol.ts';
import { rtacSerialPiece } from './rtac-serial.ts';
import { SocketEnd } from './socket-end.ts';
import type { WireContext } from './wire-context.ts';

type FateDetail = Omit<Fate, 'atNs' | 'wire' | 'frame' | 'from' | 'to'>;

/** One end of the cable, with what it counts. */
export class CableEnd {
  readonly index: 0 | 1;
  readonly node: string;
  readonly nic: string;
  readonly label: string;
  readonly end: SocketEnd;
  readonly pacing: LinePacing | undefined;
  isLinkUp = true;
  linkFault: string | undefined;
  isPaused = false;
  /** Bytes from here that have yet to be handed to the other end. */
  underWayBytes = 0;
  /** When the last byte from here is due: a line never changes the order of its bytes, healed or not. */
  lastDueNs = 0;
  piecesIn = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly #lostTowards = new Map<LossReason, number>();

  constructor(
    index: 0 | 1,
    label: string,
    configuration: CableEndConfiguration,
    baud: number | undefined,
    end: SocketEnd,
  ) {
    this.index = index;
    this.node = configuration.node;
    this.nic = configuration.device;
    this.label = label;
    this.end = end;
    this.pacing = baud === undefined ? undefined : new LinePacing(baud);
  }

  countLostTowards(reason: LossReason, bytes: number): void {
    this.#lostTowards.set(reason, (this.#lostTowards.get(reason) ?? 0) + bytes);
  }

  get stats(): PortStats {
    return {
      node: this.node,
      nic: this.nic,
      isConnected: this.end.isConnected,
      isLinkUp: this.isLinkUp,
      connections: this.end.connections,
      framesIn: this.piecesIn,
      bytesIn: this.bytesIn,
      framesOut: 0,
      bytesOut: this.bytesOut,
      unsentBytes: this.end.unsentBytes,
      lostTowards: Object.fromEntries(this.#lostTowards),
      lostFrom: {},
      framingErrors: 0,
    };
  }
}

/** Bytes on their way to the other end. */
interface Passage {
  readonly from: CableEnd;
  readonly bytes: Uint8Array;
  readonly dueNs: number;
  /** The recorded piece that they came in, and where they stood in it. */
  readonly number: number | null;
  readonly at: number;
  /** Set on the last lot of bytes that were changed: the whole of them, for the record. */
  readonly copy: { readonly bytes: Uint8Array; readonly faults: readonly string[] } | undefined;
}

/**
 * A null-modem cable between two Unix sockets. Bytes are recorded as they come in. On a paced line the sender is held
 * back as a UART is; bytes that nobody takes at the other end are lost, as they are without flow control.
 */
export class Cable {
  readonly name: string;
  readonly ports: readonly [CableEnd, CableEnd];
  readonly #context: WireContext;
  readonly #waiting = new DeliveryQueue<Passage>();
  readonly #timer: CoarseTimer;
  #impairments: readonly ByteImpairment[] = [];

  constructor(configuration: CableConfiguration, context: WireContext) {
    this.name = configuration.name;
    this.#context = context;
    this.#timer = new CoarseTimer(context.clock, (nowNs) => this.#deliverDue(nowNs));
    const labels = portLabels(configuration.ends.map(({ node, device }) => ({ node, nic: device })));
    const make = (index: 0 | 1) => {
      const end = configuration.ends[index];
      const socket = new SocketEnd(end.socketPath, {
        connected: () => {
          this.ports[index].isPaused = false;
        },
        received: (bytes) => this.#received(this.ports[index], bytes),
        disconnected: () => {},
      });
      return new CableEnd(index, labels[index] ?? end.node, end, configuration.baud, socket);
    };
    this.ports = [make(0), make(1)];
  }

  get impairments(): readonly ByteImpairment[] {
    return this.#impairments;
  }

  get stats(): Pick<WireStats, 'kind' | 'ports' | 'learnedMacs' | 'macMoves'> {
    return { kind: 'cable', ports: this.ports.map((port) => port.stats), learnedMacs: 0, macMoves: 0 };
  }

  closeNow(): void {
    this.#timer.arm(Number.POSITIVE_INFINITY);
    for (const port of this.ports) port.end.closeNow();
  }

  addImpairment(impairment: ByteImpairment): void {
    this.#impairments = [...this.#impairments, impairment];
  }

  /** Bytes already delayed still arrive when they are due. The answer is how many impairments went. */
  heal(fault: string): number {
    const kept = this.#impairments.filter(({ spec }) => spec.fault !== fault);
    const healed = this.#impairments.length - kept.length;
    this.#impairments = kept;
    return healed;
  }

  setLink({ node, nic, state, fault }: LinkChange): void {
    for (const port of this.ports) {
      if (port.node !== node || port.nic !== nic) continue;
      port.isLinkUp = state === 'up';
      port.linkFault = state === 'up' ? undefined : fault;
    }
  }

  #received(from: CableEnd, piece: Buffer): void {
    const { clock, record } = this.#context;
    const atNs = clock.stamp();
    from.piecesIn += 1;
    from.bytesIn += piece.length;
    const severed = this.#lossOnTheWay(from, piece.length);
    const { runs, fates } = severed === undefined ? this.#judge(from, atNs, piece) : { runs: [], fates: [] };
    const details: FateDetail[] =
      severed === undefined ? [] : [{ ...severed, bytes: { from: 0, count: piece.length } }];
    for (const { from: first, count, ...fate } of fates) {
      if (fate.reason !== undefined) this.#other(from).countLostTowards(fate.reason, count);
      details.push({ ...fate, bytes: { from: first, count } });
    }
    const told = details.map((detail) => ({ ...detail, to: this.#other(from).label }));
    const number = record.write(atNs, this.#recorded(from, atNs, piece), fatesComment(told));
    this.#writeFates(from, atNs, number, details);
    for (const run of runs) {
      from.lastDueNs = Math.max(from.lastDueNs, run.dueNs);
      const whole = { bytes: run.bytes, dueNs: from.lastDueNs };
      const lots = from.pacing?.lots(whole.bytes, whole.dueNs) ?? [whole];
      let at = run.from;
      lots.forEach(({ bytes, dueNs }, index) => {
        const isLast = index === lots.length - 1;
        const isChanged = isLast && run.corruptedBy.length > 0;
        const copy = isChanged ? { bytes: run.bytes, faults: run.corruptedBy } : undefined;
        this.#start({ from, bytes, dueNs, number, at, copy }, atNs);
        at += bytes.length;
      });
    }
    this.#timer.arm(this.#waiting.nextDueNs);
    this.#holdBack(from);
    record.settle();
  }

  #judge(from: CableEnd, atNs: number, piece: Buffer): ReturnType<typeof judgeBytes> {
    if (this.#impairments.length > 0) return judgeBytes(this.#impairments, atNs, from.index, piece);
    return { runs: [{ from: 0, bytes: piece, dueNs: atNs, corruptedBy: [] }], fates: [] };
  }

  #start(passage: Passage, nowNs: number): void {
    const isFirst = passage.from.underWayBytes === 0;
    passage.from.underWayBytes += passage.bytes.length;
    if (isFirst && passage.dueNs <= nowNs) this.#deliver(passage, nowNs);
    else this.#waiting.add(passage.dueNs, passage);
  }

  #deliverDue(nowNs: number): void {
    for (
      let passage = this.#waiting.takeDue(nowNs);
      passage !== undefined;
      passage = this.#waiting.takeDue(nowNs)
    ) {
      this.#deliver(passage, nowNs);
    }
    for (const port of this.ports) this.#holdBack(port);
    this.#context.record.settle();
    this.#timer.arm(this.#waiting.nextDueNs);
  }

  #deliver({ from, bytes, number, at, copy }: Passage, nowNs: number): void {
    const to = this.#other(from);
    from.underWayBytes -= bytes.length;
    const loss = this.#lossOnArrival(from, bytes.length);
    if (loss !== undefined) {
      this.#writeFates(from, nowNs, number, [{ ...loss, bytes: { from: at, count: bytes.length } }]);
      return;
    }
    to.end.send([bytes]);
    to.bytesOut += bytes.length;
    if (copy === undefined) return;
    const atNs = this.#context.clock.stamp();
    const fault = copy.faults.join(', ');
    const comment = copyComment('corrupted copy', number, [to.label], fault);
    const copyNumber = this.#context.record.write(atNs, this.#recorded(from, atNs, copy.bytes), comment);
    this.#writeFates(from, atNs, copyNumber, [{ fate: 'copy', fault, of: number }]);
  }

  /** A pulled plug, or nobody at the other end: decided for whole pieces, before any impairment. */
  #lossOnTheWay(from: CableEnd, bytes: number): FateDetail | undefined {
    const to = this.#other(from);
    const pulled = [from, to].find((port) => !port.isLinkUp);
    if (pulled !== undefined) return this.#loss(to, bytes, 'link-down', pulled.linkFault);
    return to.end.isConnected ? undefined : this.#loss(to, bytes, 'not-connected');
  }

  #lossOnArrival(from: CableEnd, bytes: number): FateDetail | undefined {
    const to = this.#other(from);
    const severing = byteSeveredBy(this.#impairments, from.index)?.spec;
    if (severing !== undefined) {
      return this.#loss(to, bytes, severing.effect.kind === 'cut' ? 'cut' : 'block', severing.fault);
    }
    const gone = this.#lossOnTheWay(from, bytes);
    if (gone !== undefined) return gone;
    const isFull = to.end.unsentBytes > this.#context.limits.cableQueueBytes;
    return isFull ? this.#loss(to, bytes, 'queue-full') : undefined;
  }

  #loss(to: CableEnd, bytes: number, reason: LossReason, fault?: string): FateDetail {
    to.countLostTowards(reason, bytes);
    return { fate: 'lost', reason, ...(fault !== undefined && { fault }) };
  }

  /** A sender that is ahead of the line waits, as a program does that writes to a slow tty. */
  #holdBack(port: CableEnd): void {
    const { cableQueueBytes } = this.#context.limits;
    if (!port.isPaused && port.underWayBytes > cableQueueBytes) {
      port.isPaused = true;
      port.end.pause();
    } else if (port.isPaused && port.underWayBytes <= cableQueueBytes / 2) {
      port.isPaused = false;
      port.end.resume();
    }
  }

  #recorded(from: CableEnd, atNs: number, bytes: Uint8Array): Buffer {
    const { clock } = this.#context;
    return rtacSerialPiece(from.index, clock.wallSeconds(atNs), clock.wallNanoseconds(atNs), bytes);
  }

  #other(port: CableEnd): CableEnd {
    return this.ports[port.index === 0 ? 1 : 0];
  }

  #writeFates(from: CableEnd, atNs: number, frame: number | null, details: readonly FateDetail[]): void {
    const to = this.#other(from).label;
    for (const detail of details) {
      this.#context.fates.write({ atNs, wire: this.name, frame, from: from.label, to, ...detail });
    }
  }
}
