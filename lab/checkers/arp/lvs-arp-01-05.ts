import { formatIpv4 } from 'tcpdump-parser';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type ArpProbes, arpProbes, type ProbeOutcome } from './arp-probes.ts';
import type { HeldAddress } from './host-model.ts';
import { probeBreach } from './probe-breach.ts';

// Who answers ARP requests for an address depends on where it is configured. Each rule judges one place: every
// NIC that was asked must have done what the kernel's rules say for its settings at that moment.

interface Row {
  readonly id: string;
  readonly place: string;
  readonly isMine: (held: HeldAddress) => boolean;
}

const rows: readonly Row[] = [
  {
    id: 'LVS-ARP-01',
    place: 'on lo with scope global',
    isMine: ({ device, scope }) => device === 'lo' && scope !== 'host',
  },
  {
    id: 'LVS-ARP-02',
    place: 'on lo with scope host',
    isMine: ({ device, scope }) => device === 'lo' && scope === 'host',
  },
  { id: 'LVS-ARP-03', place: 'on dummy0', isMine: ({ device }) => device.startsWith('dummy') },
  { id: 'LVS-ARP-04', place: 'on eth0', isMine: ({ device }) => device === 'eth0' },
  { id: 'LVS-ARP-05', place: 'on eth1', isMine: ({ device }) => device === 'eth1' },
];

export const arpRowRules: readonly Rule[] = rows.map((row) => ({
  id: row.id,
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new RowRun(row, context),
}));

class RowRun implements RuleRun {
  readonly #row: Row;
  readonly #probes: ArpProbes;
  readonly #tally: Tally;
  readonly #levels = new Set<number>();
  readonly #senders = new Set<string>();

  constructor(row: Row, context: JudgingContext) {
    this.#row = row;
    this.#tally = new Tally(row.id);
    this.#probes = context.view(arpProbes);
    this.#probes.onOutcome((outcome) => this.#judge(outcome));
  }

  #judge(outcome: ProbeOutcome): void {
    if (!this.#row.isMine(outcome.target)) return;
    this.#levels.add(outcome.arpIgnore);
    this.#senders.add(formatIpv4(outcome.senderIp));
    if (outcome.didAnswer === outcome.shouldAnswer) this.#tally.right += 1;
    else this.#tally.breach(() => probeBreach(outcome));
  }

  finish(): Judgement {
    const { right, wrong, judged } = this.#tally;
    const { place } = this.#row;
    if (judged === 0) return nothingJudged(this.#probes, `an address ${place}`);
    const levels = list([...this.#levels].toSorted((a, b) => a - b).map(String));
    const what = `${count(judged, 'request')} for an address ${place} (arp_ignore ${levels}; asked by ${list([...this.#senders])})`;
    const measured = { requests: judged, breaches: wrong };
    if (wrong > 0)
      return this.#tally.failed(
        `${wrong} of ${what} found a NIC that did not do as its settings say`,
        measured,
      );
    return passed(`${what}: ${right === 1 ? 'the NIC' : 'all NICs'} did as the settings say`, measured);
  }
}

/** Why probes left a rule with nothing to judge. */
export function nothingJudged(probes: ArpProbes, what: string): Judgement {
  if (probes.unknownSettings > 0) {
    return inconclusive(
      `${count(probes.unknownSettings, 'ARP request')} for ${what} or others met nodes whose arp_ignore no event has told`,
    );
  }
  if (probes.unjudged > 0) {
    return inconclusive(
      `no ARP request for ${what} was judged; ${count(probes.unjudged, 'request')} went unanswered without an echo reply behind to prove that it was processed`,
    );
  }
  return skipped(`no ARP request for ${what} that an event put on a real server`);
}
