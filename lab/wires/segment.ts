import type { Alarm, AlarmThread } from './alarm-thread.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { copyComment, fatesComment } from './frame-fate-text.ts';
import { FrameReader, prefixBytes, withPrefix } from './frame-reader.ts';
import { mtuDefault, sizeRefusal } from './frame-size.ts';
import {
  type Delivery,
  type FrameImpairment,
  judgeFrame,
  severedBy,
} from './impairments/frame-impairment.ts';
import { portLabels } from './port-labels.ts';
import type { Fate, LinkChange, LossReason, SegmentConfiguration, WireStats } from './protocol.ts';
import { SegmentEgress } from './segment-egress.ts';
import { type Route, SegmentPort } from './segment-port.ts';
import { SegmentRoutes } from './segment-routes.ts';
import type { WireContext } from './wire-context.ts';

/** A fate of the frame at hand; the rest of the line is the same for all of its fates. */
type FateDetail = Omit<Fate, 'atNs' | 'wire' | 'frame' | 'from'>;

/** A frame on its way to some ports: the delivery, where it came from, and its bytes as QEMU wants them. */
interface Passage {
  readonly delivery: Delivery;
  readonly from: SegmentPort;
  readonly framed: Buffer;
  /** Number of the frame that came in; null when the record lost it. */
  readonly number: number | null;
}

/**
 * An Ethernet switch between Unix sockets. It learns addresses, leaves VLAN tags alone, and writes every frame to the
 * record as it comes in.
 *
 * Bulk traffic has a short way: a frame with one destination that no impairment can touch is recorded and joins the
 * slice of its neighbours. Everything else is judged frame by frame.
 */
export class Segment {
  readonly name: string;
  readonly ports: readonly SegmentPort[];
  readonly #context: WireContext;
  readonly #mtu: number;
  readonly #routes: SegmentRoutes;
  readonly #egress: SegmentEgress;
  readonly #waiting = new DeliveryQueue<Passage>();
  readonly #passageOf = new Map<Delivery, Passage>();
  readonly #alarm: Alarm;
  #isFirstOfChunk = false;
  #chunkNs = 0;

  constructor(configuration: SegmentConfiguration, context: WireContext, alarms: AlarmThread) {
    this.name = configuration.name;
    this.#context = context;
    this.#mtu = configuration.mtu ?? mtuDefault;
    this.#alarm = alarms.alarm((nowNs) => this.#deliverDue(nowNs));
    const labels = portLabels(configuration.ports);
    const take = (port: SegmentPort, bytes: Buffer, start: number, end: number) =>
      this.#takeFrame(port, bytes, start, end);
    const handler = (port: SegmentPort) => ({
      connected: () => this.#connectionChanged(port),
      received: (bytes: Buffer) => this.#received(port, bytes),
      disconnected: () => this.#connectionChanged(port),
    });
    this.ports = configuration.ports.map(
      (port, index) => new SegmentPort(index, labels[index] ?? port.node, port, take, handler),
    );
    this.#routes = new SegmentRoutes(this.ports);
    this.#egress = new SegmentEgress(context.limits.portQueueBytes);
  }

  get impairments(): readonly FrameImpairment[] {
    return this.#routes.impairments;
  }

  get stats(): Pick<WireStats, 'kind' | 'ports' | 'learnedMacs' | 'macMoves'> {
    const { learnedMacs, macMoves } = this.#routes;
    return { kind: 'segment', ports: this.ports.map((port) => port.stats), learnedMacs, macMoves };
  }

  closeNow(): void {
    this.#alarm.arm(Number.POSITIVE_INFINITY);
    for (const port of this.ports) port.end.closeNow();
  }

  addImpairment(impairment: FrameImpairment): void {
    this.#routes.impairments = [...this.impairments, impairment];
  }

  /** Frames already delayed still arrive when they are due. The answer is how many impairments went. */
  heal(fault: string): number {
    const kept = this.impairments.filter(({ spec }) => spec.fault !== fault);
    const healed = this.impairments.length - kept.length;
    if (healed > 0) this.#routes.impairments = kept;
    return healed;
  }

  setLink({ node, nic, state, fault }: LinkChange): void {
    for (const port of this.ports) {
      if (port.node !== node || port.nic !== nic) continue;
      port.isLinkUp = state === 'up';
      port.linkFault = state === 'up' ? undefined : fault;
      this.#routes.portChanged(port);
    }
  }

  #connectionChanged(port: SegmentPort): void {
    port.reader = new FrameReader();
    port.outgoing = [];
    this.#routes.portChanged(port);
  }

  #received(port: SegmentPort, chunk: Buffer): void {
    this.#isFirstOfChunk = true;
    this.#chunkNs = this.#context.clock.stamp();
    const isSound = port.reader.read(chunk, port.take);
    this.#endTurn();
    if (isSound) return;
    port.framingErrors += 1;
    port.end.disconnect();
  }

  #endTurn(): void {
    this.#egress.endTurn();
    this.#context.record.settle();
  }

  #takeFrame(port: SegmentPort, bytes: Buffer, start: number, end: number): void {
    const at = start + prefixBytes;
    const atNs = this.#isFirstOfChunk ? this.#chunkNs : this.#context.clock.stampFollowing();
    this.#isFirstOfChunk = false;
    port.framesIn += 1;
    port.bytesIn += end - at;
    const refusal = port.isLinkUp ? sizeRefusal(bytes, at, end - at, this.#mtu) : 'link-down';
    if (refusal !== undefined) {
      this.#refuse(port, refusal, atNs, bytes.subarray(at, end));
      return;
    }
    const route = this.#routes.routeOf(port, bytes, at, atNs);
    const direct = route.direct;
    if (direct === undefined) {
      this.#takeJudged(port, route, atNs, bytes.subarray(start, end));
    } else if (this.#egress.hasRoom(direct, end - start)) {
      this.#context.record.write(atNs, bytes.subarray(at, end));
      this.#egress.extend(direct, bytes, start, end);
    } else {
      this.#recordFrame(port, atNs, bytes.subarray(at, end), [lossTowards(direct, 'queue-full')]);
    }
  }

  #refuse(port: SegmentPort, reason: LossReason, atNs: number, frame: Buffer): void {
    port.countLostFrom(reason);
    const fault = reason === 'link-down' ? port.linkFault : undefined;
    this.#recordFrame(port, atNs, frame, [
      { to: null, fate: 'lost', reason, ...(fault !== undefined && { fault }) },
    ]);
  }

  #takeJudged(from: SegmentPort, route: Route, atNs: number, framed: Buffer): void {
    const frame = framed.subarray(prefixBytes);
    const details: FateDetail[] = [];
    const reachable: number[] = [];
    for (const port of route.ports) {
      if (port.isLinkUp) reachable.push(port.index);
      else details.push(lossTowards(port, 'link-down', port.linkFault));
    }
    const { deliveries, fates, overtaken } = judgeFrame(
      route.impairments,
      atNs,
      from.index,
      reachable,
      frame,
    );
    for (const { to, ...fate } of fates) {
      const port = this.ports[to]!;
      if (fate.reason !== undefined) port.countLostTowards(fate.reason);
      details.push({ to: port.label, ...fate });
    }
    // Before the frame is recorded, so that its comment can tell.
    const admitted = deliveries.filter((delivery) => this.#admit(delivery, atNs, framed.length, details));
    const number = this.#recordFrame(from, atNs, frame, details);
    for (const delivery of admitted) {
      const passage = {
        delivery,
        from,
        number,
        framed: delivery.frame === frame ? framed : withPrefix(delivery.frame),
      };
      if (delivery.dueNs <= atNs) this.#deliver(passage);
      else this.#wait(passage);
    }
    for (const delivery of overtaken) this.#overtake(delivery, atNs);
  }

  /** Takes out the ports that have no room. False when none is left. */
  #admit(delivery: Delivery, atNs: number, framedBytes: number, details: FateDetail[]): boolean {
    const { delayed, limits } = this.#context;
    const isLater = delivery.dueNs > atNs;
    for (const index of [...delivery.to]) {
      const port = this.ports[index]!;
      const hasRoom = isLater
        ? delayed.bytes + framedBytes <= limits.delayedBytes
        : this.#egress.hasRoom(port, framedBytes);
      if (hasRoom) continue;
      delivery.to.splice(delivery.to.indexOf(index), 1);
      details.push(lossTowards(port, isLater ? 'delay-queue-full' : 'queue-full'));
    }
    return delivery.to.length > 0;
  }

  #wait({ delivery, from, framed, number }: Passage): void {
    // The chunk that the frame came in need not be kept for it.
    const passage = { delivery, from, number, framed: Buffer.from(framed) };
    delivery.frame = passage.framed.subarray(prefixBytes);
    this.#context.delayed.entered(framed.length);
    this.#passageOf.set(delivery, passage);
    this.#waiting.add(delivery.dueNs, passage);
    this.#alarm.arm(this.#waiting.nextDueNs);
  }

  /** The delivery keeps its old place in the queue too, where it will be found done. */
  #overtake(delivery: Delivery, nowNs: number): void {
    const passage = this.#passageOf.get(delivery);
    if (passage === undefined) return;
    if (delivery.dueNs <= nowNs) this.#deliverWaiting(passage, nowNs);
    else this.#waiting.add(delivery.dueNs, passage);
    this.#alarm.arm(this.#waiting.nextDueNs);
  }

  #deliverDue(nowNs: number): void {
    for (let passage = this.#waiting.takeDue(nowNs); passage !== undefined; ) {
      if (!passage.delivery.isDone) this.#deliverWaiting(passage, nowNs);
      passage = this.#waiting.takeDue(nowNs);
    }
    this.#endTurn();
    this.#alarm.arm(this.#waiting.nextDueNs);
  }

  #deliverWaiting(passage: Passage, nowNs: number): void {
    const { delivery, from, framed, number } = passage;
    this.#passageOf.delete(delivery);
    this.#context.delayed.left(framed.length, nowNs - delivery.dueNs);
    for (const index of [...delivery.to]) {
      const loss = this.#lossOnArrival(from, this.ports[index]!, framed.length);
      if (loss === undefined) continue;
      delivery.to.splice(delivery.to.indexOf(index), 1);
      this.#writeFates(from, nowNs, number, [loss]);
    }
    if (delivery.to.length > 0) this.#deliver(passage);
  }

  /** What began after the frame was let through can still stop it: it has not arrived yet. */
  #lossOnArrival(from: SegmentPort, to: SegmentPort, framedBytes: number): FateDetail | undefined {
    const severing = severedBy(this.impairments, from.index, to.index)?.spec;
    if (severing !== undefined)
      return lossTowards(to, severing.effect.kind === 'cut' ? 'cut' : 'block', severing.fault);
    if (!to.isLinkUp) return lossTowards(to, 'link-down', to.linkFault);
    if (!to.end.isConnected) return lossTowards(to, 'not-connected');
    return this.#egress.hasRoom(to, framedBytes) ? undefined : lossTowards(to, 'queue-full');
  }

  #deliver({ delivery, from, framed, number }: Passage): void {
    delivery.isDone = true;
    const ports = delivery.to.map((index) => this.ports[index]!);
    for (const port of ports) this.#egress.push(port, framed);
    if (delivery.kind === 'original') return;
    const { kind, fault } = delivery;
    const labels = ports.map(({ label }) => label);
    const atNs = this.#context.clock.stamp();
    const copyNumber = this.#context.record.write(
      atNs,
      delivery.frame,
      copyComment(kind, number, labels, fault),
    );
    const details = labels.map(
      (to): FateDetail => ({ to, fate: 'copy', ...(fault !== undefined && { fault }), of: number }),
    );
    this.#writeFates(from, atNs, copyNumber, details);
  }

  #recordFrame(
    from: SegmentPort,
    atNs: number,
    frame: Buffer,
    details: readonly FateDetail[],
  ): number | null {
    const number = this.#context.record.write(atNs, frame, fatesComment(details));
    this.#writeFates(from, atNs, number, details);
    return number;
  }

  #writeFates(from: SegmentPort, atNs: number, frame: number | null, details: readonly FateDetail[]): void {
    for (const detail of details) {
      this.#context.fates.write({ atNs, wire: this.name, frame, from: from.label, ...detail });
    }
  }
}

function lossTowards(port: SegmentPort, reason: LossReason, fault?: string): FateDetail {
  port.countLostTowards(reason);
  return { to: port.label, fate: 'lost', reason, ...(fault !== undefined && { fault }) };
}
