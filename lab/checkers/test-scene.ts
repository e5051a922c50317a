import {
  buildArp,
  buildIcmp,
  buildTcp,
  CapturedFrame,
  LINKTYPE_ETHERNET,
  parseIpv4,
  parseMac,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
} from 'tcpdump-parser';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import type { Topology } from '../topology/define.ts';
import { type LabPlan, planLab } from '../topology/plan.ts';
import type { Observed, Setting, TraceEvent } from '../trace/event.ts';
import { openJudgement } from './judge.ts';
import type { Finding, Judgement, Rule } from './rule.ts';

/** A TCP packet on one leg of its way, before it is turned into bytes. Names of nodes, addresses as text. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly id: number;
  readonly ttl: number;
  readonly payload: string;
  readonly tos?: number;
  readonly ipChecksum?: number;
  /** What the record says of the frame. */
  readonly comment?: string;
}

/** Which packet of a conversation, and on which leg: to the director, on from it, or back to the client. */
export type Step =
  | `${'syn' | 'ack' | 'request' | 'fin'} ${'in' | 'out'}`
  | 'syn-ack'
  | 'response'
  | 'server-fin';

/** Changes one packet of a conversation; undefined takes it off the wire. */
export type Change = (leg: Leg, step: Step) => Leg | undefined;

export interface Conversation {
  readonly server: string;
  readonly client?: string;
  readonly director?: string;
  readonly port?: number;
  readonly vip?: string;
  readonly vport?: number;
  /** Left open after the response. */
  readonly isHeld?: boolean;
  readonly change?: Change;
}

export interface SceneOptions {
  readonly topology?: Topology;
  readonly isComplete?: boolean;
  readonly beginsAtStart?: boolean;
  readonly segment?: string;
  /** Prefix of all MAC addresses in place of the plan's: a capture from another house. */
  readonly foreignMacs?: boolean;
}

interface Happening {
  readonly at: number;
  readonly bytes?: Uint8Array;
  readonly comment?: string | undefined;
  readonly event?: TraceEvent;
}

const broadcast = 0xffff_ffff_ffff;
export const SYN = TCP_SYN;
export const ACK = TCP_ACK;
export const RST = TCP_RST;
const FIN = TCP_FIN;

/**
 * A trace told as a story: who sends what to whom. The clock stands in milliseconds and goes on a tenth of one with
 * each frame; `at` sets it.
 */
export class TestScene {
  readonly plan: LabPlan;
  readonly #options: SceneOptions;
  readonly #segment: string;
  readonly #happenings: Happening[] = [];
  #nowMs = 0;
  #ports = 40_000;
  #ids = 100;
  readonly #uses = new Map<number, number>();

  constructor(options: SceneOptions = {}) {
    this.#options = options;
    this.plan = planLab(options.topology ?? lvsDr);
    this.#segment = options.segment ?? this.plan.segments[0]!.name;
  }

  at(ms: number): this {
    this.#nowMs = ms;
    return this;
  }

  after(ms: number): this {
    this.#nowMs += ms;
    return this;
  }

  mac(node: string): number {
    if (node === 'everyone') return broadcast;
    const index = this.plan.nodes.findIndex(({ name }) => name === node);
    const nics = this.plan.nodes[index]?.nics.filter(({ segment }) => segment === this.#segment) ?? [];
    if (index < 0 || nics[0] === undefined) return parseMac(node) ?? 0x02_00_00_00_00_99;
    return this.#options.foreignMacs === true ? 0x52_54_00_00_00_00 + index + 1 : parseMac(nics[0].mac)!;
  }

  ip(node: string): string {
    const nics = this.plan.nodes.find(({ name }) => name === node)?.nics ?? [];
    return (nics.find(({ segment }) => segment === this.#segment) ?? nics[0])?.address ?? node;
  }

  frame(bytes: Uint8Array, comment?: string): this {
    this.#happenings.push({ at: this.#nowMs * 1e6, bytes, comment });
    this.#nowMs += 0.1;
    return this;
  }

  event(event: TraceEvent): this {
    this.#happenings.push({ at: event.at, event });
    return this;
  }

  tcp(leg: Leg): this {
    const bytes = buildTcp({
      link: { sourceMac: this.mac(leg.from), destinationMac: this.mac(leg.to) },
      source: parseIpv4(leg.source)!,
      destination: parseIpv4(leg.destination)!,
      sourcePort: leg.sourcePort,
      destinationPort: leg.destinationPort,
      flags: leg.flags,
      sequence: leg.sequence,
      acknowledgement: leg.acknowledgement,
      id: leg.id,
      ttl: leg.ttl,
      tos: leg.tos ?? 0,
      ...(leg.ipChecksum !== undefined && { ipChecksum: leg.ipChecksum }),
      payload: new TextEncoder().encode(leg.payload),
    });
    return this.frame(bytes, leg.comment);
  }

  /** An HTTP request through the director: SYN, ACK, request, FIN, each forwarded, and what the server answers. */
  connection(conversation: Conversation): this {
    const {
      server,
      client = 'client',
      director = 'director',
      isHeld = false,
      change = (leg) => leg,
    } = conversation;
    const port = conversation.port ?? ++this.#ports;
    const vip = conversation.vip ?? this.plan.services[0]!.vip;
    const vport = conversation.vport ?? 80;
    const tell = (step: Step, leg: Leg) => {
      const changed = change(leg, step);
      if (changed !== undefined) this.tcp(changed);
    };
    // No host begins two connections from one port with the same number.
    const uses = this.#uses.get(port) ?? 0;
    this.#uses.set(port, uses + 1);
    const base = port * 1000 + uses * 1_000_000_000;
    const there = (
      step: 'syn' | 'ack' | 'request' | 'fin',
      flags: number,
      sent: number,
      got: number,
      payload = '',
    ) => {
      const leg: Leg = {
        from: client,
        to: director,
        source: this.ip(client),
        destination: vip,
        sourcePort: port,
        destinationPort: vport,
        flags,
        sequence: base + sent,
        acknowledgement: flags === SYN ? 0 : 7000 + got,
        id: this.#nextId(),
        ttl: 64,
        payload,
      };
      tell(`${step} in`, leg);
      tell(`${step} out`, { ...leg, from: director, to: server, ttl: 63 });
    };
    const back = (step: Step, flags: number, sent: number, got: number, payload = '') =>
      tell(step, {
        from: server,
        to: client,
        source: vip,
        destination: this.ip(client),
        sourcePort: vport,
        destinationPort: port,
        flags,
        sequence: 7000 + sent,
        acknowledgement: base + got,
        id: this.#nextId(),
        ttl: 64,
        payload,
      });
    there('syn', SYN, 0, 0);
    back('syn-ack', SYN | ACK, 0, 1);
    there('ack', ACK, 1, 1);
    there('request', ACK | TCP_PSH, 1, 1, 'GET / HTTP/1.0\r\n\r\n');
    back('response', ACK | TCP_PSH, 1, 19, server);
    if (isHeld) return this;
    back('server-fin', FIN | ACK, 1 + server.length, 19);
    there('fin', FIN | ACK, 19, 2 + server.length);
    return this;
  }

  /** The client closes a held connection. */
  close(port: number, server: string, options: { readonly vport?: number } = {}): this {
    const leg: Leg = {
      from: 'client',
      to: 'director',
      source: this.ip('client'),
      destination: this.plan.services[0]!.vip,
      sourcePort: port,
      destinationPort: options.vport ?? 80,
      flags: FIN | ACK,
      sequence: port * 1000 + 19,
      acknowledgement: 7001 + server.length,
      id: this.#nextId(),
      ttl: 64,
      payload: '',
    };
    return this.tcp(leg).tcp({ ...leg, from: 'director', to: server, ttl: 63 });
  }

  #nextId(): number {
    this.#ids = (this.#ids + 1) & 0xffff;
    return this.#ids;
  }

  whoHas(target: string, options: { from: string; sender?: string; to?: string; comment?: string }): this {
    const { from, sender = this.ip(from), to = 'everyone', comment } = options;
    const bytes = buildArp({
      link: { sourceMac: this.mac(from), destinationMac: this.mac(to) },
      operation: 1,
      senderMac: this.mac(from),
      senderIp: parseIpv4(sender)!,
      targetIp: parseIpv4(target)!,
    });
    return this.frame(bytes, comment);
  }

  isAt(address: string, options: { from: string; to: string; target?: string }): this {
    const { from, to, target = this.ip(to) } = options;
    return this.frame(
      buildArp({
        operation: 2,
        senderMac: this.mac(from),
        senderIp: parseIpv4(address)!,
        targetMac: this.mac(to),
        targetIp: parseIpv4(target)!,
      }),
    );
  }

  /** Gratuitous ARP in the form of a request. */
  announce(address: string, from: string): this {
    return this.whoHas(address, { from, sender: address });
  }

  /** Echo request and reply. `answeredBy: undefined` leaves the request alone. */
  ping(
    address: string,
    options: { from: string; to: string; answeredBy?: string | undefined; sequence?: number },
  ): this {
    const { from, to, answeredBy, sequence = 1 } = options;
    const rest = 0x1234_0000 + sequence;
    const source = parseIpv4(this.ip(from)) ?? parseIpv4('203.0.113.81')!;
    const asked = parseIpv4(address)!;
    const link = { sourceMac: this.mac(from), destinationMac: this.mac(to) };
    this.frame(buildIcmp({ link, source, destination: asked, type: 8, rest }));
    if (answeredBy === undefined) return this;
    const back = { sourceMac: this.mac(answeredBy), destinationMac: this.mac(from) };
    return this.frame(buildIcmp({ link: back, source: asked, destination: source, type: 0, rest }));
  }

  /** An ICMP error by a node about the client's SYN from this port. */
  icmpError(options: { from: string; code: number; port: number; vport?: number; source?: string }): this {
    const vip = this.plan.services[0]!.vip;
    const { from, code, port, vport = 80, source = vip } = options;
    const client = parseIpv4(this.ip('client'))!;
    const quoted = buildTcp({
      source: client,
      destination: parseIpv4(vip)!,
      sourcePort: port,
      destinationPort: vport,
      flags: SYN,
      sequence: port * 1000,
      ttl: 64,
    });
    const link = { sourceMac: this.mac(from), destinationMac: this.mac('client') };
    return this.frame(
      buildIcmp({ link, source: parseIpv4(source)!, destination: client, type: 3, code, payload: quoted }),
    );
  }

  setting(node: string, setting: Setting): this {
    const at = this.#nowMs * 1e6;
    this.#nowMs += 1;
    return this.event({ kind: 'setting', at, until: at + 0.5e6, node, setting });
  }

  address(
    node: string,
    address: string,
    device: string,
    more: { scope?: 'global' | 'host'; prefixLength?: number } = {},
  ): this {
    const { scope = 'global', prefixLength = 32 } = more;
    return this.setting(node, { what: 'address', change: 'added', address, prefixLength, device, scope });
  }

  sysctl(node: string, name: string, value: number): this {
    return this.setting(node, { what: 'sysctl', name: `net.ipv4.conf.${name}`, value: String(value) });
  }

  observe(what: Observed, text: string, node = 'director'): this {
    const at = this.#nowMs * 1e6;
    this.#nowMs += 1;
    return this.event({ kind: 'observation', at, until: at + 0.5e6, node, what, text });
  }

  /** /proc/net/ip_vs: `'203.0.113.80:80 rr'` → `'203.0.113.21:80 1 0 0'`, weight and counters; newest first. */
  table(services: Readonly<Record<string, readonly string[]>>, protocol = 'TCP'): this {
    const lines = Object.entries(services).flatMap(([service, destinations]) => {
      const [endpoint = '', ...rest] = service.split(' ');
      return [
        `${protocol}  ${hexEndpoint(endpoint)} ${rest.join(' ')}  `,
        ...destinations.map((destination) => {
          const [address = '', weight = '1', active = '0', inactive = '0'] = destination.split(' ');
          return `  -> ${hexEndpoint(address)}      Route   ${weight.padEnd(6)} ${active.padEnd(10)} ${inactive}`;
        }),
      ];
    });
    return this.observe('ip_vs', `${tableHead}\n${lines.join('\n')}\n`);
  }

  command(
    argv: string,
    result: { exitCode?: number; stdout?: string; input?: string } = {},
    node = 'director',
  ): this {
    const at = this.#nowMs * 1e6;
    this.#nowMs += 1;
    const { exitCode = 0, stdout = '', input } = result;
    const told = { kind: 'command', at, until: at + 0.5e6, node, argv: argv.split(' ') } as const;
    return this.event({ ...told, ...(input !== undefined && { input }), exitCode, stdout, stderr: '' });
  }

  /** The trace goes on for so long. */
  wait(ms: number): this {
    this.#nowMs += ms;
    return this.event({ kind: 'mark', at: this.#nowMs * 1e6, text: 'later' });
  }

  judge(rule: Rule): Judgement {
    return this.judgeAll([rule]).get(rule.id)!;
  }

  judgeAll(rules: readonly Rule[]): ReadonlyMap<string, Judgement> {
    const { isComplete = true, beginsAtStart = false } = this.#options;
    const judging = openJudgement({ plan: this.plan, isComplete, beginsAtStart }, rules);
    const origin = { file: `${this.#segment}.pcapng`, segment: this.#segment };
    let number = 0;
    for (const { at, bytes, comment, event } of this.#happenings.toSorted((a, b) => a.at - b.at)) {
      if (event !== undefined) judging.event(event);
      if (bytes === undefined) continue;
      number += 1;
      const lengths = { capturedLength: bytes.length, originalLength: bytes.length };
      const frame = Object.assign(new CapturedFrame(), {
        number,
        buffer: bytes,
        linkType: LINKTYPE_ETHERNET,
        comment,
        ...lengths,
      });
      judging.frame(frame, at, origin);
    }
    return judging.finish();
  }
}

/** A finding as one reads it, for a snapshot. */
export function tell({ findings, reason, verdict }: Judgement): string {
  const lines = ({ claim, node, segment, expected, seen, evidence }: Finding) => [
    claim,
    `  where     ${[node, segment].filter((part) => part !== undefined).join(', ')}`,
    `  expected  ${expected}`,
    ...seen.map((line) => `  seen      ${line}`),
    ...evidence.map((line) => `  evidence  ${line}`),
  ];
  return [`${verdict}: ${reason}`, ...findings.flatMap(lines)].join('\n');
}

const tableHead =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn';

function hexEndpoint(endpoint: string): string {
  const [address = '', port = ''] = endpoint.split(':');
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${hex(parseIpv4(address) ?? 0, 8)}:${hex(Number(port), 4)}`;
}
