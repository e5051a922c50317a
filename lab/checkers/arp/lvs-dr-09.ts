import { count, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type ArpProbes, arpProbes } from './arp-probes.ts';
import { nothingJudged } from './lvs-arp-01-05.ts';
import { probeBreach } from './probe-breach.ts';

/**
 * LVS-DR-09: an address on eth0 itself is answered for in spite of `arp_ignore` 1; an ARP filter silences it.
 */
export const lvsDr09: Rule = {
  id: 'LVS-DR-09',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Dr09(context),
};

class Dr09 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-09');
  readonly #probes: ArpProbes;
  #open = 0;
  #filtered = 0;

  constructor(context: JudgingContext) {
    this.#probes = context.view(arpProbes);
    this.#probes.onOutcome((outcome) => {
      const { target, nic, arpIgnore, isFiltered, didAnswer, shouldAnswer } = outcome;
      if (target.device !== 'eth0' || nic.device !== 'eth0') return;
      if (!isFiltered && (arpIgnore !== 1 || !shouldAnswer)) return;
      if (isFiltered) this.#filtered += 1;
      else this.#open += 1;
      if (didAnswer !== isFiltered) this.#tally.right += 1;
      else this.#tally.breach(() => probeBreach(outcome));
    });
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    if (judged === 0) return nothingJudged(this.#probes, 'an address on eth0 with arp_ignore 1');
    const measured = { withoutFilter: this.#open, withFilter: this.#filtered, breaches: wrong };
    const what = `${count(this.#open, 'request')} without an ARP filter and ${this.#filtered} with one, for an address on eth0`;
    if (wrong > 0) return this.#tally.failed(`${wrong} of ${what} went the other way`, measured);
    if (this.#open === 0)
      return skipped(`${what}: nobody asked while arp_ignore was 1 and there was no filter`);
    if (this.#filtered === 0) return skipped(`${what}: nobody asked while there was a filter`);
    return passed(`${what}: answered without, silent with`, measured);
  }
}
