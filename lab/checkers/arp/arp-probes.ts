import { ARP, ICMP, parseMac } from 'tcpdump-parser';
import type { SettingEvent } from '../../trace/event.ts';
import { isLostTowards } from '../frame-fate.ts';
import type { JudgedFrame, JudgingContext, View, ViewKind } from '../rule.ts';
import { effective, type HeldAddress, type HostModel, type HostNic } from './host-model.ts';
import { type HostModels, hostModels } from './host-models.ts';
import { predictArpReplies } from './predict-replies.ts';

/** What one NIC did about one ARP request for an address that the lab had put on its node. */
export interface ProbeOutcome {
  readonly at: number;
  readonly node: string;
  readonly nic: HostNic;
  readonly segment: string;
  readonly senderIp: number;
  readonly target: HeldAddress;
  /** As it was when the request came. */
  readonly model: HostModel;
  /** The `arp_ignore` in force on the NIC. */
  readonly arpIgnore: number;
  readonly isFiltered: boolean;
  readonly shouldAnswer: boolean;
  readonly didAnswer: boolean;
  readonly evidence: readonly string[];
}

export const arpProbes: ViewKind<ArpProbes> = {
  name: 'ARP probes',
  interest: ['arp', 'icmp'],
  open: (context) => new ArpProbes(context),
};

interface Pending {
  readonly outcome: Omit<ProbeOutcome, 'didAnswer'>;
  readonly mac: number;
  readonly requester: number;
  /** Identifier and sequence of the echo request that was sent to the NIC after the probe. */
  fence: number | undefined;
}

const arpRequest = 1;
const arpReply = 2;
const echoRequest = 8;
const echoReply = 0;
/** More requests than that wait for an answer only when nobody fences them. */
const pendingMax = 1024;

/**
 * Follows ARP requests for addresses that `setting` events put on real servers. An answer shows itself. That there is
 * none is certain once the node has answered an echo request that the same host sent to the same NIC after
 * the ARP request: a NIC hands on frames in the order in which they came. A probe without that is not judged.
 */
export class ArpProbes implements View {
  readonly #hosts: HostModels;
  readonly #isRealServer: (node: string) => boolean;
  readonly #listeners: ((outcome: ProbeOutcome) => void)[] = [];
  readonly #macs = new Map<string, number>();
  #pending: Pending[] = [];
  #unjudged = 0;
  #unknownSettings = 0;

  constructor(context: JudgingContext) {
    this.#hosts = context.view(hostModels);
    this.#hosts.onSetting((event) => this.#settingChanged(event));
    const { nodes } = context;
    this.#isRealServer = (node) => nodes.isRealServer[nodes.indexOf(node)] ?? false;
  }

  onOutcome(listener: (outcome: ProbeOutcome) => void): void {
    this.#listeners.push(listener);
  }

  /** Requests to single NICs that went unanswered, without proof that they were processed. */
  get unjudged(): number {
    return this.#unjudged + this.#pending.length;
  }

  /** Requests for addresses on nodes whose `arp_ignore` no event has told. */
  get unknownSettings(): number {
    return this.#unknownSettings;
  }

  frame(frame: JudgedFrame): void {
    const { packet } = frame;
    if (packet.layers & ARP) {
      if (packet.arpOperation === arpRequest && packet.arpSenderIp !== packet.arpTargetIp) this.#asked(frame);
      else if (packet.arpOperation === arpReply) this.#answered(frame);
    } else if (packet.layers & ICMP && this.#pending.length > 0) {
      if (packet.icmpType === echoRequest) this.#fenceSent(frame);
      else if (packet.icmpType === echoReply) this.#fenceReturned(frame);
    }
  }

  #asked(frame: JudgedFrame): void {
    const { packet, segment, at } = frame;
    for (const node of this.#hosts.nodes) {
      const target = this.#hosts.addedAddress(node, packet.arpTargetIp);
      if (target === undefined || node === frame.from || !this.#isRealServer(node)) continue;
      const model = this.#hosts.model(node)!;
      const nics = model.nics.filter(
        (nic) =>
          nic.segment === segment && (frame.to === undefined || this.#macOf(nic) === packet.destinationMac),
      );
      const wasLost = isLostTowards(frame.lostTowards, node);
      if (nics.length === 0 || wasLost || !this.#hosts.isSettled(node, at)) continue;
      const devices = nics.map(({ device }) => device);
      if (!this.#hosts.isKnown(node, 'arp_ignore', devices)) {
        this.#unknownSettings += 1;
        continue;
      }
      const request = { segment, senderIp: packet.arpSenderIp, targetIp: packet.arpTargetIp };
      const predicted = predictArpReplies(model, request);
      for (const nic of nics) {
        this.#drop((pending) => pending.requester === packet.sourceMac && pending.mac === this.#macOf(nic));
        this.#pending.push({
          mac: this.#macOf(nic),
          requester: packet.sourceMac,
          fence: undefined,
          outcome: {
            at,
            node,
            nic,
            segment,
            senderIp: packet.arpSenderIp,
            target,
            model: { ...model },
            arpIgnore: effective(model.arpIgnore, nic.device),
            isFiltered: model.filtered.includes(target.address),
            shouldAnswer: predicted.includes(nic.device),
            evidence: [`${frame.file}#${frame.number}`],
          },
        });
      }
      if (this.#pending.length > pendingMax) {
        this.#unjudged += this.#pending.length - pendingMax;
        this.#pending = this.#pending.slice(-pendingMax);
      }
    }
  }

  #answered({ packet, file, number }: JudgedFrame): void {
    const pending = this.#pending.find(
      ({ mac, requester, outcome }) =>
        mac === packet.arpSenderMac &&
        outcome.target.address === packet.arpSenderIp &&
        (requester === packet.destinationMac || requester === packet.arpTargetMac),
    );
    if (pending !== undefined) this.#conclude(pending, true, `${file}#${number}`);
  }

  #fenceSent({ packet }: JudgedFrame): void {
    for (const pending of this.#pending) {
      if (pending.requester === packet.sourceMac && pending.mac === packet.destinationMac) {
        pending.fence ??= packet.icmpRest;
      }
    }
  }

  #fenceReturned(frame: JudgedFrame): void {
    const { packet, file, number } = frame;
    const passed = this.#pending.filter(
      ({ requester, fence, outcome }) =>
        requester === packet.destinationMac && fence === packet.icmpRest && outcome.node === frame.from,
    );
    for (const pending of passed) this.#conclude(pending, false, `${file}#${number}`);
  }

  #conclude(pending: Pending, didAnswer: boolean, place: string): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
    const outcome = { ...pending.outcome, didAnswer, evidence: [...pending.outcome.evidence, place] };
    for (const tell of this.#listeners) tell(outcome);
  }

  /** Whether the node had processed the request before it was set differently is unknown. */
  #settingChanged({ node }: SettingEvent): void {
    this.#drop(({ outcome }) => outcome.node === node);
  }

  #drop(isDropped: (pending: Pending) => boolean): void {
    const kept = this.#pending.filter((pending) => !isDropped(pending));
    this.#unjudged += this.#pending.length - kept.length;
    this.#pending = kept;
  }

  #macOf({ mac }: HostNic): number {
    const known = this.#macs.get(mac);
    if (known !== undefined) return known;
    const parsed = parseMac(mac) ?? -1;
    this.#macs.set(mac, parsed);
    return parsed;
  }
}
