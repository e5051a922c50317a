import type { TraceEvent } from '../../trace/event.ts';
import { readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import type { Timeouts } from '../ipvs-text/timeouts.ts';
import { defaultTimeouts, defaultUdpTimeout } from '../lvs/traffic/tcp-state.ts';
import type { View, ViewKind } from '../rule.ts';
import type { Window } from './window.ts';

export const timeoutHistory: ViewKind<TimeoutHistory> = {
  name: 'timeout history',
  interest: [],
  open: () => new TimeoutHistory(),
};

export interface KnownTimeouts {
  /** Seconds. What nobody set is the kernel's default. */
  readonly seconds: Timeouts;
  /** Which of them a command of the trace set. */
  readonly isSet: Readonly<Record<keyof Timeouts, boolean>>;
  /** End of the last command that set any; -Infinity when there was none. */
  readonly since: number;
}

interface Change {
  readonly at: number;
  readonly until: number;
  readonly timeouts: Timeouts;
}

const byDefault: KnownTimeouts = {
  seconds: { tcp: defaultTimeouts.ESTABLISHED, tcpFin: defaultTimeouts.FIN_WAIT, udp: defaultUdpTimeout },
  isSet: { tcp: false, tcpFin: false, udp: false },
  since: Number.NEGATIVE_INFINITY,
};
/** Beyond that the oldest are forgotten, and with them what nobody set since. */
const changesMax = 256;

/** With one of these above 0 entries go early, or have other timeouts (ip_vs_ctl.c, ip_vs_conn.c). */
const unusual = new Set(
  ['expire_nodest_conn', 'drop_entry', 'secure_tcp'].map((name) => `net.ipv4.vs.${name}`),
);

/** The timeouts of a director's own network namespace, from the `ipvsadm --set` commands of the trace. */
export class TimeoutHistory implements View {
  readonly #changes = new Map<string, Change[]>();
  readonly #unusual = new Set<string>();

  event(event: TraceEvent): void {
    if (event.kind === 'setting' && event.setting.what === 'sysctl' && unusual.has(event.setting.name)) {
      if (event.setting.value.trim() !== '0') this.#unusual.add(event.node);
    }
    if (event.kind !== 'command' || event.exitCode !== 0) return;
    for (const { namespace, timeouts } of readIpvsadmCommands(event.argv, event.input)) {
      const [tcp, tcpFin, udp] = timeouts ?? [];
      if (namespace !== '' || tcp === undefined || tcpFin === undefined || udp === undefined) continue;
      const changes = this.#changes.get(event.node) ?? [];
      changes.push({ at: event.at, until: event.until, timeouts: { tcp, tcpFin, udp } });
      if (changes.length > changesMax) changes.shift();
      this.#changes.set(event.node, changes);
    }
  }

  /** A setting was made, at any time in the trace so far, under which entries do not live as they usually do. */
  isUnusual(node: string): boolean {
    return this.#unusual.has(node);
  }

  /**
   * Seconds that an entry lives after a packet that left it in this state; undefined for a state that is not known, and
   * when its timeout was being changed as the packet came.
   */
  timeoutOf(node: string, state: string, packet: Window): number | undefined {
    const settable = settableBy(state);
    if (settable !== undefined) return this.during(node, packet)?.seconds[settable];
    return Object.entries(defaultTimeouts).find(([name]) => name === state)?.[1];
  }

  /** What was in force all that time; undefined when it was being changed meanwhile. */
  during(node: string, { from, to }: Window): KnownTimeouts | undefined {
    let known = byDefault;
    for (const change of this.#changes.get(node) ?? []) {
      if (change.at >= to) break;
      if (change.until > from) return undefined;
      known = after(known, change);
    }
    return known;
  }
}

function after({ seconds, isSet }: KnownTimeouts, { timeouts, until }: Change): KnownTimeouts {
  const { tcp, tcpFin, udp } = timeouts;
  return {
    // 0 leaves a timeout as it is.
    seconds: { tcp: tcp || seconds.tcp, tcpFin: tcpFin || seconds.tcpFin, udp: udp || seconds.udp },
    isSet: { tcp: isSet.tcp || tcp > 0, tcpFin: isSet.tcpFin || tcpFin > 0, udp: isSet.udp || udp > 0 },
    since: until,
  };
}

/** Which of the three timeouts an entry has that is listed with this state; the others cannot be set. */
export function settableBy(state: string): keyof Timeouts | undefined {
  switch (state) {
    case 'ESTABLISHED':
      return 'tcp';
    case 'FIN_WAIT':
      return 'tcpFin';
    case 'UDP':
      return 'udp';
    default:
      return undefined;
  }
}
