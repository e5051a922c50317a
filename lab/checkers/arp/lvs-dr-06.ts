import { formatIpv4, formatMac, parseIpv4 } from 'tcpdump-parser';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { arpText } from './arp-text.ts';

/**
 * LVS-DR-06: no real server ever sends an ARP message whose sender address is a service's virtual address. Requests
 * leak it, replies claim it; both put the real server into its neighbours' tables, past the director.
 */
export const lvsDr06: Rule = {
  id: 'LVS-DR-06',
  needs: ['frames'],
  interest: ['arp'],
  open: (context) => new Dr06(context),
};

class Dr06 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-06');
  readonly #context: JudgingContext;
  readonly #virtual: ReadonlySet<number>;
  readonly #guilty = new Set<string>();

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#virtual = new Set(
      context.plan.services
        .filter(({ forwarding }) => forwarding !== 'nat')
        .map(({ vip }) => parseIpv4(vip) ?? -1),
    );
  }

  frame(frame: JudgedFrame): void {
    const { packet, fromIndex, from, segment, at } = frame;
    if (fromIndex < 0 || from === undefined || !this.#context.nodes.isRealServer[fromIndex] || frame.isCopy)
      return;
    if (!this.#virtual.has(packet.arpSenderIp)) {
      this.#tally.right += 1;
      return;
    }
    this.#guilty.add(from);
    this.#tally.breach(() => ({
      claim: `${from} sent ARP with the virtual address ${formatIpv4(packet.arpSenderIp)} as its sender`,
      at,
      node: from,
      segment,
      expected: `${from} names its own address as the sender of every ARP message`,
      seen: [`${arpText(packet)} from ${formatMac(packet.sourceMac)} (${from})`],
      evidence: [`${frame.file}#${frame.number}`],
    }));
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const what = count(judged, 'ARP message');
    const measured = { messages: judged, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${what} of real servers named a virtual address as the sender (${list([...this.#guilty])})`,
        measured,
      );
    }
    if (judged === 0) return skipped('no ARP message of a real server in the trace');
    if (!this.#context.isComplete) {
      return inconclusive(
        `${what} of real servers were right, but frames are missing: ${this.#gaps()}`,
        measured,
      );
    }
    return passed(`none of ${what} of real servers named a virtual address as the sender`, measured);
  }

  #gaps(): string {
    return this.#context.gaps[0] ?? 'the record is incomplete';
  }
}
