import { ARP, formatIpv4, parseMac } from 'tcpdump-parser';
import { isLostTowards } from '../frame-fate.ts';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { effective, type HostModel, isOnNetworkOf } from './host-model.ts';
import { type HostModels, hostModels } from './host-models.ts';
import { predictArpSender } from './predict-sender.ts';

/**
 * LVS-DR-08, a control: a real server that must find the way to a host while it sends from a virtual address names
 * that address as the sender of its ARP request with `arp_announce` 0 and 1, and its own with 2.
 */
export const lvsDr08: Rule = {
  id: 'LVS-DR-08',
  needs: ['frames', 'events'],
  interest: ['arp', 'tcp', 'udp', 'icmp'],
  open: (context) => new Dr08(context),
};

/** What a host last sent to a real server: the packet that the real server answers, and so asks ARP for. */
interface Prompt {
  readonly at: number;
  readonly address: number;
  readonly place: string;
  /** Another packet, to another address, came meanwhile: which of them the request is for is unknown. */
  isMixed: boolean;
}

/** A real server asks at once, and again each second for three seconds. */
const promptNs = 4e9;
const promptsMax = 256;
const levels = [0, 1, 2];

class Dr08 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-08');
  readonly #hosts: HostModels;
  readonly #nodes: JudgingContext['nodes'];
  /** By real server and host. */
  readonly #prompts = new Map<string, Prompt>();
  readonly #seen = new Set<number>();
  #hasAddresses = false;
  #unknown = 0;

  constructor(context: JudgingContext) {
    this.#hosts = context.view(hostModels);
    this.#nodes = context.nodes;
    this.#hosts.onSetting(({ node, setting }) => {
      if (setting.what === 'address') this.#hasAddresses = true;
      for (const key of this.#prompts.keys()) if (key.startsWith(`${node} `)) this.#prompts.delete(key);
    });
  }

  frame(frame: JudgedFrame): void {
    if (!this.#hasAddresses) return;
    if (frame.packet.layers & ARP) this.#arp(frame);
    else if (frame.toIndex >= 0 && this.#nodes.isRealServer[frame.toIndex]) this.#remember(frame);
    else if (frame.fromIndex >= 0 && this.#nodes.isRealServer[frame.fromIndex]) {
      // It knows the way there: what it asks for next is for another packet.
      this.#prompts.delete(`${frame.from} ${frame.packet.ipDestination}`);
    }
  }

  #remember(frame: JudgedFrame): void {
    const { packet, at } = frame;
    const node = frame.to!;
    if (isLostTowards(frame.lostTowards, node)) return;
    const key = `${node} ${packet.ipSource}`;
    const address = packet.ipDestination;
    const before = this.#prompts.get(key);
    const isMixed =
      before !== undefined && at - before.at < promptNs && (before.isMixed || before.address !== address);
    if (this.#prompts.size >= promptsMax && before === undefined) this.#prompts.clear();
    this.#prompts.set(key, { at, address, place: `${frame.file}#${frame.number}`, isMixed });
  }

  #arp(frame: JudgedFrame): void {
    const { packet, fromIndex, at } = frame;
    if (packet.arpOperation !== 1 || fromIndex < 0 || !this.#nodes.isRealServer[fromIndex]) return;
    const node = frame.from!;
    const prompt = this.#prompts.get(`${node} ${packet.arpTargetIp}`);
    const model = this.#hosts.model(node);
    if (prompt === undefined || model === undefined || prompt.isMixed || at - prompt.at > promptNs) return;
    const held = this.#hosts.addedAddress(node, prompt.address);
    const device = model.nics.find(({ mac }) => parseMac(mac) === packet.sourceMac)?.device;
    if (held === undefined || device === undefined || !this.#hosts.isSettled(node, prompt.at)) return;
    if (
      !isSameSubnet(model, device, prompt.address, packet.arpTargetIp) ||
      model.filtered.includes(prompt.address)
    )
      return;
    if (!this.#hosts.isKnown(node, 'arp_announce', [device])) {
      this.#unknown += 1;
      return;
    }
    this.#judge(frame, prompt, model, device);
  }

  #judge(frame: JudgedFrame, prompt: Prompt, model: HostModel, device: string): void {
    const { packet, segment, at } = frame;
    const level = effective(model.arpAnnounce, device);
    const resolution = { device, packetSource: prompt.address, targetIp: packet.arpTargetIp };
    const expected = predictArpSender(model, resolution);
    const sender = packet.arpSenderIp;
    this.#seen.add(Math.min(level, 2));
    if (sender === expected) {
      this.#tally.right += 1;
      return;
    }
    const node = frame.from!;
    this.#tally.breach(() => ({
      claim: `${node} asked for ${formatIpv4(packet.arpTargetIp)} as ${formatIpv4(sender)} with arp_announce ${level}`,
      at,
      node,
      segment,
      expected: `who-has ${formatIpv4(packet.arpTargetIp)} tell ${formatIpv4(expected ?? 0)}: arp_announce ${level} counts on ${device}`,
      seen: [
        `a packet for ${formatIpv4(prompt.address)}, which ${node} answers from that address`,
        `who-has ${formatIpv4(packet.arpTargetIp)} tell ${formatIpv4(sender)}`,
      ],
      evidence: [prompt.place, `${frame.file}#${frame.number}`],
    }));
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const measured = { requests: judged, breaches: wrong };
    const what = `${count(judged, 'ARP request')} that a real server made to answer from a virtual address`;
    if (wrong > 0) return this.#tally.failed(`${wrong} of ${what} named the wrong sender`, measured);
    const missing = levels.filter((level) => !this.#seen.has(level)).map(String);
    if (judged === 0 && this.#unknown > 0) {
      return inconclusive(
        `${count(this.#unknown, 'ARP request')} came from real servers whose arp_announce no event has told`,
      );
    }
    if (judged === 0) {
      return skipped('no real server asked ARP in order to answer from an address that an event put on it');
    }
    if (missing.length > 0) return skipped(`${what}: none with arp_announce ${list(missing)}`);
    return passed(
      `${what}: arp_announce 0 and 1 named the virtual address, 2 the real server's own`,
      measured,
    );
  }
}

/** The case that direct routing has: virtual address and target are in one network of the NIC. */
function isSameSubnet(model: HostModel, device: string, address: number, target: number): boolean {
  return model.addresses.some(
    (held) => held.device === device && isOnNetworkOf(held, address) && isOnNetworkOf(held, target),
  );
}
