import { ARP, formatIpv4, formatMac, parseIpv4 } from 'tcpdump-parser';
import { isLostTowards } from '../frame-fate.ts';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type TableHistory, tableHistory } from '../tables/table-history.ts';
import { isGratuitous } from './arp-text.ts';

/**
 * LVS-DR-05: a request for a virtual address gets exactly one answer, the active director's. Broadcasts that were
 * seen, with answers that were not, prove nothing: a capture on another port shows only the broadcast.
 */
export const lvsDr05: Rule = {
  id: 'LVS-DR-05',
  needs: ['frames'],
  interest: ['arp', 'icmp'],
  open: (context) => new Dr05(context),
};

interface Answer {
  readonly mac: number;
  readonly place: string;
  /** Index of the node, -1 while nobody is known to have that card; a capture may name it later. */
  node: number;
}

/** One request, and what came back until the same host asked again. */
interface Exchange {
  readonly vip: number;
  readonly segment: string;
  readonly requester: number;
  readonly at: number;
  readonly place: string;
  readonly answers: Answer[];
  /** Identifier and sequence of an echo request to a director behind the ARP request, and its answer. */
  fence: number | undefined;
  isFenced: boolean;
  /** The lab kept it from a director. */
  readonly wasLost: boolean;
}

interface Service {
  readonly name: string;
  readonly directors: readonly string[];
}

const exchangesMax = 256;
/** The same broadcast at two taps of one segment; Linux repeats a request after one second. */
const copyWindowNs = 0.2e9;

class Dr05 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-05');
  readonly #context: JudgingContext;
  readonly #tables: TableHistory;
  readonly #services: ReadonlyMap<number, Service>;
  readonly #open = new Map<string, Exchange>();
  /** Virtual addresses that somebody was seen to hold, or that a director's table lists. */
  readonly #inUse = new Set<number>();
  #unanswered = 0;
  #uncertain = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#tables = context.view(tableHistory);
    this.#services = new Map(
      context.plan.services.map(({ vip, name, directors }) => [
        parseIpv4(vip) ?? -1,
        { name, directors: directors.map(({ node }) => node) },
      ]),
    );
    this.#tables.onBegin(({ table }) => {
      for (const { address } of table.services) this.#inUse.add(address);
    });
  }

  frame(frame: JudgedFrame): void {
    const { packet } = frame;
    if ((packet.layers & ARP) === 0) this.#echo(frame);
    else if (isGratuitous(packet)) return;
    else if (packet.arpOperation === 1) this.#request(frame);
    else if (packet.arpOperation === 2) this.#reply(frame);
  }

  #request(frame: JudgedFrame): void {
    const { packet, segment, at } = frame;
    const service = this.#services.get(packet.arpTargetIp);
    // A refresh goes to the one that answered before: it says nothing about the others.
    if (service === undefined || frame.to !== undefined || frame.isCopy) return;
    const { nodes } = this.#context;
    if (frame.fromIndex >= 0 && nodes.isDirector[frame.fromIndex]) return;
    const key = `${segment} ${packet.arpTargetIp} ${packet.sourceMac} ${packet.arpSenderIp}`;
    const former = this.#open.get(key);
    // The same broadcast at a second tap.
    if (former !== undefined && at - former.at < copyWindowNs) return;
    this.#close(key, former);
    if (this.#open.size >= exchangesMax) {
      const [oldest, exchange] = this.#open.entries().next().value!;
      this.#close(oldest, exchange);
    }
    this.#open.set(key, {
      vip: packet.arpTargetIp,
      segment,
      requester: packet.sourceMac,
      at,
      place: `${frame.file}#${frame.number}`,
      answers: [],
      fence: undefined,
      isFenced: false,
      wasLost: service.directors.some((director) => isLostTowards(frame.lostTowards, director)),
    });
  }

  #reply(frame: JudgedFrame): void {
    const { packet, segment } = frame;
    if (!this.#services.has(packet.arpSenderIp) || frame.isCopy) return;
    const exchange = this.#open.get(
      `${segment} ${packet.arpSenderIp} ${packet.destinationMac} ${packet.arpTargetIp}`,
    );
    if (exchange === undefined) return;
    const mac = packet.arpSenderMac;
    if (exchange.answers.some((answer) => answer.mac === mac)) return;
    const node = this.#context.nodes.lookUp(mac);
    exchange.answers.push({ node, mac, place: `${frame.file}#${frame.number}` });
    if (this.#isDirector(node)) this.#inUse.add(exchange.vip);
  }

  #isDirector(node: number): boolean {
    return node >= 0 && this.#context.nodes.isDirector[node]!;
  }

  #echo(frame: JudgedFrame): void {
    const { packet } = frame;
    const isRequest = packet.icmpType === 8;
    if (!isRequest && packet.icmpType !== 0) return;
    const director = isRequest ? frame.toIndex : frame.fromIndex;
    if (director < 0 || !this.#context.nodes.isDirector[director]) return;
    const requester = isRequest ? packet.sourceMac : packet.destinationMac;
    for (const exchange of this.#open.values()) {
      if (exchange.requester !== requester) continue;
      if (isRequest) exchange.fence ??= packet.icmpRest;
      else if (exchange.fence === packet.icmpRest) exchange.isFenced = true;
    }
  }

  #close(key: string, exchange: Exchange | undefined): void {
    if (exchange === undefined) return;
    this.#open.delete(key);
    const { answers, vip } = exchange;
    const service = this.#services.get(vip)!;
    for (const answer of answers) if (answer.node < 0) answer.node = this.#context.nodes.lookUp(answer.mac);
    const [only] = answers;
    if (only === undefined) this.#silence(exchange, service);
    else if (answers.length === 1 && this.#isDirector(only.node)) this.#tally.right += 1;
    else if (answers.length === 1 && only.node < 0 && !this.#knowsDirectors(service)) this.#uncertain += 1;
    else this.#tally.breach(() => this.#wrongAnswers(exchange, service));
  }

  #silence(exchange: Exchange, service: Service): void {
    this.#unanswered += 1;
    // Of several directors the one that was pinged need not be the one that holds the address.
    if (
      !exchange.isFenced ||
      exchange.wasLost ||
      service.directors.length > 1 ||
      !this.#inUse.has(exchange.vip)
    )
      return;
    const [director] = service.directors;
    const vip = formatIpv4(exchange.vip);
    this.#tally.breach(() => ({
      claim: `nobody answered who-has ${vip}`,
      at: exchange.at,
      ...(director !== undefined && { node: director }),
      segment: exchange.segment,
      expected: `${vip} is-at a network card of ${director}`,
      seen: [`no answer, then ${director}'s answer to an echo request that came after the ARP request`],
      evidence: [exchange.place],
    }));
  }

  #knowsDirectors({ directors }: Service): boolean {
    const { nodes } = this.#context;
    return directors.every((director) => nodes.isSeen(nodes.indexOf(director)));
  }

  #wrongAnswers({ vip, segment, at, answers, place }: Exchange, { directors }: Service) {
    const address = formatIpv4(vip);
    const { nodes } = this.#context;
    const name = ({ node, mac }: Answer) =>
      node < 0 ? formatMac(mac) : `${nodes.name(node)} (${formatMac(mac)})`;
    const guilty = answers.find(({ node }) => node >= 0 && !this.#isDirector(node)) ?? answers.at(-1)!;
    const culprit = guilty.node < 0 ? undefined : nodes.name(guilty.node);
    const claim =
      answers.length === 1
        ? `${culprit ?? formatMac(guilty.mac)} answered who-has ${address} in place of the director`
        : `${answers.length} network cards answered who-has ${address}: ${list(answers.map(name))}`;
    return {
      claim,
      at,
      ...(culprit !== undefined && { node: culprit }),
      segment,
      expected: `one answer, by ${directors.length === 1 ? directors[0] : `the active one of ${list(directors)}`}`,
      seen: answers.map(
        ({ mac, node }) => `${address} is-at ${formatMac(mac)} (${node < 0 ? 'unknown' : nodes.name(node)})`,
      ),
      evidence: [place, ...answers.map((answer) => answer.place)],
    };
  }

  finish(): Judgement {
    for (const [key, exchange] of [...this.#open]) this.#close(key, exchange);
    const { wrong, judged } = this.#tally;
    const vips = list([...this.#services.keys()].map(formatIpv4));
    const measured = { requests: judged, breaches: wrong, unanswered: this.#unanswered };
    const what = `${count(judged, 'request')} for ${vips}`;
    if (wrong > 0)
      return this.#tally.failed(`${wrong} of ${what} did not get the one answer of the director`, measured);
    if (judged > 0 && !this.#context.isComplete) {
      return inconclusive(
        `${what} got one answer, the director's, but frames are missing: a second one may be among them`,
        measured,
      );
    }
    if (judged > 0) return passed(`${what} got one answer, the director's`, measured);
    if (this.#uncertain > 0) {
      return inconclusive(
        `${count(this.#uncertain, 'request')} for ${vips} got one answer, from a network card that the trace does not connect with a node`,
      );
    }
    if (this.#unanswered > 0) {
      return inconclusive(
        `${count(this.#unanswered, 'request')} for ${vips}, and no answer in the trace: it may not show what goes to another port`,
      );
    }
    return skipped(`nobody asked for ${vips} by ARP`);
  }
}
