import { FRAGMENT, formatIpv4, formatMac, PROTOCOL_UDP, parseIpv4 } from 'tcpdump-parser';
import type { TraceEvent } from '../../trace/event.ts';
import { type Disturbances, disturbances } from '../disturbances.ts';
import { isLostTowards } from '../frame-fate.ts';
import { findService } from '../ipvs-text/table.ts';
import { isDelivered } from '../judge.ts';
import { type Breach, count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import { addressWithOwner } from '../node-directory.ts';
import type { JudgedFrame, Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import { type TableHistory, tableHistory } from '../tables/table-history.ts';
import { DatagramPieces } from './traffic/datagram-pieces.ts';
import { type DirectorTraffic, directorTraffic } from './traffic/director-traffic.ts';
import { type IcmpError, icmpErrors } from './traffic/icmp-errors.ts';

/**
 * LVS-DR-13: a datagram that comes in fragments goes on to one real server in fragments of the same identification,
 * and is answered with the virtual address as source. The director puts it together before it chooses a server, so
 * a datagram of which a fragment was lost goes nowhere, and its fragments may be cut otherwise when they leave.
 */
export const lvsDr13: Rule = {
  id: 'LVS-DR-13',
  needs: ['frames'],
  interest: ['fragment', 'udp'],
  open: (context) => new Dr13(context),
};

/** Ports and all else that the first fragment says. */
interface Head {
  readonly clientPort: number;
  readonly port: number;
  /** UDP length and checksum: what tells two datagrams of one flow apart. */
  readonly rest: number;
}

interface Datagram {
  readonly client: number;
  readonly vip: number;
  readonly protocol: number;
  readonly id: number;
  readonly segment: string;
  director: number;
  readonly came: DatagramPieces;
  readonly left: DatagramPieces;
  readonly firstAt: number;
  /** When the last missing fragment came. */
  wholeAt: number;
  head: Head | undefined;
  /** The node that its fragments left for. */
  server: number;
  /** Of the first fragments. */
  cameIn: string | undefined;
  leftAt: number;
  leftIn: string | undefined;
  /** Addresses of the servers that it may have been meant for, when it had come; undefined when nobody knows. */
  servers: readonly number[] | undefined;
  /** A fragment was lost on the way to the server. */
  isLost: boolean;
  /** The director told the client why it did not send it on. */
  isExcused: boolean;
}

/** A datagram that a server was given, and that it has not answered yet. */
interface Asked {
  readonly datagram: Datagram;
  readonly head: Head;
  readonly at: number;
}

const openMax = 1024;
/** Linux waits 30 s for missing fragments (`ipfrag_time`; RFC 1122, 3.3.2 asks for 60 to 120). */
const assemblyNs = 30e9;
/** What a busy guest may take to send on what has come; a stall of the lab is added. */
const marginNs = 1e9;
/** The same fragments at a second tap, or doubled by the wire. No host uses an identification twice that soon. */
const copyWindowNs = 2e9;

class Dr13 implements RuleRun {
  readonly #tally = new Tally('LVS-DR-13');
  readonly #context: JudgingContext;
  readonly #traffic: DirectorTraffic;
  readonly #tables: TableHistory;
  readonly #lab: Disturbances;
  /** By addresses, protocol and identification: what has not both come and left as a whole. */
  readonly #open = new Map<string, Datagram>();
  /** When datagrams were done with, the oldest first. */
  readonly #closed = new Map<string, number>();
  /** By client's address and port and service's port; the oldest first. */
  readonly #asked = new Map<string, Asked[]>();
  /** Exchanges with a server's own address, which answers as such. */
  readonly #direct = new Set<string>();
  /** Exchanges that a client of the lab waited for in vain. */
  readonly #timeouts = new Set<string>();
  #answered = 0;
  #refused = 0;
  #bypassed = 0;
  #unserved = 0;
  #unclear = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#traffic = context.view(directorTraffic);
    this.#tables = context.view(tableHistory);
    this.#lab = context.view(disturbances);
    context.view(icmpErrors).listen((error) => this.#error(error));
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'visit' || event.protocol !== 'udp') return;
    const nics = this.#context.plan.nodes.find(({ name }) => name === event.node)?.nics ?? [];
    for (const { localPort, outcome } of event.outcomes) {
      if (outcome !== 'timeout') continue;
      for (const { address } of nics)
        this.#timeouts.add(
          flowKey(parseIpv4(address) ?? 0, localPort, parseIpv4(event.address) ?? 0, event.port),
        );
    }
  }

  frame(frame: JudgedFrame): void {
    const { packet, fromIndex, toIndex } = frame;
    const { isRealServer } = this.#context.nodes;
    const isServers = fromIndex >= 0 && isRealServer[fromIndex]!;
    if (this.#traffic.isVirtual(packet.ipDestination)) {
      if (!isServers) this.#request(frame);
    } else if (packet.protocol === PROTOCOL_UDP && packet.fragmentOffset === 0) {
      if (isServers) this.#reply(frame);
      else if (toIndex >= 0 && isRealServer[toIndex] && this.#direct.size < openMax)
        this.#direct.add(
          flowKey(packet.ipSource, packet.sourcePort, packet.ipDestination, packet.destinationPort),
        );
    }
  }

  #request(frame: JudgedFrame): void {
    const { packet, fromIndex, toIndex } = frame;
    const { isDirector, isRealServer } = this.#context.nodes;
    const hasLeft = fromIndex >= 0 && isDirector[fromIndex]!;
    const isFragment = (packet.layers & FRAGMENT) !== 0;
    if (!isFragment) {
      if (hasLeft && this.#open.size > 0) this.#leftWhole(frame);
      return;
    }
    if (hasLeft) {
      if (!frame.isCopy) this.#left(frame);
    } else if (toIndex >= 0 && isDirector[toIndex]) {
      if (isDelivered(frame)) this.#came(frame);
    } else if (toIndex >= 0 && isRealServer[toIndex] && packet.fragmentOffset === 0) this.#bypassed += 1;
  }

  /** A link to the servers that takes larger packets: there is nothing left to judge. */
  #leftWhole({ packet }: JudgedFrame): void {
    this.#open.delete(keyOf(packet.ipSource, packet.ipDestination, packet.protocol, packet.ipId));
  }

  #came(frame: JudgedFrame): void {
    const datagram = this.#datagramOf(frame);
    if (datagram === undefined) return;
    const wasWhole = datagram.came.isWhole;
    datagram.director = frame.toIndex;
    datagram.cameIn ??= `${frame.file}#${frame.number}`;
    datagram.came.add(pieceOf(frame));
    if (wasWhole || !datagram.came.isWhole) return;
    datagram.wholeAt = frame.at;
    datagram.servers = this.#serversFor(datagram);
    this.#settle(datagram);
  }

  #left(frame: JudgedFrame): void {
    const datagram = this.#datagramOf(frame);
    if (datagram === undefined) return;
    const place = `${frame.file}#${frame.number}`;
    if (datagram.leftIn === undefined) {
      datagram.leftIn = place;
      datagram.leftAt = frame.at;
      datagram.server = frame.toIndex;
    } else if (datagram.server !== frame.toIndex && datagram.cameIn !== undefined) {
      this.#close(datagram);
      this.#tally.breach(() => this.#split(datagram, frame));
      return;
    }
    if (isLostTowards(frame.lostTowards, frame.to ?? '')) datagram.isLost = true;
    datagram.left.add(pieceOf(frame));
    this.#settle(datagram);
  }

  #datagramOf(frame: JudgedFrame): Datagram | undefined {
    const { packet, at, segment } = frame;
    const { ipSource: client, ipDestination: vip, protocol, ipId: id } = packet;
    const key = keyOf(client, vip, protocol, id);
    const closedAt = this.#closed.get(key);
    if (closedAt !== undefined && at - closedAt <= copyWindowNs) return undefined;
    const known = this.#open.get(key);
    let datagram = known;
    if (datagram === undefined || at - datagram.firstAt > assemblyNs) {
      if (datagram !== undefined) this.#judgeOpen(datagram);
      else if (this.#open.size >= openMax) this.#judgeOpen(this.#open.values().next().value!);
      datagram = {
        ...{ client, vip, protocol, id, segment, firstAt: at },
        ...{ came: new DatagramPieces(), left: new DatagramPieces() },
        ...{ director: -1, server: -1, wholeAt: -1, leftAt: -1 },
        ...{ head: undefined, cameIn: undefined, leftIn: undefined, servers: undefined },
        ...{ isLost: false, isExcused: false },
      };
      this.#open.set(key, datagram);
    }
    if (packet.fragmentOffset === 0 && packet.l4Length >= 8) datagram.head ??= headOf(frame);
    return datagram;
  }

  #close(datagram: Datagram): void {
    const { client, vip, protocol, id, firstAt } = datagram;
    const key = keyOf(client, vip, protocol, id);
    this.#open.delete(key);
    this.#closed.delete(key);
    this.#closed.set(key, Math.max(firstAt, datagram.wholeAt, datagram.leftAt));
    if (this.#closed.size > openMax) this.#closed.delete(this.#closed.keys().next().value!);
  }

  /** Whether it has come and left as a whole by now. */
  #settle(datagram: Datagram): void {
    const { came, left, head, leftAt, protocol, isLost } = datagram;
    if (!came.isWhole || !left.isWhole) return;
    this.#close(datagram);
    if (came.total !== left.total) {
      this.#tally.breach(() => this.#cut(datagram));
      return;
    }
    if (!this.#isServers(datagram)) {
      this.#tally.breach(() => this.#wrongTarget(datagram));
      return;
    }
    this.#tally.right += 1;
    if (protocol !== PROTOCOL_UDP || head === undefined || isLost) return;
    const key = portsKey(datagram.client, head.clientPort, head.port);
    const asked = this.#asked.get(key) ?? [];
    if (asked.length < openMax && this.#asked.size < openMax)
      this.#asked.set(key, [...asked, { datagram, head, at: leftAt }]);
  }

  #reply(frame: JudgedFrame): void {
    if (this.#asked.size === 0 || frame.isCopy) return;
    const { packet, fromIndex } = frame;
    const key = portsKey(packet.ipDestination, packet.destinationPort, packet.sourcePort);
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    const isVip = this.#traffic.isVirtual(packet.ipSource);
    const index = asked.findIndex(
      ({ datagram: { server, vip } }) => server === fromIndex && (!isVip || vip === packet.ipSource),
    );
    const found = asked[index];
    if (found === undefined) return;
    const direct = flowKey(packet.ipDestination, packet.destinationPort, packet.ipSource, packet.sourcePort);
    if (!isVip && this.#direct.has(direct)) return;
    this.#unask(key, asked.toSpliced(index, 1));
    if (isVip) this.#answered += 1;
    else this.#tally.breach(() => this.#misaddressed(found, frame));
  }

  #unask(key: string, left: Asked[]): void {
    if (left.length === 0) this.#asked.delete(key);
    else this.#asked.set(key, left);
  }

  /** Who says that he does not want a datagram need neither send it on nor answer it. */
  #error({ frame, quoted }: IcmpError): void {
    const { isDirector, isRealServer } = this.#context.nodes;
    const { fromIndex } = frame;
    if (fromIndex < 0) return;
    const { ipSource, ipDestination, protocol, ipId } = quoted;
    const datagram = this.#open.get(keyOf(ipSource, ipDestination, protocol, ipId));
    if (isDirector[fromIndex] && datagram !== undefined) datagram.isExcused = true;
    if (!isRealServer[fromIndex]) return;
    for (const [key, asked] of this.#asked) {
      const left = asked.filter(({ datagram: { client, vip, id } }) => {
        return client !== ipSource || vip !== ipDestination || id !== ipId;
      });
      if (left.length === asked.length) continue;
      this.#refused += asked.length - left.length;
      this.#unask(key, left);
    }
  }

  /** A datagram that came as a whole and did not leave as one, seen from the end of the trace or its own time. */
  #judgeOpen(datagram: Datagram): void {
    const { client, vip, protocol, id, came, left, wholeAt, firstAt, director, servers, isExcused } =
      datagram;
    this.#open.delete(keyOf(client, vip, protocol, id));
    if (!came.isWhole || isExcused || wholeAt - firstAt > assemblyNs) return;
    if (servers?.length === 0) {
      this.#unserved += 1;
      return;
    }
    const { nodes, now, isComplete, hasEvents } = this.#context;
    const isOver = now - wholeAt - this.#lab.stalledWithin(wholeAt, now) > marginNs;
    const isAlive = nodes.lastSentAt[director]! > wholeAt;
    const wouldShow = isComplete && (hasEvents || this.#tally.right > 0 || left.bytes > 0);
    const isSpoiled = this.#lab.hasFaultWithin(firstAt, wholeAt + marginNs);
    if (!isOver || !isAlive || !wouldShow || isSpoiled || servers === undefined) {
      this.#unclear += 1;
      return;
    }
    const renamed = this.#renamed(datagram);
    if (renamed !== undefined) {
      this.#open.delete(keyOf(renamed.client, renamed.vip, renamed.protocol, renamed.id));
      this.#tally.breach(() => this.#anotherId(datagram, renamed));
    } else if (left.bytes > 0) this.#tally.breach(() => this.#cut(datagram));
    else this.#tally.breach(() => this.#lost(datagram));
  }

  /** The addresses that the director may choose from and does not put into the datagram; undefined when unknown. */
  #serversFor({ director, vip, protocol, head, wholeAt }: Datagram): readonly number[] | undefined {
    const { nodes, plan } = this.#context;
    if (head === undefined) return undefined;
    const kind = protocol === PROTOCOL_UDP ? 'udp' : 'tcp';
    if (!this.#tables.hasTables) {
      return plan.services
        .filter(({ port, forwarding }) => port === head.port && forwarding === 'dr')
        .filter((service) => service.protocol === kind && parseIpv4(service.vip) === vip)
        .flatMap(({ realServers }) => realServers.map(({ rip }) => parseIpv4(rip) ?? 0));
    }
    const table = this.#tables.at(nodes.name(director), wholeAt)?.table;
    if (table === undefined) return undefined;
    const service =
      findService(table, kind, { address: vip, port: head.port }) ??
      findService(table, kind, { address: vip, port: 0 });
    const destinations = service?.destinations ?? [];
    return destinations
      .filter(({ method, weight }) => method === 'dr' && weight > 0)
      .map(({ address }) => address)
      .filter((address) => address >>> 24 !== 127 && !nodes.owns(director, address));
  }

  /** Whether it went to a real server, of the plan or of the director's table. */
  #isServers({ server, servers }: Datagram): boolean {
    const { nodes } = this.#context;
    if (server < 0 || nodes.isRealServer[server] || servers === undefined) return true;
    return servers.some((address) => nodes.holderOf(address) === server);
  }

  /** What left in its place: the same ports, length and checksum under another identification. */
  #renamed({ client, vip, protocol, id, head, wholeAt, came }: Datagram): Datagram | undefined {
    return [...this.#open.values()].find(
      (other) =>
        other.cameIn === undefined &&
        other.id !== id &&
        other.client === client &&
        other.vip === vip &&
        other.protocol === protocol &&
        other.left.total === came.total &&
        other.head?.clientPort === head?.clientPort &&
        other.head?.port === head?.port &&
        other.head?.rest === head?.rest &&
        Math.abs(other.leftAt - wholeAt) <= marginNs,
    );
  }

  #describe({ client, vip, head, id }: Datagram): string {
    const ports = head === undefined ? ['', ''] : [`:${head.clientPort}`, `:${head.port}`];
    return `datagram ${formatIpv4(client)}${ports[0]} → ${formatIpv4(vip)}${ports[1]} with ID ${id}`;
  }

  #evidence({ cameIn, leftIn }: Datagram): readonly string[] {
    return [cameIn, leftIn].filter((place) => place !== undefined);
  }

  #split(datagram: Datagram, frame: JudgedFrame): Breach {
    const { nodes } = this.#context;
    const director = nodes.name(frame.fromIndex);
    const servers = [datagram.server, frame.toIndex].map((server) => nodes.name(server));
    return {
      claim: `${director} sent fragments of ${this.#describe(datagram)} to two nodes`,
      at: frame.at,
      node: director,
      segment: frame.segment,
      expected: 'all fragments of a datagram at one real server',
      seen: [`the first went to ${servers[0]}, another to ${servers[1]}`],
      evidence: [...this.#evidence(datagram), `${frame.file}#${frame.number}`],
    };
  }

  #wrongTarget(datagram: Datagram): Breach {
    const { nodes } = this.#context;
    const { director, server, servers, leftAt, segment } = datagram;
    const name = nodes.name(director);
    return {
      claim: `${name} sent ${this.#describe(datagram)} to ${nodes.name(server)}, which is no real server of the service`,
      at: leftAt,
      node: name,
      segment,
      expected: `the network card of ${list((servers ?? []).map((address) => addressWithOwner(nodes, address)))} as destination`,
      seen: [`fragments to ${nodes.name(server)}`],
      evidence: this.#evidence(datagram),
    };
  }

  #cut(datagram: Datagram): Breach {
    const { came, left, leftAt, segment, director } = datagram;
    const name = this.#context.nodes.name(director);
    return {
      claim: `${name} did not send on the whole of ${this.#describe(datagram)}`,
      at: leftAt,
      node: name,
      segment,
      expected: `fragments with that ID that make up ${came.total} bytes`,
      seen: [`fragments with ${left.bytes} bytes${left.isWhole ? ', marked as all of it' : ''}`],
      evidence: this.#evidence(datagram),
    };
  }

  #lost(datagram: Datagram): Breach {
    const { came, wholeAt, segment, director } = datagram;
    const { now, nodes } = this.#context;
    const name = nodes.name(director);
    return {
      claim: `${name} did not send on ${this.#describe(datagram)}`,
      at: wholeAt,
      node: name,
      segment,
      expected: `fragments with that ID that make up ${came.total} bytes, to a real server`,
      seen: [
        `all fragments came to ${name}; none left in the ${seconds(now - wholeAt)} to the end of the trace`,
      ],
      evidence: this.#evidence(datagram),
    };
  }

  #anotherId(datagram: Datagram, renamed: Datagram): Breach {
    const name = this.#context.nodes.name(datagram.director);
    return {
      claim: `${name} sent ${this.#describe(datagram)} on with another ID`,
      at: renamed.leftAt,
      node: name,
      segment: renamed.segment,
      expected: `fragments with ID ${datagram.id}`,
      seen: [`fragments of the same ports, length and checksum with ID ${renamed.id}`],
      evidence: [...this.#evidence(datagram), ...this.#evidence(renamed)],
    };
  }

  #misaddressed({ datagram }: Asked, frame: JudgedFrame): Breach {
    const { packet, from, segment, at } = frame;
    const name = this.#context.nodes.name(datagram.server);
    return {
      claim: `${name} answered ${this.#describe(datagram)} as ${formatIpv4(packet.ipSource)}`,
      at,
      node: name,
      segment,
      expected: `an answer from ${formatIpv4(datagram.vip)}`,
      seen: [
        `${formatIpv4(packet.ipSource)}:${packet.sourcePort} → ${formatIpv4(packet.ipDestination)}:${packet.destinationPort} from ${formatMac(packet.sourceMac)} (${from})`,
      ],
      evidence: [...this.#evidence(datagram), `${frame.file}#${frame.number}`],
    };
  }

  /** Nobody has to answer a datagram, but a client of the lab that waited in vain says that an answer was due. */
  #judgeSilence(): number {
    const { nodes, now, isComplete } = this.#context;
    let unanswered = 0;
    for (const { datagram, head, at } of [...this.#asked.values()].flat()) {
      unanswered += 1;
      const { client, vip, server } = datagram;
      const isLong = now - at - this.#lab.stalledWithin(at, now) > marginNs;
      const isAlive = server >= 0 && nodes.lastSentAt[server]! > at;
      const isMissed = this.#timeouts.has(flowKey(client, head.clientPort, vip, head.port));
      if (!isMissed || !isLong || !isAlive || !isComplete || this.#lab.hasFaultWithin(at, now)) continue;
      this.#tally.breach(() => this.#silent(datagram, at));
    }
    return unanswered;
  }

  #silent(datagram: Datagram, at: number): Breach {
    const { now, nodes } = this.#context;
    const name = nodes.name(datagram.server);
    return {
      claim: `${name} got ${this.#describe(datagram)} and never answered`,
      at,
      node: name,
      segment: datagram.segment,
      expected: `an answer from ${formatIpv4(datagram.vip)}`,
      seen: [
        `no answer in the ${seconds(now - at)} to the end of the trace, while ${name} sent other frames and the client waited`,
      ],
      evidence: this.#evidence(datagram),
    };
  }

  finish(): Judgement {
    const parts = [...this.#open.values()].filter(({ came }) => !came.isWhole);
    const unseen = parts.filter(({ left }) => left.bytes > 0).length;
    const incomplete = parts.length - unseen;
    for (const datagram of [...this.#open.values()]) this.#judgeOpen(datagram);
    const { right } = this.#tally;
    const unanswered = this.#judgeSilence();
    const { wrong } = this.#tally;
    const measured = { datagrams: right, answered: this.#answered, breaches: wrong, unanswered };
    const what = `${count(right, 'datagram')} reached a real server in fragments of the same IP ID`;
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'breach', 'breaches')} with datagrams in fragments; ${what}, ${this.#answered} answered`,
        measured,
      );
    }
    if (right > 0 && this.#answered > 0)
      return passed(`${what}; ${this.#answered} answered with the virtual address as source`, measured);
    if (right > 0) {
      const why =
        this.#refused > 0
          ? `${this.#refused} refused by the server`
          : 'no answer of a real server in the trace';
      return inconclusive(`${what}, and ${why}`, measured);
    }
    return this.#nothingJudged(incomplete, unseen);
  }

  #nothingJudged(incomplete: number, unseen: number): Judgement {
    if (this.#bypassed > 0) {
      return inconclusive(
        `${count(this.#bypassed, 'datagram')} in fragments went straight to a real server and by the director (LVS-DR-05 and LVS-DR-06 say why)`,
      );
    }
    if (this.#unclear > 0) {
      return inconclusive(
        `${count(this.#unclear, 'datagram')} in fragments seen coming to a director and not leaving it; why cannot be told: the end of the trace, a fault, a table that was changing, or frames missing from the record`,
      );
    }
    if (unseen > 0) {
      return skipped(
        `${count(unseen, 'datagram')} seen leaving a director in fragments and not coming to it as a whole: the trace begins in the middle, or has no wire on the clients' side`,
      );
    }
    if (incomplete > 0) {
      return skipped(
        `${count(incomplete, 'datagram')} came to a director with fragments missing, so there was nothing to send on`,
      );
    }
    if (this.#unserved > 0) {
      return skipped(
        `${count(this.#unserved, 'datagram')} in fragments came for a port that no service with direct routing has`,
      );
    }
    return skipped('no datagram in fragments for a virtual address came to a director in the trace');
  }
}

function pieceOf({ packet }: JudgedFrame) {
  return {
    offset: packet.fragmentOffset,
    bytes: packet.ipTotalLength - packet.ipHeaderLength,
    isLast: !packet.moreFragments,
  };
}

function headOf({ packet }: JudgedFrame): Head {
  const { buffer, l4Offset, sourcePort, destinationPort } = packet;
  const rest = new DataView(buffer.buffer, buffer.byteOffset + l4Offset + 4, 4).getUint32(0);
  return { clientPort: sourcePort, port: destinationPort, rest };
}

function keyOf(source: number, destination: number, protocol: number, id: number): string {
  return `${source >>> 0} ${destination >>> 0} ${protocol} ${id}`;
}

function portsKey(client: number, clientPort: number, port: number): string {
  return `${client >>> 0}:${clientPort} ${port}`;
}

function flowKey(client: number, clientPort: number, server: number, port: number): string {
  return `${client >>> 0}:${clientPort} ${server >>> 0}:${port}`;
}
