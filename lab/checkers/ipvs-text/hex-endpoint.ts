/** An address and port as /proc/net writes them, `AC19FE64:0050`; also two words, as in ip_vs_conn. */
export interface Endpoint {
  /** Unsigned 32-bit number. */
  readonly address: number;
  readonly port: number;
}

export function readHexEndpoint(text: string): Endpoint | undefined {
  const match = /^([0-9A-F]{8}):([0-9A-F]{4})$/i.exec(text);
  return match === null ? undefined : { address: hex(match[1]!), port: hex(match[2]!) };
}

export function hex(text: string): number {
  return Number.parseInt(text, 16);
}

export function sameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
