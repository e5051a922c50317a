import { formatIpv4, PROTOCOL_TCP, TCP_RST, TCP_SYN } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type EntryObservation, entryObservations, entryText } from '../tables/entry-observations.ts';
import { type Services, services } from '../tables/services.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';

/**
 * LVS-GEN-04: a segment without SYN that comes to a service and belongs to no entry is left to the director's own
 * TCP, which resets it, and makes no entry.
 */
export const lvsGen04: Rule = {
  id: 'LVS-GEN-04',
  needs: ['frames', 'events'],
  interest: [],
  open: (context) => new Gen04(context),
};

interface Orphan {
  readonly connection: number;
  readonly at: number;
  readonly place: string;
  readonly segment: string;
  /** Nothing that happened before the trace can have made an entry. */
  readonly hasNoEntry: boolean;
  resetIn: string | undefined;
}

const orphansMax = 1024;

class Gen04 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-04');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #services: Services;
  readonly #orphans = new Map<number, Orphan>();
  /** By director: the newest look at its entries. */
  readonly #looks = new Map<string, EntryObservation>();
  #isSloppy = false;
  #reset = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#services = context.view(services);
    this.#traffic.listen({
      orphanArrived: (flow, frame) => this.#arrived(flow, frame),
      directorReplied: (flow, frame) => this.#replied(flow, frame),
      forwarded: (flow, _serial, frame) => this.#forwarded(flow, frame),
    });
    context.view(entryObservations).listen((observation) => this.#observed(observation));
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'setting' || event.setting.what !== 'sysctl') return;
    if (event.setting.name.endsWith('sloppy_tcp')) this.#isSloppy = event.setting.value.trim() !== '0';
  }

  #arrived(flow: number, frame: JudgedFrame): void {
    const { flows } = this.#traffic;
    // A SYN with ACK is scheduled, for FTP's sake.
    const isOpening = (frame.packet.tcpFlags & TCP_SYN) !== 0;
    if (this.#isSloppy || isOpening || flows.protocol[flow] !== PROTOCOL_TCP) return;
    const lookup = this.#services.ofFlow(flows, flow, frame.at);
    if (lookup.kind !== 'served' || this.#orphans.size >= orphansMax) return;
    this.#traffic.pin(flow);
    this.#orphans.set(flow, {
      connection: flows.connection[flow]!,
      at: frame.at,
      place: `${frame.file}#${frame.number}`,
      segment: frame.segment,
      hasNoEntry: this.#hasNoEntry(flow, frame),
      resetIn: undefined,
    });
  }

  #hasNoEntry(flow: number, frame: JudgedFrame): boolean {
    const { beginsAtStart, isComplete } = this.#context;
    const look = this.#looks.get(frame.to ?? '');
    if (look !== undefined && look.of(flow) === undefined) return true;
    return beginsAtStart && isComplete && this.#traffic.flows.forgotAt < 0;
  }

  #of(flow: number): Orphan | undefined {
    if (this.#orphans.size === 0) return undefined;
    const orphan = this.#orphans.get(flow);
    return orphan?.connection === this.#traffic.flows.connection[flow] ? orphan : undefined;
  }

  #replied(flow: number, frame: JudgedFrame): void {
    const orphan = this.#of(flow);
    if (orphan === undefined || orphan.resetIn !== undefined || (frame.packet.tcpFlags & TCP_RST) === 0)
      return;
    orphan.resetIn = `${frame.file}#${frame.number}`;
    this.#reset += 1;
  }

  #forwarded(flow: number, frame: JudgedFrame): void {
    const orphan = this.#of(flow);
    if (orphan === undefined) return;
    this.#orphans.delete(flow);
    this.#traffic.unpin(flow);
    // Otherwise the connection was there before the trace.
    if (!orphan.hasNoEntry) return;
    const director = frame.from ?? 'the director';
    this.#tally.breach(() => ({
      claim: `${director} forwarded a segment without SYN of ${this.#traffic.describe(flow)}, which had no entry`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `RST from ${formatIpv4(frame.packet.ipDestination)} by ${director} itself`,
      seen: [`the segment on its way to ${frame.to ?? 'another node'}`],
      evidence: [orphan.place, `${frame.file}#${frame.number}`],
    }));
  }

  #observed(observation: EntryObservation): void {
    const { node, at, evidence } = observation;
    this.#looks.set(node, observation);
    for (const [flow, orphan] of this.#orphans) {
      const isSettled = orphan.resetIn !== undefined && at > this.#traffic.flows.lastAt[flow]!;
      if (this.#of(flow) === undefined || !isSettled) continue;
      if (this.#context.nodes.name(this.#traffic.flows.director[flow]!) !== node) continue;
      this.#orphans.delete(flow);
      this.#traffic.unpin(flow);
      const entry = observation.of(flow);
      if (entry === undefined) {
        this.#tally.right += 1;
        continue;
      }
      this.#tally.breach(() => ({
        claim: `${node} made an entry for a segment without SYN`,
        at,
        node,
        segment: orphan.segment,
        expected: `no entry of ${this.#traffic.describe(flow)}`,
        seen: [entryText(entry)],
        evidence: [orphan.place, evidence],
      }));
    }
  }

  finish(): Judgement {
    const { right, wrong } = this.#tally;
    const measured = { segments: right + wrong, breaches: wrong };
    const what = `${count(right, 'segment')} without SYN and without an entry`;
    if (wrong > 0)
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')}; ${what} reset by the director`,
        measured,
      );
    if (right > 0)
      return passed(`${what} reset from the virtual address by the director, and no entry made`, measured);
    if (this.#reset > 0) {
      return skipped(
        `${count(this.#reset, 'segment')} without SYN reset by the director; no look at the connection entries after it shows that there is none`,
      );
    }
    const open = [...this.#orphans.values()].filter(({ hasNoEntry }) => hasNoEntry).length;
    if (open > 0)
      return inconclusive(
        `${count(open, 'segment')} without SYN and without an entry, and no answer in the trace`,
      );
    return skipped('no segment without SYN and without an entry came to a service in the trace');
  }
}
