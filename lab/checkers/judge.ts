import {
  ARP,
  type CapturedFrame,
  FRAGMENT,
  ICMP,
  IPV4,
  LINKTYPE_ETHERNET,
  Packet,
  TCP,
  UDP,
} from 'tcpdump-parser';
import type { TraceEvent } from '../trace/event.ts';
import { isLostTowards, reachedAll, readFate } from './frame-fate.ts';
import { skipped } from './judgement.ts';
import { NodeDirectory } from './node-directory.ts';
import {
  type Interest,
  interests,
  type JudgedFrame,
  type Judgement,
  type JudgingContext,
  type Rule,
  type RuleContext,
  type RuleRun,
  type View,
  type ViewKind,
} from './rule.ts';

/** Where a frame was taken. One object for each interface of a capture, given again with every frame. */
export interface FrameOrigin {
  /** File name for evidence: `lan.pcapng`. */
  readonly file: string;
  /** Undefined when the file does not say; then the network cards that the frame is from or to do. */
  readonly segment: string | undefined;
}

export interface Judging {
  /**
   * Before the first frame: learns from one who is who, and judges nothing. In a capture from elsewhere a node
   * is known by its addresses only after it has said them, which may be after its first packet.
   */
  meet(frame: CapturedFrame, origin: FrameOrigin): void;
  /** Frames come in order of time, whatever segment they are from; `at` is on the lab clock in nanoseconds. */
  frame(frame: CapturedFrame, at: number, origin: FrameOrigin): void;
  /** Events come in order of `at`, between the frames of that time. */
  event(event: TraceEvent): void;
  /** Frames are missing from the record. */
  incomplete(reason: string): void;
  /** Once, at the end. Every rule has a judgement. */
  finish(): ReadonlyMap<string, Judgement>;
  readonly nodes: NodeDirectory;
  /** Frames that could not be taken apart, and so were shown to no rule. */
  readonly malformed: number;
}

/** Opens all rules on one trace. Nothing is kept of a frame but what rules and views copy. */
export function openJudgement(context: RuleContext, rules: readonly Rule[]): Judging {
  return new Engine(context, rules);
}

type Listener = View | RuleRun;

class Engine implements Judging, JudgingContext {
  readonly plan: RuleContext['plan'];
  readonly beginsAtStart: boolean;
  readonly nodes: NodeDirectory;
  readonly gaps: string[] = [];
  hasEvents = false;
  now = Number.NEGATIVE_INFINITY;
  firstFrameAt = Number.POSITIVE_INFINITY;
  malformed = 0;
  readonly #wasComplete: boolean;
  readonly #rules: readonly { readonly rule: Rule; readonly run: RuleRun }[];
  readonly #views = new Map<string, View>();
  readonly #frameListeners = new Map<Interest, Listener[]>(interests.map((kind) => [kind, []]));
  readonly #eventListeners: Listener[] = [];
  readonly #tcp = this.#frameListeners.get('tcp')!;
  /** Soonest first. */
  #alarms: { readonly at: number; readonly callback: () => void }[] = [];
  #alarmAt = Number.POSITIVE_INFINITY;
  readonly #onlySegment: string | undefined;
  /**
   * What comes out of this array is a double from the first frame on. A number of nanoseconds passes for a small integer
   * during the first second, and when it no longer does all code made for small integers is thrown away.
   */
  readonly #time = new Float64Array(1);
  readonly #packet = new Packet();
  readonly #frame: JudgedFrame;

  constructor(context: RuleContext, rules: readonly Rule[]) {
    this.plan = context.plan;
    this.beginsAtStart = context.beginsAtStart;
    this.#wasComplete = context.isComplete;
    this.nodes = new NodeDirectory(context.plan);
    this.#onlySegment = context.plan.segments.length === 1 ? context.plan.segments[0]?.name : undefined;
    this.#frame = {
      at: Number.NEGATIVE_INFINITY,
      segment: '',
      number: 0,
      packet: this.#packet,
      from: undefined,
      to: undefined,
      fromIndex: -1,
      toIndex: -1,
      file: '',
      lostTowards: reachedAll.lostTowards,
      isCopy: false,
    };
    this.#rules = rules.map((rule) => ({ rule, run: rule.open(this) }));
    for (const { rule, run } of this.#rules) this.#listen(run, rule.interest);
  }

  get isComplete(): boolean {
    return this.#wasComplete && this.gaps.length === 0;
  }

  view<V extends object>(kind: ViewKind<V>): V {
    const known = this.#views.get(kind.name);
    // A kind's name stands for its type.
    if (known !== undefined) return known as V;
    const opened = kind.open(this);
    const view: View = opened;
    this.#views.set(kind.name, view);
    this.#listen(view, kind.interest);
    return opened;
  }

  meet(captured: CapturedFrame, { segment }: FrameOrigin): void {
    const { buffer, offset, capturedLength, linkType, originalLength } = captured;
    this.#packet.decode(buffer, offset, capturedLength, linkType, originalLength);
    if (this.#packet.error === undefined) this.#identify(this.#frame, captured, segment ?? this.#onlySegment);
  }

  frame(captured: CapturedFrame, time: number, origin: FrameOrigin): void {
    this.#time[0] = time;
    const at = this.#time[0];
    const packet = this.#packet;
    packet.decode(
      captured.buffer,
      captured.offset,
      captured.capturedLength,
      captured.linkType,
      captured.originalLength,
    );
    if (at > this.now) this.now = at;
    if (at < this.firstFrameAt) this.firstFrameAt = at;
    if (at >= this.#alarmAt) this.#ringAlarms(at);
    if (packet.error !== undefined) {
      this.malformed += 1;
      return;
    }
    const frame = this.#frame;
    frame.at = at;
    frame.number = captured.number;
    frame.file = origin.file;
    this.#identify(frame, captured, origin.segment ?? this.#onlySegment);
    if (captured.comment !== undefined || frame.isCopy || frame.lostTowards !== reachedAll.lostTowards) {
      this.#readComment(frame, captured.comment);
    }
    if (frame.fromIndex >= 0) this.nodes.lastSentAt[frame.fromIndex] = at;
    this.#show(frame, packet.layers);
  }

  event(event: TraceEvent): void {
    this.hasEvents = true;
    if (event.at > this.now) this.now = event.at;
    if (event.at >= this.#alarmAt) this.#ringAlarms(event.at);
    if (event.kind === 'setting' && event.setting.what === 'mac') {
      this.nodes.exchangeMac(event.node, event.setting.nic, event.setting.mac);
    }
    for (const listener of this.#eventListeners) listener.event!(event);
  }

  incomplete(reason: string): void {
    this.gaps.push(reason);
  }

  schedule(at: number, callback: () => void): void {
    const place = this.#alarms.findLastIndex((alarm) => alarm.at <= at) + 1;
    this.#alarms.splice(place, 0, { at, callback });
    this.#alarmAt = this.#alarms[0]!.at;
  }

  #ringAlarms(now: number): void {
    while (this.#alarms.length > 0 && this.#alarms[0]!.at <= now) this.#alarms.shift()!.callback();
    this.#alarmAt = this.#alarms[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  finish(): ReadonlyMap<string, Judgement> {
    this.#ringAlarms(Number.POSITIVE_INFINITY);
    for (const view of this.#views.values()) view.finish?.();
    return new Map(
      this.#rules.map(({ rule, run }) => {
        const judgement = run.finish();
        return [rule.id, this.#isShowable(rule, judgement) ? judgement : skipped(needsEvents(judgement))];
      }),
    );
  }

  /** A claim that needs events is not shown by wires alone, however right they look. What broke is broken. */
  #isShowable(rule: Rule, { verdict }: Judgement): boolean {
    return this.hasEvents || !rule.needs.includes('events') || verdict === 'fail' || verdict === 'skipped';
  }

  #listen(listener: Listener, interest: readonly Interest[]): void {
    if (listener.frame !== undefined) {
      for (const kind of interest) this.#frameListeners.get(kind)!.push(listener);
    }
    if (listener.event !== undefined) this.#eventListeners.push(listener);
  }

  #identify(frame: JudgedFrame, captured: CapturedFrame, segment: string | undefined): void {
    const { buffer, offset } = captured;
    const packet = this.#packet;
    const nodes = this.nodes;
    let from = -1;
    let to = -1;
    if (captured.linkType === LINKTYPE_ETHERNET) {
      to = nodes.find(packet.destinationMac, buffer, offset);
      from = nodes.find(packet.sourceMac, buffer, offset + 6);
    } else if (packet.sourceMac !== 0) from = nodes.lookUp(packet.sourceMac);
    if (packet.layers & ARP) {
      if (packet.sourceMac === packet.arpSenderMac) {
        nodes.heardArp(packet.arpSenderMac, packet.arpSenderIp, segment);
        from = nodes.lookUp(packet.sourceMac);
      }
    } else if (from < 0 && packet.layers & IPV4) {
      nodes.heardIp(packet.sourceMac, packet.ipSource, packet.ipDestination, packet.ttl, segment);
      from = nodes.lookUp(packet.sourceMac);
    }
    frame.fromIndex = from;
    frame.toIndex = to;
    frame.from = from < 0 ? undefined : nodes.name(from);
    frame.to = to < 0 ? undefined : nodes.name(to);
    frame.segment =
      segment ??
      nodes.segmentOf(packet.sourceMac) ??
      nodes.segmentOf(packet.destinationMac) ??
      'unknown segment';
  }

  #readComment(frame: JudgedFrame, comment: string | undefined): void {
    const fate = readFate(comment);
    frame.lostTowards = fate.lostTowards;
    frame.isCopy = fate.isCopy;
    if (fate.missingBefore > 0) {
      this.gaps.push(`${fate.missingBefore} missing before ${frame.file}#${frame.number}`);
    }
  }

  #show(frame: JudgedFrame, layers: number): void {
    if ((layers & (FRAGMENT | TCP)) === TCP) {
      // Nearly every frame of a capture ends here.
      const listeners = this.#tcp;
      for (let index = 0; index < listeners.length; index++) listeners[index]!.frame!(frame);
    } else if (layers & FRAGMENT) this.#tell('fragment', frame);
    else if (layers & UDP) this.#tell('udp', frame);
    else if (layers & ARP) this.#tell('arp', frame);
    else if (layers & ICMP) this.#tell('icmp', frame);
    else if (layers & IPV4) this.#tell('other-ip', frame);
  }

  #tell(kind: Interest, frame: JudgedFrame): void {
    for (const listener of this.#frameListeners.get(kind)!) listener.frame!(frame);
  }
}

function needsEvents({ reason }: Judgement): string {
  return `needs what a lab records beside the wires (tables, settings, commands), and the trace has none of it; on the wires: ${reason}`;
}

/** Whether a frame came to the node that it was sent to, or to somebody when it was sent to all. */
export function isDelivered({ lostTowards, to }: JudgedFrame): boolean {
  if (lostTowards.length === 0) return true;
  return to === undefined ? lostTowards !== 'all' : !isLostTowards(lostTowards, to);
}
