import { count, passed, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type ArpProbes, arpProbes } from './arp-probes.ts';
import { nothingJudged } from './lvs-arp-01-05.ts';
import { probeBreach } from './probe-breach.ts';

/** LVS-ARP-06: `arp_ignore` of lo alone has no effect; the NIC that hears the request decides. */
export const lvsArp06: Rule = {
  id: 'LVS-ARP-06',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Arp06(context),
};

class Arp06 implements RuleRun {
  readonly #tally = new Tally('LVS-ARP-06');
  readonly #probes: ArpProbes;

  constructor(context: JudgingContext) {
    this.#probes = context.view(arpProbes);
    this.#probes.onOutcome((outcome) => {
      const { model, target, arpIgnore, shouldAnswer, didAnswer } = outcome;
      const isLoAlone = (model.arpIgnore['lo'] ?? 0) > 0 && arpIgnore === 0;
      if (!isLoAlone || target.device !== 'lo' || !shouldAnswer) return;
      if (didAnswer) this.#tally.right += 1;
      else this.#tally.breach(() => probeBreach(outcome));
    });
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    if (judged === 0) return nothingJudged(this.#probes, 'an address on lo with arp_ignore set for lo alone');
    const what = `${count(judged, 'request')} for an address on lo with arp_ignore set for lo alone`;
    return wrong === 0
      ? passed(`${what} answered all the same`, { requests: judged })
      : this.#tally.failed(`${wrong} of ${what} went unanswered`, { requests: judged, breaches: wrong });
  }
}
