import { join } from 'node:path';
import { LINKTYPE_ETHERNET } from 'tcpdump-parser';
import { AlarmThread } from './alarm-thread.ts';
import { AppendFile } from './append-file.ts';
import { BlockPool } from './block-pool.ts';
import { Cable } from './cable.ts';
import { tapPath } from './check-configuration.ts';
import { LabClock } from './clock.ts';
import { byteImpairment } from './impairments/byte-impairment.ts';
import { compileFilter } from './impairments/compile-filter.ts';
import { matchEverything } from './impairments/filter.ts';
import { frameImpairment } from './impairments/frame-impairment.ts';
import type { PartySet } from './impairments/selection.ts';
import type { Impairment, Party } from './impairments/spec.ts';
import { impairmentProblems } from './impairments/validate.ts';
import { JsonLines } from './json-lines.ts';
import { unknownName } from './nearest-name.ts';
import { portsNamed } from './port-labels.ts';
import type {
  Fate,
  ImpairmentStats,
  Limits,
  LinkChange,
  Mark,
  Moment,
  RecordNames,
  RecordPosition,
  Stall,
  WireStats,
  WiresConfiguration,
} from './protocol.ts';
import { RecordFormat } from './record-format.ts';
import { Refused } from './refused.ts';
import { LINKTYPE_RTAC_SERIAL } from './rtac-serial.ts';
import { Segment } from './segment.ts';
import { TapServer } from './tap-server.ts';
import { DelayedTally } from './wire-context.ts';
import { WireRecord } from './wire-record.ts';

const mebibyte = 1024 * 1024;

const limitsDefault: Limits = {
  portQueueBytes: 8 * mebibyte,
  cableQueueBytes: 64 * 1024,
  delayedBytes: 64 * mebibyte,
  recordQueueBytes: 64 * mebibyte,
  tapQueueBytes: 16 * mebibyte,
};

interface Wire {
  readonly line: Segment | Cable;
  readonly record: WireRecord;
  readonly tap: TapServer;
}

/** All wires of a lab with their record: what the requests of the owner act on. */
export class Wiring {
  readonly clock: LabClock;
  readonly stalls: JsonLines<Stall>;
  readonly delayed = new DelayedTally();
  readonly #seed: number;
  readonly #wires = new Map<string, Wire>();
  readonly #alarms: AlarmThread;
  readonly #fates: JsonLines<Fate>;
  readonly #marks: JsonLines<Mark & { readonly text: string }>;
  /** How many impairments each fault has had: every one gets a row of random numbers of its own. */
  readonly #begun = new Map<string, number>();

  constructor(configuration: WiresConfiguration) {
    const { recordDirectory, comment } = configuration;
    const names = withPortNames(configuration);
    const originMonotonicNs = BigInt(configuration.originMonotonicNs);
    this.clock = new LabClock(originMonotonicNs, BigInt(configuration.originEpochNs));
    this.#alarms = new AlarmThread(this.clock, originMonotonicNs);
    this.#seed = configuration.seed;
    this.#fates = new JsonLines(join(recordDirectory, 'fates.jsonl'));
    this.stalls = new JsonLines(join(recordDirectory, 'stalls.jsonl'));
    this.#marks = new JsonLines(join(recordDirectory, 'marks.jsonl'));
    const limits = { ...limitsDefault, ...configuration.limits };
    const pool = new BlockPool();
    const add = (
      { name, description }: { readonly name: string; readonly description: string },
      linkType: number,
      make: (record: WireRecord) => Segment | Cable,
    ) => {
      const file = new AppendFile(join(recordDirectory, `${name}.pcapng`));
      const format = new RecordFormat({ wire: name, description, linkType, comment, names });
      const record = new WireRecord(file, format, this.clock, pool, limits.recordQueueBytes);
      const tap = new TapServer(tapPath(configuration, name), limits.tapQueueBytes, () =>
        record.beginForReader(),
      );
      record.audience = tap;
      this.#wires.set(name, { line: make(record), record, tap });
    };
    const context = (record: WireRecord) => ({
      clock: this.clock,
      limits,
      record,
      fates: this.#fates,
      delayed: this.delayed,
    });
    for (const segment of configuration.segments) {
      const { name, description = 'Ethernet segment' } = segment;
      add(
        { name, description },
        LINKTYPE_ETHERNET,
        (record) => new Segment(segment, context(record), this.#alarms),
      );
    }
    for (const cable of configuration.cables) {
      const [first, second] = cable.ends.map(({ node, device }) => `${node}:${device}`);
      const { name, description = `null-modem; TX is ${first} to ${second}, RX the way back` } = cable;
      add({ name, description }, LINKTYPE_RTAC_SERIAL, (record) => new Cable(cable, context(record)));
    }
  }

  /** Every socket can be connected to when this resolves. Tells of every path that cannot be had. */
  async listen(): Promise<void> {
    const ends = [...this.#wires.values()].flatMap(({ line, tap }) => [
      ...line.ports.map(({ end }) => end),
      tap,
    ]);
    const outcomes = await Promise.allSettled(ends.map((end) => end.listen()));
    const texts = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [String(outcome.reason.message)] : [],
    );
    if (texts.length > 0) throw new Refused('system', texts.join('\n'));
  }

  async impair(impairment: Impairment): Promise<Moment> {
    const { line } = this.#wire(impairment.wire);
    const kind = line instanceof Segment ? 'segment' : 'cable';
    const problems = impairmentProblems(impairment, kind);
    const filter =
      line instanceof Cable || impairment.match === undefined
        ? { match: matchEverything, problems: [] }
        : compileFilter(impairment.match);
    problems.push(...filter.problems);
    if (problems.length > 0) throw new Refused('bad-request', problems.join('\n'));
    const parties = this.#parties(impairment);
    if (line instanceof Segment) await this.#alarms.begin();
    const { fault, wire } = impairment;
    const part = this.#begun.get(fault) ?? 0;
    this.#begun.set(fault, part + 1);
    const seedText = `${fault}/${wire}/${part}`;
    if (line instanceof Segment) {
      line.addImpairment(frameImpairment(impairment, parties, filter.match, this.#seed, seedText));
    } else {
      line.addImpairment(byteImpairment(impairment, parties, this.#seed, seedText));
    }
    return this.#moment();
  }

  heal(fault: string): Moment {
    let healed = 0;
    for (const { line } of this.#wires.values()) healed += line.heal(fault);
    if (healed === 0) {
      const active = new Set(this.impairments.map((impairment) => impairment.fault));
      throw new Refused('unknown-fault', unknownName('fault', fault, [...active]));
    }
    return this.#moment();
  }

  /** Pulls or plugs the node's cable on every wire that has a NIC or device of this name there. */
  link(link: LinkChange): Moment {
    if (link.state !== 'up' && link.state !== 'down') {
      throw new Refused('bad-request', `state is ${JSON.stringify(link.state)}: "up" or "down" is wanted`);
    }
    const ports: { readonly node: string; readonly nic: string }[] = [];
    for (const { line } of this.#wires.values()) ports.push(...line.ports);
    const ofNode = ports.filter(({ node }) => node === link.node);
    if (ofNode.length === 0) {
      throw new Refused(
        'unknown-node',
        unknownName('node', link.node, unique(ports.map(({ node }) => node))),
      );
    }
    if (!ofNode.some(({ nic }) => nic === link.nic)) {
      throw new Refused(
        'unknown-nic',
        unknownName(
          `NIC of ${link.node}`,
          link.nic,
          ofNode.map(({ nic }) => nic),
        ),
      );
    }
    for (const { line } of this.#wires.values()) line.setLink(link);
    return this.#moment();
  }

  mark(text: string): Mark {
    const frames = Object.fromEntries([...this.#wires].map(([name, { record }]) => [name, record.frames]));
    const mark = { ...this.#moment(), frames };
    this.#marks.write({ ...mark, text });
    return mark;
  }

  /** Everything recorded up to now can be read by others when this resolves. */
  async flush(): Promise<RecordPosition> {
    const atNs = this.clock.now();
    const wires = [...this.#wires.values()];
    await Promise.all([
      ...wires.map(({ record }) => record.flushed()),
      ...[this.#fates, this.stalls, this.#marks].map((file) => file.flushed()),
    ]);
    return { atNs, wires: this.positions };
  }

  /** Gives the disk what is in memory without waiting for it. */
  handOver(): void {
    for (const { record } of this.#wires.values()) record.handOver();
    for (const file of [this.#fates, this.stalls, this.#marks]) file.handOver();
  }

  get positions(): RecordPosition['wires'] {
    return Object.fromEntries([...this.#wires].map(([name, { record }]) => [name, record.position]));
  }

  get wireStats(): Readonly<Record<string, WireStats>> {
    const entries = [...this.#wires].map(([name, { line, record, tap }]): [string, WireStats] => {
      const recordError = record.error;
      const stats = { ...line.stats, ...record.position, taps: tap.stats };
      return [name, { ...stats, ...(recordError !== undefined && { recordError }) }];
    });
    return Object.fromEntries(entries);
  }

  get impairments(): readonly ImpairmentStats[] {
    return [...this.#wires].flatMap(([wire, { line }]) =>
      line.impairments.map(({ spec, matched, affected }) => ({ fault: spec.fault, wire, matched, affected })),
    );
  }

  get lostFromFates(): number {
    return this.#fates.lost;
  }

  /** For the end of the process: when this returns the files are whole and the sockets are gone. */
  closeNow(): void {
    for (const { line } of this.#wires.values()) line.closeNow();
    for (const { record, tap } of this.#wires.values()) {
      record.closeNow();
      tap.closeNow();
    }
    for (const file of [this.#fates, this.stalls, this.#marks]) file.closeNow();
  }

  #moment(): Moment {
    return { atNs: this.clock.now() };
  }

  #wire(name: string): Wire {
    const wire = this.#wires.get(name);
    if (wire === undefined)
      throw new Refused('unknown-wire', unknownName('wire', name, [...this.#wires.keys()]));
    return wire;
  }

  #parties({ wire, from, towards }: Impairment): { readonly from: PartySet; readonly towards: PartySet } {
    const ports = this.#wire(wire).line.ports;
    const unknown: string[] = [];
    const set = (party: Party | undefined): PartySet => {
      if (party === undefined || party === 'all') return undefined;
      const names = typeof party === 'string' ? [party] : party;
      for (const name of names) {
        if (portsNamed(name, ports).length > 0) continue;
        unknown.push(unknownName(`node on ${wire}`, name, unique(ports.map(({ node }) => node))));
      }
      return new Set(names.flatMap((name) => portsNamed(name, ports)));
    };
    const parties = { from: set(from), towards: set(towards) };
    if (unknown.length > 0) throw new Refused('unknown-node', unknown.join('\n'));
    return parties;
  }
}

/** Nodes are known by the addresses of their ports too, unless the owner calls them something else. */
function withPortNames({ segments, names = { ipv4: [], mac: [] } }: WiresConfiguration): RecordNames {
  const given = new Set(names.mac.map(({ address }) => address));
  const ofPorts = segments
    .flatMap(({ ports }) => ports.map(({ mac, node }) => ({ address: mac, name: node })))
    .filter(({ address }) => !given.has(address));
  return { ipv4: names.ipv4, mac: [...names.mac, ...ofPorts] };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
