// A topology is data: which machines there are, which wires join them, which virtual services the directors
// offer. Names are inferred, so a misspelt node, segment or line does not compile. What the types cannot
// see (a duplicate address, a line with one end) is found by `validateTopology`.

/** What a node is for. `storage` is a node whose disks are replicated and which serves no requests itself. */
export const roles = ['client', 'router', 'director', 'realServer', 'storage'] as const;
export type Role = (typeof roles)[number];

/** Direct routing, network address translation, IP-in-IP tunnelling. */
export const forwardings = ['dr', 'nat', 'tun'] as const;
export type Forwarding = (typeof forwardings)[number];

/** IPVS schedulers by the name that `ipvsadm -s` takes. Debian 12 builds all of them but `twos`. */
export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
  'twos',
] as const;
export type Scheduler = (typeof schedulers)[number];

export const protocols = ['tcp', 'udp'] as const;
export type Protocol = (typeof protocols)[number];

/** Serial ports that a line can be plugged into; ttyS0 is the node's console. */
export const serialPorts = ['ttyS1', 'ttyS2'] as const;
export type SerialPort = (typeof serialPorts)[number];

/** `eth0`, `eth1`, … without a gap: the kernel numbers NICs in the order in which they are plugged in. */
export type NicName = `eth${number}`;

export interface SegmentSpec {
  /** Network of the segment as address/prefix length, `203.0.113.0/24`. Segments must not overlap. */
  readonly ipv4: string;
  /** Largest IP packet in bytes, for every NIC on the segment. Default `defaultMtu`. */
  readonly mtu?: number;
}

export interface LineSpec {
  readonly kind: 'null-modem';
  /** Speed in bits per second, one of `baudRates`; a byte takes ten bits on the line (8N1). */
  readonly baud: number;
}

export interface NicSpec<Segment extends string = string> {
  /** The segment that the NIC is plugged into. */
  readonly segment: Segment;
  /** IPv4 address without a prefix length: the segment gives that. */
  readonly address: string;
}

export interface RouteSpec {
  /** Destination as network/prefix length; host bits are zero. */
  readonly to: string;
  /** Next hop: an address on a segment that the node is connected to. */
  readonly via: string;
}

export interface NodeSpec<Segment extends string = string, Line extends string = string> {
  readonly role: Role;
  /** NICs by name, at most `nicsMax`. May be empty only when the node has a serial line. */
  readonly nics: Readonly<Record<NicName, NicSpec<Segment>>>;
  /** Next hop of the default route. Without it the node reaches its own segments and `routes` only. */
  readonly gateway?: string;
  /** Further routes. The longest prefix wins, as in the kernel. */
  readonly routes?: readonly RouteSpec[];
  /** Serial port → the line that is plugged into it. */
  readonly serial?: Readonly<Partial<Record<SerialPort, Line>>>;
  /** Memory of the machine in MiB. Default `defaultMemoryMb`. */
  readonly memoryMb?: number;
}

export interface RealServerSpec<Node extends string = string> {
  /** A node with the role `realServer`. */
  readonly node: Node;
  /** Share of connections for weighted schedulers, 0 to 65535; 0 is quiesced. Default `defaultWeight`. */
  readonly weight?: number;
  /**
   * The node's address that the director forwards to (RIP). Default: the first NIC on a segment shared with
   * every director of the service, else the first NIC.
   */
  readonly rip?: string;
  /** Port on the real server. Only `nat` can rewrite it. Default: the port of the service. */
  readonly port?: number;
}

export interface ServiceSpec<Node extends string = string, Segment extends string = string> {
  /** Virtual address, on a director as a /32. No node has it as its own address. */
  readonly vip: string;
  readonly protocol: Protocol;
  /** 1 to 65535. */
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly forwarding: Forwarding;
  /** The director, or all nodes that may hold the VIP, the preferred one first. */
  readonly director: Node | readonly Node[];
  /** In the order in which they are added to the IPVS table. The kernel keeps the newest first: `rr` starts with the last. */
  readonly realServers: readonly RealServerSpec<Node>[];
  /**
   * The segment on which a director answers ARP requests for the VIP. Default: the segment whose network
   * contains the VIP. Needed for a VIP outside every segment.
   */
  readonly vipSegment?: Segment;
}

export interface Topology<
  Segment extends string = string,
  Line extends string = string,
  Node extends string = string,
  Service extends string = string,
> {
  /** Name in reports, on the command line and (hashed) in every MAC address. A built-in has the name of its file. */
  readonly name: string;
  /** Ethernet broadcast domains. Each is one switch, and one capture in the record. */
  readonly segments: Readonly<Record<Segment, SegmentSpec>>;
  /** Serial cables. Each joins exactly two nodes. */
  readonly lines?: Readonly<Record<Line, LineSpec>>;
  /** The machines. Their order gives the MAC addresses and the order in the drawing. */
  readonly nodes: Readonly<Record<Node, NodeSpec<NoInfer<Segment>, NoInfer<Line>>>>;
  /** Virtual services. In captures and hosts files the VIP of service `web` is called `vip-web`. */
  readonly services?: Readonly<Record<Service, ServiceSpec<NoInfer<Node>, NoInfer<Segment>>>>;
  /** Addresses per segment that stay free for experiments: control VIPs, floating gateways, synthetic hosts. */
  readonly spare?: Readonly<Partial<Record<NoInfer<Segment>, readonly string[]>>>;
}

export type SegmentName<T extends Topology> = T extends Topology<infer S, string, string, string> ? S : never;
export type LineName<T extends Topology> = T extends Topology<string, infer L, string, string> ? L : never;
export type NodeName<T extends Topology> = T extends Topology<string, string, infer N, string> ? N : never;
export type ServiceName<T extends Topology> = T extends Topology<string, string, string, infer V> ? V : never;

/** Returns its argument; all it adds is the inference of the names. */
export function defineTopology<
  const Segment extends string,
  const Line extends string = never,
  const Node extends string = string,
  const Service extends string = never,
>(topology: Topology<Segment, Line, Node, Service>): Topology<Segment, Line, Node, Service> {
  return topology;
}
