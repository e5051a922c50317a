/**
 * The part of a trace that is not bytes on wires. One clock: `at` and `until` are nanoseconds on the lab
 * clock (the host's CLOCK_MONOTONIC, 0 at lab start), the same that stamps frames.
 *
 * An observation holds the raw text that a node gave, so that whoever doubts a verdict can read what the
 * checker read; checkers parse it themselves.
 */
export type TraceEvent =
  | CommandEvent
  | ObservationEvent
  | SettingEvent
  | VisitEvent
  | {
      readonly kind: 'fault';
      readonly at: number;
      readonly id: string;
      readonly change: 'start' | 'end';
      readonly description: string;
    }
  /** A step of the story, for people and to bound what a checker looks at. */
  | { readonly kind: 'mark'; readonly at: number; readonly text: string }
  | { readonly kind: 'console'; readonly at: number; readonly node: string; readonly text: string }
  | {
      readonly kind: 'log';
      readonly at: number;
      readonly node: string;
      readonly file: string;
      readonly text: string;
    }
  /** The lab itself stood still: whoever measures time within it must say so. */
  | { readonly kind: 'stall'; readonly at: number; readonly until: number; readonly where: string };

/** A program that the lab ran in a node, from its start to its answer. */
export interface CommandEvent {
  readonly kind: 'command';
  readonly at: number;
  readonly until: number;
  readonly node: string;
  readonly argv: readonly string[];
  /** What it read from its standard input, such as the rules for `ipvsadm -R`. */
  readonly input?: string;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a node's kernel said when asked. The state is that of some moment between `at` and `until`. */
export interface ObservationEvent {
  readonly kind: 'observation';
  readonly at: number;
  readonly until: number;
  readonly node: string;
  readonly what: Observed;
  /** Network namespace inside the node, when not the node's own. */
  readonly namespace?: string;
  readonly text: string;
}

/**
 * - `ip_vs`, `ip_vs_conn`: the files of /proc/net
 * - `ip_vs_stats_exact`: `ipvsadm -L -n --stats --exact`
 * - `ip_vs_listing`: `ipvsadm -L -n`
 * - `ip_vs_timeouts`: `ipvsadm -L --timeout`
 * - `neighbours`: `ip -4 neighbour show`
 */
export type Observed =
  | 'ip_vs'
  | 'ip_vs_conn'
  | 'ip_vs_stats_exact'
  | 'ip_vs_listing'
  | 'ip_vs_timeouts'
  | 'neighbours';

/** Something that the lab set in a node and that a rule must know to predict what the wire should show. */
export interface SettingEvent {
  readonly kind: 'setting';
  readonly at: number;
  readonly until: number;
  readonly node: string;
  readonly setting: Setting;
}

export type Setting =
  | {
      readonly what: 'address';
      readonly change: 'added' | 'removed';
      readonly address: string;
      readonly prefixLength: number;
      readonly device: string;
      readonly scope: 'global' | 'link' | 'host';
    }
  /** `net.ipv4.conf.eth0.arp_ignore` and the like, with the value now in force. */
  | { readonly what: 'sysctl'; readonly name: string; readonly value: string }
  /** A NIC was exchanged for a card with another address, which is the node's from now on. */
  | { readonly what: 'mac'; readonly nic: string; readonly mac: string }
  /** MTU of the route to a destination. */
  | { readonly what: 'route-mtu'; readonly destination: string; readonly mtu: number }
  /** A packet filter that drops ARP requests for an address and names another one as sender in its stead. */
  | {
      readonly what: 'arp-filter';
      readonly change: 'added' | 'removed';
      readonly address: string;
      readonly replacement: string;
      readonly by: 'arptables' | 'nft';
    };

/** Connections or datagram exchanges that a client made, as the client saw them. */
export interface VisitEvent {
  readonly kind: 'visit';
  readonly at: number;
  readonly until: number;
  readonly node: string;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly outcomes: readonly {
    readonly localPort: number;
    /** `answered`, `timeout`, `closed`, or the system's error code. */
    readonly outcome: string;
    readonly text: string;
    readonly milliseconds: number;
  }[];
  /** The connections stay open under this name until a mark `released NAME`. */
  readonly hold?: string;
}
