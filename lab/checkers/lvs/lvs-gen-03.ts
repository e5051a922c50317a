import { formatIpv4 } from 'tcpdump-parser';
import { isDelivered } from '../judge.ts';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type EntryObservation, entryObservations, entryText } from '../tables/entry-observations.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';

/** LVS-GEN-03: an echo request to a virtual address is answered by the director itself and makes no entry. */
export const lvsGen03: Rule = {
  id: 'LVS-GEN-03',
  needs: ['frames', 'events'],
  interest: ['icmp'],
  open: (context) => new Gen03(context),
};

interface Echo {
  readonly at: number;
  readonly place: string;
  readonly director: number;
  readonly segment: string;
}

const echoesMax = 1024;
const echoRequest = 8;
const echoReply = 0;

class Gen03 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-03');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  /** By client, virtual address, identifier and sequence. */
  readonly #open = new Map<string, Echo>();
  readonly #clients = new Set<number>();
  #lastAnsweredAt = Number.POSITIVE_INFINITY;
  #observations = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    context.view(entryObservations).listen((observation) => this.#observed(observation));
  }

  frame(frame: JudgedFrame): void {
    const { packet } = frame;
    if (packet.icmpType === echoRequest && this.#traffic.isVirtual(packet.ipDestination)) this.#asked(frame);
    else if (packet.icmpType === echoReply && this.#traffic.isVirtual(packet.ipSource)) this.#answered(frame);
  }

  #asked(frame: JudgedFrame): void {
    const { packet, fromIndex, toIndex } = frame;
    const { nodes } = this.#context;
    const key = `${packet.ipSource} ${packet.ipDestination} ${packet.icmpRest}`;
    if (fromIndex >= 0 && nodes.isDirector[fromIndex]) {
      const echo = this.#open.get(key);
      if (echo === undefined || frame.isCopy) return;
      this.#open.delete(key);
      this.#breach(frame, echo, `forwarded an echo request to ${frame.to ?? 'another node'}`);
    } else if (toIndex >= 0 && nodes.isDirector[toIndex] && isDelivered(frame)) {
      if (this.#open.size >= echoesMax) this.#open.clear();
      this.#clients.add(packet.ipSource);
      this.#open.set(key, {
        at: frame.at,
        place: `${frame.file}#${frame.number}`,
        director: toIndex,
        segment: frame.segment,
      });
    }
  }

  #answered(frame: JudgedFrame): void {
    const { packet, fromIndex } = frame;
    const key = `${packet.ipDestination} ${packet.ipSource} ${packet.icmpRest}`;
    const echo = this.#open.get(key);
    if (echo === undefined || fromIndex < 0 || frame.isCopy) return;
    // A router on the way back.
    if (fromIndex !== echo.director && !this.#context.nodes.isRealServer[fromIndex]) return;
    this.#open.delete(key);
    if (fromIndex === echo.director) {
      this.#tally.right += 1;
      this.#lastAnsweredAt = frame.at;
    } else this.#breach(frame, echo, `left an echo request to ${frame.from} to answer`);
  }

  #breach(frame: JudgedFrame, echo: Echo, what: string): void {
    const director = this.#context.nodes.name(echo.director);
    this.#tally.breach(() => ({
      claim: `${director} ${what}`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `an echo reply by ${director} itself`,
      seen: [
        `ICMP ${formatIpv4(frame.packet.ipSource)} → ${formatIpv4(frame.packet.ipDestination)}, ${frame.from} → ${frame.to ?? 'unknown'}`,
      ],
      evidence: [echo.place, `${frame.file}#${frame.number}`],
    }));
  }

  #observed({ node, at, entries, evidence }: EntryObservation): void {
    if (at < this.#lastAnsweredAt) return;
    this.#observations += 1;
    const known = new Set(['TCP', 'UDP', 'SCTP']);
    const entry = entries.find(
      ({ protocol, client }) => !known.has(protocol) && this.#clients.has(client.address),
    );
    if (entry === undefined) return;
    this.#tally.breach(() => ({
      claim: `${node} made a connection entry for an echo request`,
      at,
      node,
      expected: `no entry of ${formatIpv4(entry.client.address)} but those of TCP and UDP`,
      seen: [entryText(entry)],
      evidence: [evidence],
    }));
  }

  finish(): Judgement {
    const { right, wrong } = this.#tally;
    const measured = { answered: right, breaches: wrong, unanswered: this.#open.size };
    const vips = [...new Set(this.#context.plan.services.map(({ vip }) => vip))].join(', ');
    const what = count(right, 'echo request');
    if (wrong > 0)
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')}, ${what} answered by the director`,
        measured,
      );
    if (right === 0 && this.#open.size > 0) {
      return inconclusive(
        `${count(this.#open.size, 'echo request')} to a virtual address, and no answer in the trace`,
      );
    }
    if (right === 0) return skipped(`no ICMP echo request to ${vips} at a director in the trace`);
    if (this.#observations === 0) {
      return skipped(
        `${what} answered by the director; no look at the connection entries after them shows that there is none`,
      );
    }
    return passed(`${what} answered by the director, and no entry for any of them`, measured);
  }
}
