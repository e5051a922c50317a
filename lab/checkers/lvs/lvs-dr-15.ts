import { formatIpv4, formatMac, PROTOCOL_TCP, TCP_RST } from 'tcpdump-parser';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { StateWatch } from '../sightings/state-watch.ts';
import { type Services, services } from '../tables/services.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { ANSWERED, CLIENT_FIN, REFUSED, SELF_ANSWERED, SYN_FORWARDED } from './traffic/flow-table.ts';
import { nothingForwarded } from './traffic/too-little.ts';

/**
 * LVS-DR-15: a connection to a closed port of a real server is refused by that server itself: its RST has the
 * virtual address as source and goes to the client or its gateway, not to the director, whose entry therefore stays
 * in SYN_RECV.
 */
export const lvsDr15: Rule = {
  id: 'LVS-DR-15',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Dr15(context),
};

/** Refused connections that are remembered, so that a repeated RST counts once. */
const rememberedMax = 65_536;
/** Unanswered ones that are counted. */
const openMax = 1024;
/** A client repeats its SYN after one second (RFC 6298, 2.1); a server that lives has answered by then. */
const answerNs = 1e9;

class Dr15 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-15');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #watch: StateWatch;
  /** By flow: the connection that was judged last. */
  readonly #judged = new Map<number, number>();
  /** By flow: connections that a director sent on, and that no server has answered yet. */
  readonly #open = new Map<number, number>();

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#watch = new StateWatch(
      context,
      'SYN_RECV',
      (flow) => (this.#traffic.flows.flags[flow]! & (ANSWERED | SELF_ANSWERED | CLIENT_FIN)) === 0,
    );
    this.#traffic.listen({
      connectionForwarded: (flow) => this.#sent(flow),
      serverReplied: (flow, frame) => this.#replied(flow, frame),
      misaddressedReply: (flow, frame) => this.#misaddressed(flow, frame),
      directorReplied: (flow, frame) => this.#directorReplied(flow, frame),
    });
  }

  /** An RST that answers the SYN of a connection that the director had sent on. */
  #isRefusal(flow: number, { packet }: JudgedFrame): boolean {
    const { flags, protocol, synSequence } = this.#traffic.flows;
    if (protocol[flow] !== PROTOCOL_TCP || (packet.tcpFlags & TCP_RST) === 0) return false;
    return (
      (flags[flow]! & SYN_FORWARDED) !== 0 && ((packet.tcpAcknowledgement - 1) | 0) === synSequence[flow]
    );
  }

  /** The director gives connections like this one to that server with no address translated. */
  #isDirect(flow: number, at: number): boolean {
    const { flows } = this.#traffic;
    const lookup = this.#services.ofFlow(flows, flow, at);
    if (lookup.kind !== 'served') return false;
    return lookup.service.destinations.some(
      ({ node, method }) => method === 'dr' && node === flows.server[flow],
    );
  }

  /** False for a connection that was judged before. */
  #isFresh(flow: number): boolean {
    const connection = this.#traffic.flows.connection[flow]!;
    if (this.#judged.get(flow) === connection) return false;
    if (this.#judged.size >= rememberedMax) this.#judged.clear();
    this.#judged.set(flow, connection);
    return true;
  }

  #sent(flow: number): void {
    const { flows } = this.#traffic;
    if (flows.protocol[flow] !== PROTOCOL_TCP || this.#open.size >= openMax) return;
    this.#open.set(flow, flows.connection[flow]!);
  }

  #replied(flow: number, frame: JudgedFrame): void {
    this.#open.delete(flow);
    const { flows } = this.#traffic;
    const isTheOne = flows.server[flow] === frame.fromIndex && this.#isRefusal(flow, frame);
    if (!isTheOne || flows.flags[flow]! & ANSWERED || !this.#isDirect(flow, frame.at)) return;
    if (!this.#isFresh(flow)) return;
    const { toIndex } = frame;
    if (toIndex >= 0 && this.#context.nodes.isDirector[toIndex]) {
      this.#breach(flow, frame, frame.fromIndex, 'sent the RST for', 'to the director');
      return;
    }
    this.#tally.right += 1;
    this.#watch.watch(flow, flows.forwardedAt[flow]!, frame.segment, `${frame.file}#${frame.number}`);
  }

  #misaddressed(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    const isTheOne = flows.server[flow] === frame.fromIndex && this.#isRefusal(flow, frame);
    if (!isTheOne || !this.#isDirect(flow, frame.at) || !this.#isFresh(flow)) return;
    this.#breach(flow, frame, frame.fromIndex, 'refused', `as ${formatIpv4(frame.packet.ipSource)}`);
  }

  /** The director refused what it had sent on, or passed the server's RST on. */
  #directorReplied(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    // What the server said itself has been judged.
    if (!this.#isRefusal(flow, frame) || flows.flags[flow]! & (ANSWERED | REFUSED)) return;
    if (flows.server[flow]! < 0 || !this.#isDirect(flow, frame.at) || !this.#isFresh(flow)) return;
    const server = this.#context.nodes.name(flows.server[flow]!);
    this.#breach(flow, frame, flows.director[flow]!, 'refused', `after it had sent the SYN on to ${server}`);
  }

  #breach(flow: number, frame: JudgedFrame, guilty: number, verb: string, how: string): void {
    const { nodes } = this.#context;
    const { flows } = this.#traffic;
    const { packet, from, to, segment, at } = frame;
    const name = nodes.name(guilty);
    const server = nodes.name(flows.server[flow]!);
    this.#tally.breach(() => ({
      claim: `${name} ${verb} ${this.#traffic.describe(flow)} ${how}`,
      at,
      node: name,
      segment,
      expected: `RST from ${formatIpv4(flows.vip[flow]! >>> 0)} that goes from ${server} to the client or its gateway, not to a director`,
      seen: [
        `RST ${formatIpv4(packet.ipSource)}:${packet.sourcePort} → ${formatIpv4(packet.ipDestination)}:${packet.destinationPort}, ${formatMac(packet.sourceMac)} (${from}) → ${formatMac(packet.destinationMac)} (${to ?? 'unknown'})`,
      ],
      evidence: [this.#traffic.forwardedPlace(flow), `${frame.file}#${frame.number}`],
    }));
  }

  finish(): Judgement {
    const entries = this.#watch.right;
    this.#tally.add(this.#watch.breaches);
    const { wrong, right } = this.#tally;
    const measured = { refused: right, entries, breaches: wrong };
    const refused = `${count(right, 'connection')} refused by the real server itself, straight to the client or its gateway`;
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with refused connections; ${refused}; ${count(entries, 'entry', 'entries')} in SYN_RECV`,
        measured,
      );
    }
    if (right > 0 && entries > 0)
      return passed(`${refused}; ${count(entries, 'entry', 'entries')} in SYN_RECV`, measured);
    if (right > 0) {
      const { spoiled } = this.#watch;
      return spoiled > 0
        ? inconclusive(
            `${refused}; ${count(spoiled, 'entry', 'entries')} looked at under a fault or an unusual setting`,
            measured,
          )
        : skipped(`${refused}; not shown: a look at the director's entry (ip_vs_conn) within 60 s`);
    }
    const { forwarded, bypassed } = this.#traffic.counts;
    if (forwarded === 0 && bypassed > 0) return nothingForwarded(this.#context, this.#traffic);
    const silent = this.#silent();
    if (silent > 0) {
      return inconclusive(
        `${count(silent, 'connection')} sent on by a director got no answer of a real server, so whether the port is closed cannot be told`,
        measured,
      );
    }
    return skipped(
      `${count(forwarded, 'packet')} forwarded, and no real server with direct routing refused a connection`,
    );
  }

  /** Connections that a server had time to answer, and did not. */
  #silent(): number {
    const { now } = this.#context;
    const { connection, forwardedAt } = this.#traffic.flows;
    return [...this.#open].filter(
      ([flow, sent]) => connection[flow] === sent && now - forwardedAt[flow]! >= answerNs,
    ).length;
  }
}
