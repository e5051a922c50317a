import { formatIpv4, parseIpv4 } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { arpText, isGratuitous } from './arp-text.ts';

/**
 * LVS-ARP-07: adding an address announces nothing by itself. Judged on addresses that are no service's: those are
 * announced on purpose.
 */
export const lvsArp07: Rule = {
  id: 'LVS-ARP-07',
  needs: ['frames', 'events'],
  interest: ['arp'],
  open: (context) => new Arp07(context),
};

interface Added {
  readonly node: string;
  readonly address: number;
  readonly device: string;
  readonly at: number;
  /** An announcement until then would be the kernel's. */
  readonly until: number;
  isSpoiled: boolean;
  isBroken: boolean;
}

/** A kernel that announces on adding does so at once; `arp_notify` sends from the same call. */
const windowNs = 1e9;

class Arp07 implements RuleRun {
  readonly #tally = new Tally('LVS-ARP-07');
  readonly #context: JudgingContext;
  readonly #virtual: ReadonlySet<string>;
  readonly #added: Added[] = [];

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#virtual = new Set(context.plan.services.map(({ vip }) => vip));
  }

  event(event: TraceEvent): void {
    if (event.kind === 'command') {
      this.#spoil(event.node, event.at, event.until, event.argv);
      return;
    }
    if (event.kind !== 'setting' || event.setting.what !== 'address') return;
    const { change, address, device } = event.setting;
    if (change !== 'added' || this.#virtual.has(address)) return;
    this.#added.push({
      node: event.node,
      address: parseIpv4(address) ?? 0,
      device,
      at: event.at,
      until: event.until + windowNs,
      isSpoiled: false,
      isBroken: false,
    });
  }

  /** Somebody announces the address with a program of his own. */
  #spoil(node: string, at: number, until: number, argv: readonly string[]): void {
    const text = argv.join(' ');
    if (!/\barping|send_arp|\barp\b/.test(text)) return;
    for (const added of this.#added) {
      const isAbout = text.includes(formatIpv4(added.address));
      if (isAbout && added.node === node && at < added.until && until > added.at) added.isSpoiled = true;
    }
  }

  frame(frame: JudgedFrame): void {
    const { packet, at, from } = frame;
    if (from === undefined || !isGratuitous(packet) || frame.isCopy) return;
    const added = this.#added.find(
      ({ node, address, at: begin, until, isBroken, isSpoiled }) =>
        node === from &&
        address === packet.arpSenderIp &&
        at >= begin &&
        at <= until &&
        !isBroken &&
        !isSpoiled,
    );
    if (added === undefined) return;
    added.isBroken = true;
    const text = formatIpv4(added.address);
    this.#tally.breach(() => ({
      claim: `${from} announced ${text} by itself when it was added to ${added.device}`,
      at,
      node: from,
      segment: frame.segment,
      expected: 'no gratuitous ARP until some program sends one',
      seen: [
        `${arpText(packet)}, ${((at - added.at) / 1e6).toFixed(1)} ms after the address was being added`,
      ],
      evidence: [`${frame.file}#${frame.number}`],
    }));
  }

  finish(): Judgement {
    const isOver = ({ until, isSpoiled }: Added) => until <= this.#context.now && !isSpoiled;
    const quiet = this.#added.filter((added) => !added.isBroken && isOver(added));
    const { wrong } = this.#tally;
    const measured = { added: quiet.length + wrong, announced: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${count(quiet.length + wrong, 'address', 'addresses')} that events added were announced unasked`,
        measured,
      );
    }
    if (this.#added.length === 0)
      return skipped('no event added an address that is no virtual address of a service');
    if (quiet.length === 0) {
      return inconclusive(
        `of ${count(this.#added.length, 'added address', 'added addresses')} none was watched for a second without somebody announcing it`,
      );
    }
    if (!this.#context.isComplete) {
      return inconclusive(
        `no announcement of ${count(quiet.length, 'added address', 'added addresses')} was seen, but frames are missing`,
      );
    }
    return passed(`${count(quiet.length, 'address', 'addresses')} added without a gratuitous ARP`, measured);
  }
}
