import { canonicalAddress, type Family, ipv4Number, ipv4Text, isHostName } from '../address.ts';
import { nearestHint } from './nearest-name.ts';
import { portNames } from './port-names.ts';
import { quote, type Reading, read, refuse } from './value-readers.ts';

/** Where a host ends and its port begins, with offsets into the text for messages. */
export interface HostAndPort {
  readonly host: string;
  readonly port?: string;
  readonly portOffset: number;
}

/** Splits `host:port`; IPv6 addresses that carry a port stand in brackets. */
export function splitHostAndPort(text: string): HostAndPort {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, host = '', port] = bracketed;
    return port === undefined
      ? { host, portOffset: text.length }
      : { host, port, portOffset: text.length - port.length };
  }
  const colon = text.indexOf(':');
  if (colon === -1 || text.indexOf(':', colon + 1) !== -1) return { host: text, portOffset: text.length };
  return { host: text.slice(0, colon), port: text.slice(colon + 1), portOffset: colon + 1 };
}

/** An address of the family in canonical spelling, or a host name. */
export function readHost(text: string, family: Family): Reading<string> {
  const address = canonicalAddress(text, family);
  if (address !== undefined) return read(address);
  if (isHostName(text)) return read(text);
  const kind = family === 'ipv4' ? 'an IPv4 address' : 'an IPv6 address';
  return refuse(0, `found ${quote(text)}; allowed: ${kind} or a host name`);
}

/** A port as a number from 1 to 65535, or as a name from the table of well-known ports. */
export function readPort(text: string): Reading<number> {
  const port = /^\d+$/.test(text) ? Number(text) : portNames[text];
  if (port !== undefined && port >= 1 && port <= 65535) return read(port);
  const hint = /^\d/.test(text) ? '' : nearestHint(text, Object.keys(portNames));
  return refuse(0, `found port ${quote(text)}; allowed: 1 to 65535 or the name of a well-known port${hint}`);
}

/** The most servers one range may stand for; the original has no limit and would run out of memory. */
const rangeMost = 4096;

/** `A->B`: every IPv4 address from A to B, both included. */
export function readRange(first: string, last: string): Reading<readonly string[]> {
  const from = ipv4Number(first);
  const to = ipv4Number(last);
  if (from === undefined)
    return refuse(0, `found ${quote(first)}; allowed: an IPv4 address to begin the range`);
  const lastOffset = first.length + '->'.length;
  if (to === undefined)
    return refuse(lastOffset, `found ${quote(last)}; allowed: an IPv4 address to end the range`);
  const count = to - from + 1;
  if (count < 1)
    return refuse(lastOffset, `found a range that ends before it begins; allowed: ${first} or higher`);
  if (count > rangeMost)
    return refuse(lastOffset, `found a range of ${count} servers; allowed: at most ${rangeMost}`);
  return read(Array.from({ length: count }, (_, index) => ipv4Text(from + index)));
}
