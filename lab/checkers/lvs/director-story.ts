import type { CommandEvent, Observed } from '../../trace/event.ts';
import { ip, Scene } from './direct-routing-scene.ts';

/** An entry of the director's, from its last packet on. Times are milliseconds on the lab clock. */
export interface ToldEntry {
  /** Port of the client, 203.0.113.10. */
  readonly cport: number;
  /** Port of the VIP; 80 when left out. */
  readonly vport?: number;
  readonly protocol?: 'TCP' | 'UDP';
  readonly state: string;
  /** When the director started its timer. It is listed from then on. */
  readonly start: number;
  /** Its time, in seconds. */
  readonly seconds: number;
  /** How much later than its time it goes. */
  readonly late?: number;
}

/** What `ip_vs` shows of one service: active and inactive connections of web1 and of web2. */
export interface ToldCounters {
  readonly protocol?: 'TCP' | 'UDP';
  readonly vport?: number;
  readonly web1?: readonly [active: number, inactive: number];
  readonly web2?: readonly [active: number, inactive: number];
}

export interface ToldRun {
  readonly namespace?: string;
  readonly input?: string;
  readonly exitCode?: number | null;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly node?: string;
}

/** How long a look takes. */
const lookMs = 4;
const runMs = 50;

/** A trace of the topology `lvs-dr` in which somebody looks at the director's tables again and again. */
export class DirectorStory extends Scene {
  /** A look at /proc/net/ip_vs_conn as the kernel fills it: whole seconds, rounded down, of the time that is left. */
  look(at: number, ...entries: readonly ToldEntry[]): this {
    const lines = entries.flatMap((entry) => {
      const left = entry.start + entry.seconds * 1000 - at;
      if (at < entry.start || left + (entry.late ?? 0) < 0) return [];
      return [lineOf(entry, Math.max(0, Math.floor(left / 1000)))];
    });
    return this.observe(at, 'ip_vs_conn', [connectionHead, ...lines].join('\n'));
  }

  /** One look after another. */
  watch(from: number, to: number, every: number, ...entries: readonly ToldEntry[]): this {
    for (let at = from; at <= to; at += every) this.look(at, ...entries);
    return this;
  }

  /** A look at /proc/net/ip_vs. */
  counters(at: number, ...services: readonly ToldCounters[]): this {
    const lines = services.flatMap(({ protocol = 'TCP', vport = 80, web1, web2 }) => [
      `${protocol}  CB007150:${hex(vport, 4)} rr  `,
      ...Object.entries({ '203.0.113.21': web1, '203.0.113.22': web2 }).flatMap(([rip, counters]) =>
        counters === undefined
          ? []
          : [
              `  -> ${hex(ip(rip), 8)}:${hex(vport, 4)}      Route   1      ${counters[0]}          ${counters[1]}         `,
            ],
      ),
    ]);
    return this.observe(at, 'ip_vs', [tableHead, ...lines].join('\n'));
  }

  /** Any look at the director, of 4 ms unless it took longer. */
  observe(at: number, what: Observed, text: string, until = at + lookMs): this {
    const times = { at: at * 1e6, until: until * 1e6 };
    return this.event({ kind: 'observation', ...times, node: 'director', what, text: `${text}\n` });
  }

  /** A run of ipvsadm, of 50 ms. */
  ipvsadm(at: number, words: readonly string[], run: ToldRun = {}): this {
    const { namespace, input, exitCode = 0, stdout = '', stderr = '', node = 'director' } = run;
    const event: CommandEvent = {
      kind: 'command',
      at: at * 1e6,
      until: (at + runMs) * 1e6,
      node,
      argv: [...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]), 'ipvsadm', ...words],
      ...(input !== undefined && { input }),
      exitCode,
      stdout,
      stderr,
    };
    return this.event(event);
  }

  /** Connections that the client holds open, or datagrams that it exchanges. */
  visited(
    at: number,
    until: number,
    visit: {
      readonly port?: number;
      readonly protocol?: 'tcp' | 'udp';
      readonly from: readonly number[];
      readonly hold?: string;
      readonly outcome?: string;
    },
  ): this {
    const { port = 80, protocol = 'tcp', from, hold, outcome = 'answered' } = visit;
    return this.event({
      kind: 'visit',
      at: at * 1e6,
      until: until * 1e6,
      node: 'client',
      protocol,
      address: '203.0.113.80',
      port,
      outcomes: from.map((localPort) => ({ localPort, outcome, text: 'web1', milliseconds: 1 })),
      ...(hold !== undefined && { hold }),
    });
  }

  released(at: number, hold: string): this {
    return this.event({ kind: 'mark', at: at * 1e6, text: `released ${hold}` });
  }

  /** A connection through the director to web1 that is opened in 3 ms. */
  opened(at: number, cport: number, vport = 80): this {
    const ports = { cport, vport };
    return this.forwarded(at, 'web1', { ...ports, flags: 'S' })
      .reply(at + 1.5, 'web1', 'client', { ...ports, flags: 'SA', sequence: 5000, acknowledgement: 1001 })
      .forwarded(at + 2, 'web1', { ...ports, flags: 'A', sequence: 1001, acknowledgement: 5001, id: 2 });
  }

  /** It ends; the client's last packet is 2 ms later. */
  closed(at: number, cport: number, vport = 80): this {
    const ports = { cport, vport };
    return this.forwarded(at, 'web1', { ...ports, flags: 'FA', sequence: 1001, acknowledgement: 5001, id: 3 })
      .reply(at + 1.5, 'web1', 'client', { ...ports, flags: 'FA', sequence: 5001, acknowledgement: 1002 })
      .forwarded(at + 2, 'web1', { ...ports, flags: 'A', sequence: 1002, acknowledgement: 5002, id: 4 });
  }
}

const connectionHead = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
const tableHead =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn';

function lineOf({ protocol = 'TCP', cport, vport = 80, state }: ToldEntry, expires: number): string {
  const ports = [hex(cport, 4), hex(vport, 4)];
  return `${protocol} CB00710A ${ports[0]} CB007150 ${ports[1]} CB007115 ${ports[1]} ${state.padEnd(11)} ${`${expires}`.padStart(7)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
