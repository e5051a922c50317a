import { count, passed, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type ArpProbes, arpProbes } from './arp-probes.ts';
import { nothingJudged } from './lvs-arp-01-05.ts';
import { probeBreach } from './probe-breach.ts';

/** LVS-DR-07, a control: with `arp_ignore` 0 a real server does answer for an address on lo. */
export const lvsDr07: Rule = {
  id: 'LVS-DR-07',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Dr07(context),
};

class Dr07 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-07');
  readonly #probes: ArpProbes;

  constructor(context: JudgingContext) {
    this.#probes = context.view(arpProbes);
    this.#probes.onOutcome((outcome) => {
      const { target, arpIgnore, shouldAnswer, didAnswer } = outcome;
      if (target.device !== 'lo' || arpIgnore !== 0 || !shouldAnswer) return;
      if (didAnswer) this.#tally.right += 1;
      else this.#tally.breach(() => probeBreach(outcome));
    });
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    if (judged === 0) return nothingJudged(this.#probes, 'an address on lo with arp_ignore 0');
    const what = `${count(judged, 'request')} for an address on lo with arp_ignore 0`;
    return wrong === 0
      ? passed(`${what}: the real server answered`, { requests: judged })
      : this.#tally.failed(`${wrong} of ${what} went unanswered`, { requests: judged, breaches: wrong });
  }
}
