/**
 * The values of `real =` and `fallback =`:
 *
 *   real:     A[->B][:port] gate|masq|ipip [weight] ["request","receive"] [l:N] [u:N]
 *   fallback: A[:port] [gate|masq|ipip]
 */
import type { Family } from '../address.ts';
import { readHost, readPort, readRange, splitHostAndPort } from './endpoint.ts';
import type { Forwarding } from './model.ts';
import { nearestHint } from './nearest-name.ts';
import { quote, type Reader, type Reading, read, refuse } from './value-readers.ts';

export interface ServerLine {
  /** One for a plain address, several for a range. */
  readonly addresses: readonly string[];
  /** 0 when none is written. */
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly weight: number;
  readonly request?: string;
  readonly receive?: string;
  readonly lowerThreshold: number;
  readonly upperThreshold: number;
}

/** The words of the file for our three ways of forwarding. */
const forwardings: Readonly<Record<string, Forwarding>> = { gate: 'dr', masq: 'nat', ipip: 'tun' };

interface Token {
  readonly text: string;
  readonly offset: number;
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(/"[^"]*"|[^\s",][^\s"]*|"|,/g)].map((match) => ({
    text: match[0],
    offset: match.index,
  }));
}

/** Reads a fallback, with which a way of forwarding may be left out. */
export function fallbackReader(family: Family): Reader<ServerLine> {
  return (text) => {
    const [target, method, extra] = tokensOf(text);
    if (extra !== undefined) return refuse(extra.offset, `found ${quote(extra.text)}; allowed: nothing more`);
    return readServer(target, family, (addresses, port) => {
      const forwarding = method === undefined ? read<Forwarding>('dr') : readForwarding(method);
      if (!forwarding.ok) return forwarding;
      const thresholds = { lowerThreshold: 0, upperThreshold: 0 };
      return read({ addresses, port, forwarding: forwarding.value, weight: 1, ...thresholds });
    });
  };
}

/** Reads a real server; `family` decides which addresses may stand there. */
export function realServerReader(family: Family): Reader<ServerLine> {
  return (text) => {
    const [target, method, ...rest] = tokensOf(text);
    return readServer(target, family, (addresses, port) => {
      const forwarding = readForwarding(method ?? { text: '', offset: text.length });
      if (!forwarding.ok) return forwarding;
      const options = readOptions(rest, text.length);
      if (!options.ok) return options;
      return read({ addresses, port, forwarding: forwarding.value, ...options.value });
    });
  };
}

function readServer(
  target: Token | undefined,
  family: Family,
  finish: (addresses: readonly string[], port: number) => Reading<ServerLine>,
): Reading<ServerLine> {
  if (target === undefined) return refuse(0, 'found nothing; allowed: address[:port]');
  const { host, port, portOffset } = splitHostAndPort(target.text);
  const arrow = host.indexOf('->');
  const addresses = arrow === -1 ? readOne(host, family) : readSeveral(host, arrow, family);
  if (!addresses.ok) return addresses;
  if (port === undefined) return finish(addresses.value, 0);
  const number = readPort(port);
  return number.ok ? finish(addresses.value, number.value) : refuse(portOffset, number.text);
}

function readOne(host: string, family: Family): Reading<readonly string[]> {
  const address = readHost(host, family);
  return address.ok ? read([address.value]) : address;
}

function readSeveral(host: string, arrow: number, family: Family): Reading<readonly string[]> {
  if (family === 'ipv4') return readRange(host.slice(0, arrow), host.slice(arrow + 2));
  return refuse(arrow, 'found a range of IPv6 addresses; allowed: ranges of IPv4 addresses only');
}

function readForwarding(token: Token): Reading<Forwarding> {
  const forwarding = forwardings[token.text];
  if (forwarding !== undefined) return read(forwarding);
  const names = Object.keys(forwardings);
  return refuse(
    token.offset,
    `found ${quote(token.text)} as the way of forwarding; allowed: ${names.join(', ')}${nearestHint(token.text, names)}`,
  );
}

type Options = Pick<ServerLine, 'weight' | 'request' | 'receive' | 'lowerThreshold' | 'upperThreshold'>;

/** Weights above 65535 do not fit what ipvsadm documents, though the kernel takes them. */
const weightMost = 65535;

function readOptions(tokens: readonly Token[], end: number): Reading<Options> {
  let weight = 1;
  let strings: Pick<Options, 'request' | 'receive'> = {};
  const thresholds = { l: 0, u: 0 };
  const rest = [...tokens];
  for (let token = rest.shift(), isFirst = true; token !== undefined; token = rest.shift(), isFirst = false) {
    const threshold = /^([lu]):(\d+)$/.exec(token.text);
    if (isFirst && /^\d+$/.test(token.text)) {
      weight = Number(token.text);
      if (weight > weightMost) {
        return refuse(token.offset, `found weight "${token.text}"; allowed: 0 to ${weightMost}`);
      }
    } else if (token.text.startsWith('"') && strings.request === undefined) {
      const pair = readStrings(token, rest, end);
      if (!pair.ok) return pair;
      strings = pair.value;
    } else if (threshold !== null) {
      thresholds[threshold[1] === 'l' ? 'l' : 'u'] = Number(threshold[2]);
    } else {
      return refuse(
        token.offset,
        `found ${quote(token.text)}; allowed: a weight, "request","receive", l:N, u:N, in this order`,
      );
    }
  }
  if (thresholds.l > thresholds.u) {
    return refuse(
      end,
      `found lower threshold l:${thresholds.l} above upper threshold u:${thresholds.u}; allowed: l up to u`,
    );
  }
  return read({ weight, ...strings, lowerThreshold: thresholds.l, upperThreshold: thresholds.u });
}

/** Takes the second string, and the comma if there is one, off `rest`. */
function readStrings(
  first: Token,
  rest: Token[],
  end: number,
): Reading<{ readonly request: string; readonly receive: string }> {
  if (rest[0]?.text === ',') rest.shift();
  const second = rest.shift();
  const allowed = 'allowed: "request","receive"';
  if (!isString(first)) return refuse(first.offset, `found a string that no quote closes; ${allowed}`);
  if (second === undefined) return refuse(end, `found no receive string; ${allowed}`);
  if (second.text === '"') return refuse(second.offset, `found a string that no quote closes; ${allowed}`);
  if (!isString(second)) return refuse(second.offset, `found ${quote(second.text)}; ${allowed}`);
  return read({ request: first.text.slice(1, -1), receive: second.text.slice(1, -1) });
}

function isString(token: Token): boolean {
  return token.text.length > 1 && token.text.startsWith('"') && token.text.endsWith('"');
}
