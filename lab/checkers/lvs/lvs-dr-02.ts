import { internetChecksum, type Packet } from 'tcpdump-parser';
import { type Breach, count, list, passed, Tally } from '../judgement.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import type { AlteredPacket } from './traffic/altered-packets.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { packetDifferences } from './traffic/packet-differences.ts';
import { nothingForwarded } from './traffic/too-little.ts';

/**
 * LVS-DR-02: a forwarded packet differs from the one that came in its Ethernet addresses, a TTL lower by one and
 * the header checksum that follows from it, and in no other byte.
 */
export const lvsDr02: Rule = {
  id: 'LVS-DR-02',
  needs: ['frames'],
  interest: [],
  open: (context) => new Dr02(context),
};

class Dr02 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-02');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #isDirect: readonly boolean[];

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#isDirect = context.plan.services.map(({ forwarding }) => forwarding === 'dr');
    this.#traffic.listen({
      forwarded: (flow, serial, frame) => this.#forwarded(flow, serial, frame),
      altered: (altered) => this.#altered(altered),
    });
  }

  #forwarded(flow: number, serial: number, frame: JudgedFrame): void {
    const ring = this.#traffic.ring;
    const planned = this.#traffic.flows.service[flow]!;
    if (planned >= 0 && !this.#isDirect[planned]) return;
    const before = ring.ttl[ring.slotOf(serial)]!;
    const after = frame.packet.ttl;
    const director = this.#context.nodes.name(frame.fromIndex);
    if (after === before - 1) {
      if (this.#hasSoundChecksum(serial, frame.packet)) this.#tally.right += 1;
      else this.#tally.breach(() => this.#badChecksum(flow, serial, frame, director));
      return;
    }
    this.#tally.breach(() => ({
      claim: `${director} forwarded ${this.#traffic.describe(flow)} with TTL ${after}`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: `TTL ${before - 1}: it came with ${before}`,
      seen: [`TTL ${before} came out as ${after}`],
      evidence: [this.#traffic.placeOf(serial), `${frame.file}#${frame.number}`],
    }));
  }

  #hasSoundChecksum(serial: number, packet: Packet): boolean {
    const { buffer, ipOffset } = packet;
    const after = (buffer[ipOffset + 10]! << 8) | buffer[ipOffset + 11]!;
    // RFC 1624, 3: one less in the upper half of a word is 0x100 more in the sum's complement, with the carry added.
    const sum = this.#traffic.ring.checksumOf(serial) + 0x100;
    return (
      after === ((sum & 0xffff) + (sum >>> 16)) % 0xffff ||
      internetChecksum(buffer, ipOffset, packet.ipHeaderLength) === 0
    );
  }

  #badChecksum(flow: number, serial: number, frame: JudgedFrame, director: string): Breach {
    return {
      claim: `${director} forwarded ${this.#traffic.describe(flow)} with a wrong header checksum`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: 'a header checksum that fits the lower TTL',
      seen: ['a header checksum that does not'],
      evidence: [this.#traffic.placeOf(serial), `${frame.file}#${frame.number}`],
    };
  }

  #altered(altered: AlteredPacket): void {
    const differences = packetDifferences(altered.before, altered.after);
    const contents = differences.filter(({ kind }) => kind === 'content');
    if (contents.length === 0) return;
    const director = this.#context.nodes.name(altered.director);
    this.#tally.breach(() => ({
      claim: `${director} changed the ${list(contents.map(({ field }) => field))} of a request that it forwarded`,
      at: altered.at,
      node: director,
      segment: altered.segment,
      expected: contents.map(({ field, before }) => `${field} ${before}`).join(', '),
      seen: contents.map(({ field, before, after }) => `${field} ${before} came out as ${after}`),
      evidence: [altered.arrivedIn, altered.leftIn],
    }));
  }

  finish(): Judgement {
    const { wrong, judged } = this.#tally;
    const { bypassed } = this.#traffic.counts;
    const measured = { forwarded: judged, breaches: wrong, bypassed };
    const what = count(judged, 'forwarded packet');
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${what} differed in more than TTL - 1 and the header checksum`,
        measured,
      );
    }
    if (judged > 0) return passed(`${what} differed in TTL - 1 and the header checksum alone`, measured);
    return nothingForwarded(this.#context, this.#traffic);
  }
}
