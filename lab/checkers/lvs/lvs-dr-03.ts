import { formatIpv4, formatMac, PROTOCOL_TCP } from 'tcpdump-parser';
import { type HostModels, hostModels } from '../arp/host-models.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { count, inconclusive, list, passed, seconds, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { ANSWERED, REFUSED, SYN_FORWARDED, SYN_REPEATED } from './traffic/flow-table.ts';
import { nothingForwarded } from './traffic/too-little.ts';
import { WaitingRequests } from './traffic/waiting-requests.ts';

/**
 * LVS-DR-03: a reply leaves the real server straight for the client or its gateway, with the virtual address as
 * its source, and does not cross the director. Judged for the plan's services: an experiment may well have a
 * server that cannot answer.
 */
export const lvsDr03: Rule = {
  id: 'LVS-DR-03',
  needs: ['frames'],
  interest: [],
  open: (context) => new Dr03(context),
};

/** A client repeats its SYN after one second (RFC 6298, 2.1); a server that lives has answered by then. */
const answerNs = 1e9;

class Dr03 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-03');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #hosts: HostModels;
  readonly #lab: Disturbances;
  readonly #isDirect: readonly boolean[];
  readonly #servers: readonly ReadonlySet<number>[];
  /** By server: connections that it was sent, with the segment. */
  readonly #waiting: (WaitingRequests<string> | undefined)[] = [];
  /** By index of the plan's service: some server accepted a connection, so the port is meant to be open. */
  readonly #isServed: boolean[];
  readonly #blamed = new Set<string>();
  /** By node: answers seen, straight to the client. */
  readonly #answers: number[] = [];
  #forwarded = 0;

  constructor(context: JudgingContext) {
    const { plan, nodes } = context;
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#hosts = context.view(hostModels);
    this.#lab = context.view(disturbances);
    this.#isDirect = plan.services.map(({ forwarding }) => forwarding === 'dr');
    this.#isServed = plan.services.map(() => false);
    this.#servers = plan.services.map(
      ({ realServers }) => new Set(realServers.map(({ node }) => nodes.indexOf(node))),
    );
    this.#traffic.listen({
      connectionForwarded: (flow, frame) => this.#sent(flow, frame),
      serverReplied: (flow, frame) => this.#replied(flow, frame),
      directorReplied: (flow, frame) => this.#crossed(flow, frame),
      misaddressedReply: (flow, frame) => this.#misaddressed(flow, frame),
    });
  }

  #isJudged(flow: number): boolean {
    const planned = this.#traffic.flows.service[flow]!;
    return planned >= 0 && this.#isDirect[planned]!;
  }

  #sent(flow: number, frame: JudgedFrame): void {
    if (!this.#isJudged(flow)) return;
    const { flows } = this.#traffic;
    this.#forwarded += 1;
    const server = flows.server[flow]!;
    if (server < 0 || flows.protocol[flow] !== PROTOCOL_TCP || frame.lostTowards.length > 0) return;
    this.#waiting[server] ??= new WaitingRequests(this.#traffic, (one) => this.#isUnanswered(one, server));
    this.#waiting[server].add(flow, frame.segment);
  }

  #isUnanswered(flow: number, server: number): boolean {
    const { flows } = this.#traffic;
    return flows.server[flow] === server && (flows.flags[flow]! & (ANSWERED | REFUSED)) === 0;
  }

  #replied(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const planned = flows.service[flow]!;
    if (planned < 0 || !this.#isDirect[planned]) return;
    if ((flows.flags[flow]! & SYN_FORWARDED) === 0 || flows.server[flow] !== frame.fromIndex) return;
    const { toIndex, fromIndex } = frame;
    if (toIndex >= 0 && this.#context.nodes.isDirector[toIndex]) {
      this.#breach(
        frame,
        fromIndex,
        flow,
        `sent a reply of ${this.#traffic.describe(flow)} to the director`,
        [
          `${formatMac(frame.packet.sourceMac)} (${frame.from}) → ${formatMac(frame.packet.destinationMac)} (${frame.to})`,
        ],
      );
      return;
    }
    if (flows.flags[flow]! & ANSWERED) this.#isServed[planned] = true;
    this.#answers[fromIndex] = (this.#answers[fromIndex] ?? 0) + 1;
    this.#tally.right += 1;
  }

  /** The director sent a packet of the server's on: data, or the answer to a SYN that it had given away. */
  #crossed(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const { packet } = frame;
    const isServers = (flows.flags[flow]! & SYN_FORWARDED) !== 0 && flows.server[flow]! >= 0;
    // A reset may be the director's own: it no longer has an entry.
    if (!this.#isJudged(flow) || !isServers || packet.protocol !== PROTOCOL_TCP || packet.tcpFlags & 0x04)
      return;
    this.#breach(
      frame,
      flows.server[flow]!,
      flow,
      `let a reply of ${this.#traffic.describe(flow)} cross the director`,
      [
        `${formatIpv4(packet.ipSource)} → ${formatIpv4(packet.ipDestination)} from ${formatMac(packet.sourceMac)} (${frame.from})`,
      ],
    );
  }

  #misaddressed(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    if (!this.#isJudged(flow) || (flows.flags[flow]! & SYN_FORWARDED) === 0) return;
    if (!this.#servers[flows.service[flow]!]!.has(frame.fromIndex)) return;
    const { packet } = frame;
    this.#breach(
      frame,
      frame.fromIndex,
      flow,
      `answered ${this.#traffic.describe(flow)} as ${formatIpv4(packet.ipSource)}`,
      [
        `${formatIpv4(packet.ipSource)}:${packet.sourcePort} → ${formatIpv4(packet.ipDestination)}:${packet.destinationPort} from ${formatMac(packet.sourceMac)} (${frame.from})`,
      ],
    );
  }

  #breach(frame: JudgedFrame, server: number, flow: number, what: string, seen: readonly string[]): void {
    const { nodes } = this.#context;
    const { flows } = this.#traffic;
    const name = nodes.name(server);
    this.#blamed.add(name);
    this.#tally.breach(() => ({
      claim: `${name} ${what}`,
      at: frame.at,
      node: name,
      segment: frame.segment,
      expected: `a reply from ${formatIpv4(flows.vip[flow]! >>> 0)} that goes from ${name} to the client or its gateway, not to a director`,
      seen,
      evidence: [this.#traffic.forwardedPlace(flow), `${frame.file}#${frame.number}`],
    }));
  }

  /** Servers that got requests and never said anything, though they live and others answer on that port. */
  #judgeSilence(): number {
    let silent = 0;
    const { flags } = this.#traffic.flows;
    for (const [server, waiting] of this.#waiting.entries()) {
      const unanswered = waiting?.left().filter(({ flow }) => this.#isSilence(flow, server)) ?? [];
      // One SYN may fall to a full queue; a client asks again, and a server that answers nobody is not just busy.
      const answersNobody = (this.#answers[server] ?? 0) === 0;
      const proof = unanswered.filter(({ flow }) => answersNobody || (flags[flow]! & SYN_REPEATED) !== 0);
      silent += unanswered.length;
      for (const { flow, note } of proof) this.#breachSilence(flow, server, note);
    }
    return silent;
  }

  #isSilence(flow: number, server: number): boolean {
    const { nodes, now } = this.#context;
    const { flows } = this.#traffic;
    const at = flows.forwardedAt[flow]!;
    const name = nodes.name(server);
    if (this.#lab.hasFaultWithin(at, now) || this.#hosts.lacks(name, flows.vip[flow]! >>> 0)) return false;
    const isLong = now - at - this.#lab.stalledWithin(at, now) >= answerNs;
    const isAlive = (nodes.lastSentAt[server] ?? -1) > at + answerNs;
    return isLong && isAlive && this.#isServed[flows.service[flow]!]! && this.#wouldShow(server);
  }

  /** Whether a reply of the server's would be in the trace: a capture on another port lacks it. */
  #wouldShow(server: number): boolean {
    if (!this.#context.isComplete) return false;
    return this.#context.hasEvents || (this.#answers[server] ?? 0) > 0;
  }

  #breachSilence(flow: number, server: number, segment: string): void {
    const { nodes, now } = this.#context;
    const { flows } = this.#traffic;
    const at = flows.forwardedAt[flow]!;
    const name = nodes.name(server);
    this.#blamed.add(name);
    this.#tally.breach(() => ({
      claim: `${name} got ${this.#traffic.describe(flow)} and never answered`,
      at,
      node: name,
      segment,
      expected: `SYN and ACK from ${formatIpv4(flows.vip[flow]! >>> 0)}, as other connections to that port got it`,
      seen: [`no reply in the ${seconds(now - at)} to the end of the trace, while ${name} sent other frames`],
      evidence: [this.#traffic.forwardedPlace(flow)],
    }));
  }

  finish(): Judgement {
    const silent = this.#judgeSilence();
    const { wrong, right, judged } = this.#tally;
    const measured = { connections: this.#forwarded, replies: judged, breaches: wrong, unanswered: silent };
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'reply', 'replies')} went astray or never came (${list([...this.#blamed])}); ${right} went straight to the client`,
        measured,
      );
    }
    if (right > 0) {
      return passed(
        `${count(right, 'reply', 'replies')} of ${count(this.#forwarded, 'forwarded connection')} went from the real server straight to the client or its gateway`,
        measured,
      );
    }
    if (this.#forwarded > 0) {
      return inconclusive(
        `${count(this.#forwarded, 'connection')} forwarded, and no reply of a real server in the trace: it may not show what they send to the client`,
        measured,
      );
    }
    return nothingForwarded(this.#context, this.#traffic);
  }
}
