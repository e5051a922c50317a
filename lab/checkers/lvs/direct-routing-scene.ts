import {
  buildArp,
  buildIcmp,
  buildIpv4,
  buildTcp,
  buildUdp,
  CapturedFrame,
  type Ipv4Options,
  LINKTYPE_ETHERNET,
  parseIpv4,
  parseMac,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
} from 'tcpdump-parser';
import { lvsDr } from '../../../topologies/lvs-dr.ts';
import { planLab } from '../../topology/plan.ts';
import type { Setting, TraceEvent, VisitEvent } from '../../trace/event.ts';
import { openJudgement } from '../judge.ts';
import type { Judgement, Rule } from '../rule.ts';

const plan = planLab(lvsDr);
export type Place = 'client' | 'director' | 'web1' | 'web2' | 'stranger';

const macs: Readonly<Record<string, number>> = {
  stranger: 0x02_00_00_00_00_99,
  ...Object.fromEntries(plan.nodes.map(({ name, nics }) => [name, parseMac(nics[0]!.mac)!])),
};
export const cip = ip('203.0.113.10');
export const dip = ip('203.0.113.2');
export const vip = ip('203.0.113.80');
export const rip = { web1: ip('203.0.113.21'), web2: ip('203.0.113.22') } as const;

export function ip(text: string): number {
  return parseIpv4(text)!;
}

const flagBits = { S: TCP_SYN, A: TCP_ACK, F: TCP_FIN, R: TCP_RST, P: TCP_PSH } as const;

/** What a packet of a client's connection has beside its direction. Defaults: port 40001 to port 80 of the VIP. */
export interface Segment {
  /** Letters of `SAFRP`. */
  readonly flags: string;
  readonly cport?: number;
  readonly vip?: number;
  readonly vport?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly bytes?: number;
  readonly id?: number;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
}

export interface SceneOptions {
  readonly isComplete?: boolean;
  readonly beginsAtStart?: boolean;
}

interface Happening {
  readonly at: number;
  readonly bytes?: Uint8Array;
  readonly comment?: string | undefined;
  readonly event?: TraceEvent;
}

/** A trace of the topology `lvs-dr`, put together frame by frame. All times are milliseconds on the lab clock. */
export class Scene {
  readonly #options: SceneOptions;
  readonly #happenings: Happening[] = [];

  constructor(options: SceneOptions = {}) {
    this.#options = options;
  }

  /** A frame as the wire had it; `comment` is what the record says of its fate. */
  frame(atMs: number, bytes: Uint8Array, comment?: string): this {
    this.#happenings.push({ at: atMs * 1e6, bytes, comment });
    return this;
  }

  event(event: TraceEvent): this {
    this.#happenings.push({ at: event.at, event });
    return this;
  }

  /** A packet of the client's, from one network card to another. */
  request(atMs: number, from: Place, to: Place, segment: Segment, comment?: string): this {
    const { cport = 40001, vport = 80, ttl = from === 'client' ? 64 : 63 } = segment;
    const bytes = buildTcp({
      ...link(from, to),
      ...contentOf(segment),
      ttl,
      source: cip,
      destination: segment.vip ?? vip,
      sourcePort: cport,
      destinationPort: vport,
    });
    return this.frame(atMs, bytes, comment);
  }

  /** A packet to the client, from the VIP unless `source` says otherwise. */
  reply(
    atMs: number,
    from: Place,
    to: Place,
    segment: Segment & { readonly source?: number },
    comment?: string,
  ): this {
    const { cport = 40001, vport = 80, ttl = 64 } = segment;
    const bytes = buildTcp({
      ...link(from, to),
      ...contentOf(segment),
      ttl,
      source: segment.source ?? segment.vip ?? vip,
      destination: cip,
      sourcePort: vport,
      destinationPort: cport,
    });
    return this.frame(atMs, bytes, comment);
  }

  /** A request that comes to the director and leaves it 1 ms later for a real server. */
  forwarded(atMs: number, server: Place, segment: Segment): this {
    this.request(atMs, 'client', 'director', segment);
    return this.request(atMs + 1, 'director', server, segment);
  }

  whoHas(atMs: number, from: Place, sender: number, target: number, comment?: string): this {
    return this.frame(
      atMs,
      buildArp({ operation: 1, senderMac: macs[from]!, senderIp: sender, targetIp: target }),
      comment,
    );
  }

  isAt(atMs: number, from: Place, to: Place, sender: number, target: number): this {
    const addresses = { senderMac: macs[from]!, senderIp: sender, targetMac: macs[to]!, targetIp: target };
    return this.frame(atMs, buildArp({ operation: 2, ...addresses }));
  }

  /** An ICMP error to the client about a packet of its own: a TCP segment, or a frame with anything else. */
  icmp(
    atMs: number,
    from: Place,
    error: {
      readonly code: number;
      readonly type?: number;
      readonly source?: number;
      readonly mtu?: number;
      readonly about: Segment | Uint8Array;
      /** Total length that the quoted header claims, for a packet that was put together from several. */
      readonly quotedLength?: number;
    },
    comment?: string,
  ): this {
    const { about, quotedLength } = error;
    const quoted = about instanceof Uint8Array ? about.subarray(14) : quotedSegment(about, quotedLength);
    const bytes = buildIcmp({
      ...link(from, 'client'),
      source: error.source ?? vip,
      destination: cip,
      tos: 0xc0,
      dontFragment: false,
      type: error.type ?? 3,
      code: error.code,
      rest: error.mtu ?? 0,
      payload: quoted.subarray(0, 548),
    });
    return this.frame(atMs, bytes, comment);
  }

  /** A datagram of the client's to a virtual port, or of a server's to the client, cut into fragments. */
  datagram(
    atMs: number,
    from: Place,
    to: Place,
    datagram: Datagram,
    comments: Readonly<Record<number, string>> = {},
  ): this {
    for (const [index, bytes] of fragments(from, to, datagram).entries()) {
      if (datagram.without?.includes(index) !== true)
        this.frame(atMs + index * 0.001, bytes, comments[index]);
    }
    return this;
  }

  setting(atMs: number, node: Place, setting: Setting): this {
    return this.event({ kind: 'setting', at: atMs * 1e6, until: (atMs + 1) * 1e6, node, setting });
  }

  command(atMs: number, node: Place, argv: readonly string[], input?: string): this {
    const result = { exitCode: 0, stdout: '', stderr: '' };
    const times = { at: atMs * 1e6, until: (atMs + 1) * 1e6 };
    return this.event({
      kind: 'command',
      ...times,
      node,
      argv,
      ...(input !== undefined && { input }),
      ...result,
    });
  }

  /** The director's table as `VIP:port` → destinations with method and weight; what is looked at takes 1 ms. */
  table(atMs: number, ...services: readonly TableService[]): this {
    const text = [tableHead, ...services.flatMap((service) => tableLines(service, hexEndpoint))].join('\n');
    return this.#observe(atMs, 'ip_vs', `${text}\n`);
  }

  listing(atMs: number, ...services: readonly TableService[]): this {
    const text = [tableHead, ...services.flatMap((service) => tableLines(service, (one) => one))].join('\n');
    return this.#observe(atMs, 'ip_vs_listing', `${text}\n`);
  }

  /** The director's entries, each as `cport vip:vport destination:port STATE`. */
  entries(atMs: number, ...entries: readonly string[]): this {
    const lines = entries.map((entry) => {
      const [cport = '', virtual = '', destination = '', state = ''] = entry.split(' ');
      const words = [`203.0.113.10:${cport}`, virtual, destination].map((word) =>
        hexEndpoint(word).replace(':', ' '),
      );
      return `TCP ${words.join(' ')} ${state.padEnd(12)}      59`;
    });
    const head = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
    return this.#observe(atMs, 'ip_vs_conn', `${[head, ...lines].join('\n')}\n`);
  }

  visit(
    atMs: number,
    untilMs: number,
    visit: Pick<VisitEvent, 'address' | 'port'> & {
      readonly protocol?: 'tcp' | 'udp';
      readonly outcomes: readonly (readonly [localPort: number, outcome: string])[];
    },
  ): this {
    const outcomes = visit.outcomes.map(([localPort, outcome]) => ({
      localPort,
      outcome,
      text: '',
      milliseconds: untilMs - atMs,
    }));
    const { address, port, protocol = 'tcp' } = visit;
    const times = { at: atMs * 1e6, until: untilMs * 1e6 };
    return this.event({ kind: 'visit', ...times, node: 'client', protocol, address, port, outcomes });
  }

  fault(fromMs: number, toMs: number): this {
    const fault = { kind: 'fault', id: 'f1', description: 'drop half of the frames' } as const;
    this.event({ ...fault, at: fromMs * 1e6, change: 'start' });
    return this.event({ ...fault, at: toMs * 1e6, change: 'end' });
  }

  stall(fromMs: number, toMs: number): this {
    return this.event({ kind: 'stall', at: fromMs * 1e6, until: toMs * 1e6, where: 'wires' });
  }

  /** The trace goes on until then. */
  end(atMs: number): this {
    return this.event({ kind: 'mark', at: atMs * 1e6, text: 'end' });
  }

  judge(rule: Rule): Judgement {
    const { isComplete = true, beginsAtStart = false } = this.#options;
    const judging = openJudgement({ plan, isComplete, beginsAtStart }, [rule]);
    const origin = { file: 'lan.pcapng', segment: 'lan' };
    let number = 0;
    for (const { at, bytes, comment, event } of this.#happenings.toSorted((a, b) => a.at - b.at)) {
      if (event !== undefined) judging.event(event);
      if (bytes === undefined) continue;
      number += 1;
      const lengths = { capturedLength: bytes.length, originalLength: bytes.length };
      const frame = { number, buffer: bytes, linkType: LINKTYPE_ETHERNET, comment, ...lengths };
      judging.frame(Object.assign(new CapturedFrame(), frame), at, origin);
    }
    return judging.finish().get(rule.id)!;
  }

  #observe(atMs: number, what: 'ip_vs' | 'ip_vs_conn' | 'ip_vs_listing', text: string): this {
    const times = { at: atMs * 1e6, until: (atMs + 1) * 1e6 };
    return this.event({ kind: 'observation', ...times, node: 'director', what, text });
  }
}

function quotedSegment(about: Segment, ipTotalLength: number | undefined): Uint8Array {
  return buildTcp({
    ...contentOf(about),
    ttl: 63,
    source: cip,
    destination: about.vip ?? vip,
    sourcePort: about.cport ?? 40001,
    destinationPort: about.vport ?? 80,
    ...(ipTotalLength !== undefined && { ipTotalLength }),
  });
}

export interface TableService {
  readonly protocol?: 'TCP' | 'UDP';
  /** `203.0.113.80:80` */
  readonly virtual: string;
  /** `203.0.113.21:80`, method and weight: `Route` and 1 when left out. */
  readonly servers: readonly (string | readonly [endpoint: string, method: string, weight?: number])[];
}

export interface Datagram {
  /** Bytes above UDP. */
  readonly bytes: number;
  readonly id: number;
  readonly cport?: number;
  readonly vport?: number;
  /** Sender and receiver in place of client and VIP. */
  readonly source?: number;
  readonly destination?: number;
  readonly ttl?: number;
  /** Payload bytes of a fragment, a multiple of 8. */
  readonly fragmentBytes?: number;
  /** Fragments that were not on the wire. */
  readonly without?: readonly number[];
}

/** Frames of a datagram, one for each fragment; a single one when it fits. */
export function fragments(from: Place, to: Place, datagram: Datagram): readonly Uint8Array[] {
  const { bytes, id, cport = 40001, vport = 80, fragmentBytes = 1480 } = datagram;
  const isReply = to === 'client';
  const ends = {
    source: datagram.source ?? (isReply ? vip : cip),
    destination: datagram.destination ?? (isReply ? cip : vip),
  };
  const ports = isReply
    ? { sourcePort: vport, destinationPort: cport }
    : { sourcePort: cport, destinationPort: vport };
  const whole = buildUdp({ ...ends, ...ports, payload: new Uint8Array(bytes).fill(0x78) }).subarray(20);
  const options: Ipv4Options = {
    ...link(from, to),
    ...ends,
    id,
    ttl: datagram.ttl ?? (from === 'director' ? 63 : 64),
    dontFragment: false,
  };
  const offsets = Array.from(
    { length: Math.ceil(whole.length / fragmentBytes) },
    (_, index) => index * fragmentBytes,
  );
  return offsets.map((fragmentOffset) =>
    buildIpv4({
      ...options,
      protocol: 17,
      fragmentOffset,
      moreFragments: fragmentOffset + fragmentBytes < whole.length,
      payload: whole.subarray(fragmentOffset, fragmentOffset + fragmentBytes),
    }),
  );
}

function link(from: Place, to: Place) {
  return { link: { sourceMac: macs[from]!, destinationMac: macs[to]! } };
}

function contentOf(segment: Segment) {
  const { flags, sequence = 1000, acknowledgement = 0, bytes = 0, id = 1, dontFragment = true } = segment;
  return {
    flags: [...flags].reduce((bits, flag) => bits | flagBits[flag as keyof typeof flagBits], 0),
    sequence,
    acknowledgement,
    id,
    dontFragment,
    payload: new Uint8Array(bytes),
  };
}

const tableHead =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn';

function tableLines(
  { protocol = 'TCP', virtual, servers }: TableService,
  show: (endpoint: string) => string,
) {
  return [
    `${protocol}  ${show(virtual)} rr  `,
    ...servers.map((server) => {
      const [endpoint, method = 'Route', weight = 1] = typeof server === 'string' ? [server] : server;
      return `  -> ${show(endpoint)}      ${method.padEnd(7)} ${weight}      0          0         `;
    }),
  ];
}

function hexEndpoint(endpoint: string): string {
  const [address = '', port = ''] = endpoint.split(':');
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${hex(ip(address), 8)}:${hex(Number(port), 4)}`;
}
