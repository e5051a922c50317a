import { formatIpv4, PROTOCOL_TCP, TCP_RST } from 'tcpdump-parser';
import { count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type Services, services } from '../tables/services.ts';
import type { Epoch } from '../tables/table-history.ts';
import { TableVerdicts } from '../tables/table-verdicts.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { SYN_FORWARDED } from './traffic/flow-table.ts';
import { type IcmpError, icmpErrors } from './traffic/icmp-errors.ts';
import { isProvenSilent } from './traffic/silence.ts';

/**
 * LVS-GEN-01: where no service is, a virtual address is an ordinary local one: the director's own TCP answers,
 * with RST when nothing listens there.
 */
export const lvsGen01: Rule = {
  id: 'LVS-GEN-01',
  needs: ['frames'],
  interest: [],
  open: (context) => new Gen01(context),
};

interface Asked {
  readonly flow: number;
  readonly connection: number;
  readonly epoch: Epoch | undefined;
  readonly at: number;
  readonly place: string;
  readonly segment: string;
}

const askedMax = 1024;

class Gen01 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-01');
  readonly #verdicts: TableVerdicts;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #asked = new Map<number, Asked>();
  /** Ports that a director forwards though the plan has no service there. */
  readonly #unplanned = new Set<string>();
  #ownDaemons = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#verdicts = new TableVerdicts(this.#tally, context);
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#arrived(flow, frame),
      connectionForwarded: (flow, frame) => this.#forwarded(flow, frame),
      directorReplied: (flow, frame) => this.#replied(flow, frame),
    });
    context.view(icmpErrors).listen((error) => this.#icmp(error));
  }

  #arrived(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    if (flows.protocol[flow] !== PROTOCOL_TCP) return;
    const lookup = this.#services.ofFlow(flows, flow, frame.at);
    if (lookup.kind !== 'unserved' || this.#asked.size >= askedMax) return;
    this.#traffic.pin(flow);
    this.#forget(flow);
    this.#asked.set(flow, {
      flow,
      connection: flows.connection[flow]!,
      epoch: lookup.epoch,
      at: frame.at,
      place: `${frame.file}#${frame.number}`,
      segment: frame.segment,
    });
  }

  #of(flow: number): Asked | undefined {
    if (this.#asked.size === 0) return undefined;
    const asked = this.#asked.get(flow);
    return asked?.connection === this.#traffic.flows.connection[flow] ? asked : undefined;
  }

  #forget(flow: number): void {
    if (this.#asked.delete(flow)) this.#traffic.unpin(flow);
  }

  #replied(flow: number, { packet }: JudgedFrame): void {
    const asked = this.#of(flow);
    if (asked === undefined) return;
    if (packet.tcpFlags & TCP_RST) this.#verdicts.right(asked.epoch);
    else this.#ownDaemons += 1;
    this.#forget(flow);
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const asked = this.#of(flow);
    if (asked === undefined) return;
    if (asked.epoch === undefined) this.#unplanned.add(this.#endpoint(flow));
    else
      this.#breach(asked, `forwarded it to ${frame.to ?? 'another node'}`, `${frame.file}#${frame.number}`);
    this.#forget(flow);
  }

  #icmp({ flow, frame, type, code }: IcmpError): void {
    const asked = this.#of(flow);
    const director = this.#traffic.flows.director[flow];
    if (asked === undefined || frame.fromIndex !== director) return;
    const what = `answered with ICMP type ${type} code ${code}`;
    // A plan may not name all services; one without a server is answered just so.
    if (asked.epoch === undefined) this.#unplanned.add(this.#endpoint(flow));
    else this.#breach(asked, what, `${frame.file}#${frame.number}`);
    this.#forget(flow);
  }

  #endpoint(flow: number): string {
    const { vip, ports } = this.#traffic.flows;
    return `${formatIpv4(vip[flow]! >>> 0)}:${ports[flow]! & 0xffff}`;
  }

  #breach(asked: Asked, what: string, place?: string): void {
    const director = this.#context.nodes.name(this.#traffic.flows.director[asked.flow]!);
    const endpoint = this.#endpoint(asked.flow);
    this.#verdicts.breach(asked.epoch, () => ({
      claim: `${director} did not reset a connection to ${endpoint}, where no service is`,
      at: asked.at,
      node: director,
      segment: asked.segment,
      expected: `RST from ${endpoint} by ${director} itself`,
      seen: [`SYN ${this.#traffic.describe(asked.flow)}`, `${director} ${what}`],
      evidence: place === undefined ? [asked.place] : [asked.place, place],
    }));
  }

  #judgeSilence(): number {
    let unanswered = 0;
    for (const asked of this.#asked.values()) {
      const { flow, at } = asked;
      if (this.#of(flow) === undefined || this.#traffic.flows.flags[flow]! & SYN_FORWARDED) continue;
      unanswered += 1;
      const director = this.#traffic.flows.director[flow]!;
      if (!isProvenSilent(this.#context, this.#traffic, flow, director, at)) continue;
      this.#breach(
        asked,
        `answered nothing in the ${seconds(this.#context.now - at)} to the end of the trace`,
      );
    }
    return unanswered;
  }

  finish(): Judgement {
    const unanswered = this.#judgeSilence();
    this.#verdicts.finish();
    const { wrong, right, judged } = this.#tally;
    const measured = { connections: judged, breaches: wrong, unanswered };
    const what = count(judged, 'connection');
    if (wrong > 0)
      return this.#tally.failed(
        `${wrong} of ${what} to ports without a service were not reset by the director`,
        measured,
      );
    if (right > 0) return passed(`${what} to ports without a service reset by the director itself`, measured);
    if (unanswered > 0) {
      return inconclusive(
        `${count(unanswered, 'connection')} to ports without a service, and no answer in the trace`,
      );
    }
    if (this.#verdicts.dropped > 0) {
      return inconclusive(
        `${count(this.#verdicts.dropped, 'connection')} came while the director's table was changing`,
      );
    }
    if (this.#ownDaemons > 0) {
      return skipped(
        `${count(this.#ownDaemons, 'connection')} to ports without a service, all accepted by a daemon of the director's own`,
      );
    }
    if (this.#unplanned.size > 0) {
      return skipped(
        `the director has services that the plan does not: ${list([...this.#unplanned].slice(0, 5))}`,
      );
    }
    return skipped(
      'no connection to a port of a virtual address without a service came to a director in the trace',
    );
  }
}
