import { formatIpv4, PROTOCOL_TCP } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { count, inconclusive, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type Services, services } from '../tables/services.ts';
import type { Epoch } from '../tables/table-history.ts';
import { TableVerdicts } from '../tables/table-verdicts.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { type IcmpError, icmpErrors, portUnreachable } from './traffic/icmp-errors.ts';
import { isProvenSilent } from './traffic/silence.ts';

/**
 * LVS-GEN-02: a service without an eligible server refuses a SYN with ICMP port unreachable from the virtual
 * address.
 */
export const lvsGen02: Rule = {
  id: 'LVS-GEN-02',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Gen02(context),
};

interface Asked {
  readonly connection: number;
  readonly epoch: Epoch | undefined;
  readonly at: number;
  readonly place: string;
  readonly segment: string;
}

const askedMax = 1024;

class Gen02 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-02');
  readonly #verdicts: TableVerdicts;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #asked = new Map<number, Asked>();
  /** Services that refused, as the kernel's log names them, with the director and the moment. */
  readonly #refusals = new Map<string, { readonly director: string }>();
  readonly #logs = new Map<string, string[]>();
  #unanswered = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#verdicts = new TableVerdicts(this.#tally, context);
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#traffic.listen({
      connectionArrived: (flow, frame) => this.#arrived(flow, frame),
      connectionForwarded: (flow, frame) =>
        this.#other(flow, frame, `forwarded it to ${frame.to ?? 'another node'}`),
      directorReplied: (flow, frame) => this.#other(flow, frame, 'answered it with TCP of its own'),
    });
    context.view(icmpErrors).listen((error) => this.#icmp(error));
  }

  event(event: TraceEvent): void {
    const text =
      event.kind === 'console' || event.kind === 'log'
        ? event.text
        : event.kind === 'command' && event.argv.some((word) => /dmesg|journalctl/.test(word))
          ? event.stdout
          : '';
    if (!text.includes('IPVS:')) return;
    const node = 'node' in event ? event.node : '';
    this.#logs.set(node, [...(this.#logs.get(node) ?? []), text]);
  }

  #arrived(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    if (flows.protocol[flow] !== PROTOCOL_TCP || this.#asked.size >= askedMax) return;
    const lookup = this.#services.ofFlow(flows, flow, frame.at);
    if (lookup.kind !== 'served' || lookup.epoch === undefined) return;
    if (lookup.service.destinations.some(({ weight }) => weight > 0)) return;
    this.#traffic.pin(flow);
    this.#forget(flow);
    this.#asked.set(flow, {
      connection: flows.connection[flow]!,
      epoch: lookup.epoch,
      at: frame.at,
      place: `${frame.file}#${frame.number}`,
      segment: frame.segment,
    });
  }

  #of(flow: number): Asked | undefined {
    const asked = this.#asked.get(flow);
    return asked?.connection === this.#traffic.flows.connection[flow] ? asked : undefined;
  }

  #forget(flow: number): void {
    if (this.#asked.delete(flow)) this.#traffic.unpin(flow);
  }

  #icmp({ flow, frame, type, code }: IcmpError): void {
    const asked = this.#of(flow);
    const { flows } = this.#traffic;
    if (asked === undefined || frame.fromIndex !== flows.director[flow]) return;
    const source = frame.packet.ipSource;
    const place = `${frame.file}#${frame.number}`;
    if (code !== portUnreachable || source !== flows.vip[flow]! >>> 0) {
      const what = `answered with ICMP type ${type} code ${code} from ${formatIpv4(source)}`;
      this.#breach(flow, asked, what, place);
    } else {
      this.#verdicts.right(asked.epoch);
      this.#refusals.set(`TCP ${this.#endpoint(flow)}`, { director: frame.from ?? '' });
    }
    this.#forget(flow);
  }

  #other(flow: number, frame: JudgedFrame, what: string): void {
    const asked = this.#of(flow);
    if (asked === undefined) return;
    this.#breach(flow, asked, what, `${frame.file}#${frame.number}`);
    this.#forget(flow);
  }

  #endpoint(flow: number): string {
    const { vip, ports } = this.#traffic.flows;
    return `${formatIpv4(vip[flow]! >>> 0)}:${ports[flow]! & 0xffff}`;
  }

  #breach(flow: number, asked: Asked, what: string, place?: string): void {
    const director = this.#context.nodes.name(this.#traffic.flows.director[flow]!);
    const endpoint = this.#endpoint(flow);
    this.#verdicts.breach(asked.epoch, () => ({
      claim: `${director} did not refuse a connection to ${endpoint}, which has no eligible server`,
      at: asked.at,
      node: director,
      segment: asked.segment,
      expected: `ICMP port unreachable (type 3 code 3) from ${endpoint.split(':')[0]}`,
      seen: [`SYN ${this.#traffic.describe(flow)}`, `${director} ${what}`],
      evidence: place === undefined ? [asked.place] : [asked.place, place],
    }));
  }

  #judgeSilence(): void {
    for (const [flow, asked] of this.#asked) {
      if (this.#of(flow) === undefined) continue;
      this.#unanswered += 1;
      const director = this.#traffic.flows.director[flow]!;
      if (!isProvenSilent(this.#context, this.#traffic, flow, director, asked.at)) continue;
      this.#breach(
        flow,
        asked,
        `answered nothing in the ${seconds(this.#context.now - asked.at)} to the end of the trace`,
      );
    }
  }

  /**
   * Services whose refusal a director's log in the trace mentions. For the reader: the kernel limits the rate of
   * such messages, so that none proves nothing, and no verdict is drawn from a log.
   */
  #countLogged(): number {
    return [...this.#refusals].filter(([service, { director }]) =>
      this.#logs.get(director)?.some((text) => text.includes(`${service} - no destination available`)),
    ).length;
  }

  finish(): Judgement {
    this.#judgeSilence();
    this.#verdicts.finish();
    const { right, judged } = this.#tally;
    const logged = this.#countLogged();
    const { wrong } = this.#tally;
    const measured = { connections: judged, breaches: wrong, logged };
    const what = `${count(judged, 'connection')} to services without an eligible server`;
    if (wrong > 0) return this.#tally.failed(`${count(wrong, 'breach', 'breaches')} in ${what}`, measured);
    if (right > 0) {
      const log = logged > 0 ? `, and logged for ${count(logged, 'service')}` : '';
      return passed(`${what} refused with ICMP port unreachable from the virtual address${log}`, measured);
    }
    if (this.#unanswered > 0)
      return inconclusive(
        `${count(this.#unanswered, 'connection')} to services without an eligible server, and no answer in the trace`,
      );
    if (this.#verdicts.dropped > 0) {
      return inconclusive(
        `${count(this.#verdicts.dropped, 'connection')} came while the director's table was changing`,
      );
    }
    return skipped('no connection came to a service that a table shows without an eligible server');
  }
}
