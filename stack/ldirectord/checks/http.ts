import type { IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import { perlRegex } from '../config/perl-regex.ts';
import { version } from '../version.ts';
import { type Check, type CheckOutcome, down, type NegotiateSpec, up } from './check.ts';

/** Redirects followed before a check gives up; the limit of the original's HTTP library. */
const redirectsMost = 7;

/** Larger answers are not read to the end, so that a server that never stops cannot fill the memory. */
const bodyBytesMost = 4 * 1024 * 1024;

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly location: string | undefined;
  readonly body: string;
}

/**
 * Up when the answer, after redirects, has a 2xx status and `receive` matches its body. Certificates are
 * not verified: a check asks whether the server works, and clients come with the name of the VIP.
 */
export const checkHttp: Check<NegotiateSpec> = async (spec, signal) => {
  let target = firstTarget(spec);
  for (let redirects = 0; redirects <= redirectsMost; redirects += 1) {
    const answer = await ask(target, spec.httpMethod, signal);
    if (answer.location === undefined || !redirectStatuses.includes(answer.status))
      return judged(answer, spec.receive);
    target = urlTarget(new URL(answer.location, target.url));
  }
  return down(`more than ${redirectsMost} redirects`);
};

function judged(answer: Answer, receive: string): CheckOutcome {
  const statusLine = `${answer.status} ${answer.statusText}`;
  if (answer.status < 200 || answer.status > 299) return down(statusLine);
  if (receive === '') return up(statusLine);
  const compiled = perlRegex(receive);
  if (!compiled.ok) return down(compiled.text);
  return compiled.regex.test(answer.body) ? up(statusLine) : down('Response mismatch');
}

/** Where a request goes. `url` is what it is about, and the base of a redirect. */
interface Target {
  readonly url: URL;
  readonly scheme: 'http' | 'https';
  readonly options: RequestOptions;
}

function firstTarget(spec: NegotiateSpec): Target {
  if (spec.service === 'http_proxy') return proxyTarget(spec);
  if (/^https?:\/\//.test(spec.request)) return urlTarget(new URL(spec.request));
  const scheme = spec.service === 'https' ? 'https' : 'http';
  const address = isIP(spec.address) === 6 ? `[${spec.address}]` : spec.address;
  const host = spec.virtualHost ?? address;
  return {
    url: new URL(`${scheme}://${address}:${spec.port}${printable(spec.request)}`),
    scheme,
    options: {
      host: spec.address,
      port: spec.port,
      path: printable(spec.request),
      headers: { Host: host },
      ...serverName(host),
    },
  };
}

/** The request is an absolute URI that the real server is asked to fetch. */
function proxyTarget(spec: NegotiateSpec): Target {
  const uri = printable(spec.request.replace(/^\//, ''));
  const url = new URL(uri.includes('://') ? uri : `http://${spec.virtualHost ?? spec.address}/${uri}`);
  const headers = { Host: spec.virtualHost ?? url.host };
  return { url, scheme: 'http', options: { host: spec.address, port: spec.port, path: url.href, headers } };
}

function urlTarget(url: URL): Target {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`redirected to ${url.href}`);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  const headers = { Host: url.host };
  return {
    url,
    scheme,
    options: { host, port, path: `${url.pathname}${url.search}`, headers, ...serverName(host) },
  };
}

/** TLS server names cannot be addresses (RFC 6066 section 3). */
function serverName(host: string): { readonly servername?: string } {
  const name = host.replace(/:\d+$/, '');
  return isIP(name.replace(/^\[|\]$/g, '')) === 0 ? { servername: name } : { servername: '' };
}

/** What may not stand in a request line is percent-encoded (RFC 3986 section 2.1). */
function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char));
}

async function ask(target: Target, method: string, signal: AbortSignal): Promise<Answer> {
  const { request } = target.scheme === 'https' ? await import('node:https') : await import('node:http');
  const headers = {
    ...target.options.headers,
    'User-Agent': `halab-ldirectord/${version}`,
    Connection: 'close',
  };
  const options = { ...target.options, method, headers, agent: false, signal, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      readBody(incoming).then(resolve, reject);
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

async function readBody(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bodyBytesMost) break;
  }
  return {
    status: incoming.statusCode ?? 0,
    statusText: incoming.statusMessage ?? '',
    location: incoming.headers.location,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
