/**
 * The states that a director gives a TCP connection of which it sees the client's half only, as with direct
 * routing. Source: the half that applies until a reply passes ("in-only") of the table in ip_vs_proto_tcp.c.
 */
export const tcpStates = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'SYNACK',
] as const;
export type TcpState = (typeof tcpStates)[number];

export const NONE = 0;
const ESTABLISHED = 1;
const SYN_RECV = 3;

//                    NO ES SS SR FW TW CL CW LA LI SA
const onSyn = [3, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3];
const onFin = [6, 4, 2, 5, 4, 5, 6, 7, 8, 9, 5];
const onAck = [1, 1, 2, 1, 4, 5, 6, 7, 6, 9, 1];
const onRst = [6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 6];
const table = Uint8Array.from([...onRst, ...onSyn, ...onFin, ...onAck]);

/** The state after a client's packet; of several flags the first of RST, SYN, FIN, ACK counts. */
export function nextState(state: number, flags: number): number {
  if (flags & 0x04) return table[state]!;
  if (flags & 0x02) return table[11 + state]!;
  if (flags & 0x01) return table[22 + state]!;
  if (flags & 0x10) return table[33 + state]!;
  return state;
}

/** Seconds without a packet after which an entry goes, by state. Source: ip_vs_proto_tcp.c; `ipvsadm --set` changes three. */
export const defaultTimeouts: Readonly<Record<TcpState, number>> = {
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
};
export const defaultUdpTimeout = 300;

export const timeoutSeconds = Float64Array.from(tcpStates, (state) => defaultTimeouts[state]);

/** Counted as active connections in the listing; all others are inactive. */
export function isActive(state: number): boolean {
  return state === ESTABLISHED || state === 2 || state === SYN_RECV || state === 10;
}
