import { formatIpv4 } from 'tcpdump-parser';
import { count, inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type KnownService, type Services, services } from '../tables/services.ts';
import type { Epoch } from '../tables/table-history.ts';
import { TableVerdicts } from '../tables/table-verdicts.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { REUSE_UNSURE, SYN_ARRIVED } from './traffic/flow-table.ts';
import { icmpErrors, portUnreachable } from './traffic/icmp-errors.ts';

/** LVS-GEN-05: a server of weight 0 gets no new connection, whatever the scheduler. */
export const lvsGen05: Rule = {
  id: 'LVS-GEN-05',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Gen05(context),
};

class Gen05 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-05');
  readonly #verdicts: TableVerdicts;
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #schedulers = new Set<string>();
  #unsure = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#verdicts = new TableVerdicts(this.#tally, context);
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#traffic.listen({ connectionForwarded: (flow, frame) => this.#forwarded(flow, frame) });
    context.view(icmpErrors).listen(({ flow, code, frame }) => {
      const { flows } = this.#traffic;
      if (flow < 0 || code !== portUnreachable || frame.fromIndex !== flows.director[flow]) return;
      // Some schedulers refuse rather than choose another server; that is no connection to weight 0 either.
      const found = this.#withWeightZero(flow, frame.at);
      if (found !== undefined) this.#right(found.service, found.epoch);
    });
  }

  #withWeightZero(flow: number, at: number): { service: KnownService; epoch: Epoch | undefined } | undefined {
    const lookup = this.#services.ofFlow(this.#traffic.flows, flow, at);
    if (lookup.kind !== 'served') return undefined;
    const { service, epoch } = lookup;
    // A persistence template may lead to a server that is quiesced by now.
    if (service.isPersistent || !service.destinations.some(({ weight }) => weight === 0)) return undefined;
    return { service, epoch };
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    // The choice was made when the first packet came.
    const came = flows.flags[flow]! & SYN_ARRIVED ? flows.firstAt[flow]! : frame.at;
    const found = this.#withWeightZero(flow, frame.at);
    if (found === undefined) return;
    const { service, epoch } = found;
    if (epoch !== undefined && came < epoch.from) return;
    const server = flows.server[flow]!;
    const chosen = service.destinations.filter(({ node }) => node >= 0 && node === server);
    if (chosen.length === 0 || chosen.some(({ weight }) => weight > 0)) {
      this.#right(service, epoch);
      return;
    }
    if (flows.flags[flow]! & REUSE_UNSURE) {
      this.#unsure += 1;
      return;
    }
    const director = this.#context.nodes.name(flows.director[flow]!);
    this.#schedulers.add(service.scheduler);
    this.#verdicts.breach(epoch, () => ({
      claim: `${director} sent a new connection to ${this.#context.nodes.name(server)}, which has weight 0`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `no new connection of ${formatIpv4(service.vip)}:${service.port} to ${formatIpv4(chosen[0]!.address)} (weight 0, scheduler ${service.scheduler})`,
      seen: [`${this.#traffic.describe(flow)} to ${this.#context.nodes.name(server)}`],
      evidence: [`${frame.file}#${frame.number}`],
    }));
  }

  #right(service: KnownService, epoch: Epoch | undefined): void {
    this.#schedulers.add(service.scheduler);
    this.#verdicts.right(epoch);
  }

  finish(): Judgement {
    this.#verdicts.finish();
    const { wrong, right, judged } = this.#tally;
    const measured = { connections: judged, breaches: wrong, schedulers: this.#schedulers.size };
    const what = `${count(judged, 'new connection')} of services with a server of weight 0 (${list([...this.#schedulers])})`;
    if (wrong > 0) return this.#tally.failed(`${wrong} of ${what} went to it`, measured);
    if (right > 0) return passed(`none of ${what} went to it`, measured);
    if (this.#unsure > 0 || this.#verdicts.dropped > 0) {
      return inconclusive(
        `${count(this.#unsure + this.#verdicts.dropped, 'connection')} came while the table was changing or from a client port that had been used shortly before`,
      );
    }
    return skipped('no new connection came to a service with a server of weight 0');
  }
}
