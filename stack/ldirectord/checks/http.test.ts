import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { s } from '../../time.ts';
import type { CheckOutcome, NegotiateSpec } from './check.ts';
import { checkHttp } from './http.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Listens on the loopback and gives the port. */
async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

const check = (port: number, more: Partial<NegotiateSpec> = {}): Promise<CheckOutcome> => {
  const spec: NegotiateSpec = {
    kind: 'negotiate',
    service: 'http',
    protocol: 'tcp',
    address: '127.0.0.1',
    port,
    request: '/',
    receive: '',
    httpMethod: 'GET',
    timeout: s(5),
    ...more,
  };
  return checkHttp(spec, new AbortController().signal, { ping: '' });
};

describe('an answer', () => {
  test.for([
    [200, 'up', '200 OK'],
    [204, 'up', '204 No Content'],
    [299, 'up', '299 unknown'],
    [300, 'down', '300 Multiple Choices'],
    [404, 'down', '404 Not Found'],
    [503, 'down', '503 Service Unavailable'],
  ] as const)('of %i is %s', async ([status, verdict, message]) => {
    const port = await serve((_, response) => response.writeHead(status).end());
    expect(await check(port)).toEqual({ verdict, message });
  });

  test('must hold what is to be received', async () => {
    const port = await serve((_, response) => response.end('x OKAY y\n'));
    expect(await check(port, { receive: 'OK.Y' })).toMatchObject({ verdict: 'up' });
    expect(await check(port, { receive: '^OKAY' })).toEqual({
      verdict: 'down',
      message: 'Response mismatch',
    });
  });

  test('that holds it with a wrong status is down', async () => {
    const port = await serve((_, response) => response.writeHead(500).end('OKAY'));
    expect(await check(port, { receive: 'OKAY' })).toMatchObject({ verdict: 'down' });
  });

  test('is read to its end', async () => {
    const port = await serve((_, response) => {
      response.write('O');
      setImmediate(() => response.end('KAY'));
    });
    expect(await check(port, { receive: 'OKAY' })).toMatchObject({ verdict: 'up' });
  });

  test('that breaks off is down', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('OKAY');
      setImmediate(() => response.destroy());
    });
    await expect(check(port, { receive: 'OKAY' })).rejects.toThrow('aborted');
  });

  test('without end is cut off', async () => {
    const port = await serve((_, response) => {
      const more = () => response.write('x'.repeat(64 * 1024), () => setImmediate(more));
      more();
    });
    expect(await check(port, { receive: 'OKAY' })).toEqual({ verdict: 'down', message: 'Response mismatch' });
  });
});

describe('a request', () => {
  const echoing = () =>
    serve((request, response) => {
      const { host, 'user-agent': agent, connection } = request.headers;
      response.end([request.method, request.url, host, agent?.split('/')[0], connection].join(' '));
    });
  const sees = async (pattern: string, more: Partial<NegotiateSpec>) =>
    (await check(await echoing(), { receive: `^${pattern}$`, ...more })).verdict;

  test('names the real server by its address, without port', async () => {
    expect(await sees('GET / 127.0.0.1 halab-ldirectord close', {})).toBe('up');
  });

  test('names the virtual host when there is one', async () => {
    expect(await sees('GET / www.example.com .*', { virtualHost: 'www.example.com' })).toBe('up');
  });

  test('asks for its path, encoded where it must be', async () => {
    expect(await sees('GET /a/../b%20c%C3%A9\\?x=1 .*', { request: '/a/../b cé?x=1' })).toBe('up');
  });

  test('may be a whole URL', async () => {
    const port = await echoing();
    const request = `http://127.0.0.1:${port}/whole`;
    expect(await check(1, { request, receive: `^GET /whole 127.0.0.1:${port}` })).toMatchObject({
      verdict: 'up',
    });
  });

  test('goes through a proxy as an absolute URI', async () => {
    const request = '/http://www.example.com/x';
    expect(
      await sees('GET http://www.example.com/x www.example.com .*', { service: 'http_proxy', request }),
    ).toBe('up');
  });

  test('by HEAD has no body to match', async () => {
    const port = await serve((_, response) => response.end('OKAY'));
    expect(await check(port, { httpMethod: 'HEAD' })).toMatchObject({ verdict: 'up' });
    expect(await check(port, { httpMethod: 'HEAD', receive: 'OKAY' })).toMatchObject({ verdict: 'down' });
  });
});

describe('a redirect', () => {
  test('is followed, also to another server', async () => {
    const other = await serve((request, response) => response.end(`at ${request.url}`));
    const port = await serve((request, response) => {
      const location = request.url === '/' ? '/next' : `http://127.0.0.1:${other}/there`;
      response.writeHead(302, { Location: location }).end();
    });
    expect(await check(port, { receive: '^at /there$' })).toMatchObject({ verdict: 'up' });
  });

  test('is followed seven times and no more', async () => {
    const chain = (length: number) =>
      serve((request, response) => {
        const step = Number(request.url?.slice(1));
        if (step === length) response.end('end');
        else response.writeHead(301, { Location: `/${step + 1}` }).end();
      });
    expect(await check(await chain(7), { request: '/0' })).toMatchObject({ verdict: 'up' });
    expect(await check(await chain(8), { request: '/0' })).toEqual({
      verdict: 'down',
      message: 'more than 7 redirects',
    });
  });

  test('to something else than HTTP is down', async () => {
    const port = await serve((_, response) =>
      response.writeHead(302, { Location: 'ftp://127.0.0.1/' }).end(),
    );
    await expect(check(port)).rejects.toThrow('redirected to ftp://127.0.0.1/');
  });
});

describe('a server', () => {
  test('that refuses is down', async () => {
    const port = await serve(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    await expect(check(port)).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  test('that never answers is let go when the time is over', async () => {
    let hasClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      hasClosed = resolve;
    });
    const over = new AbortController();
    const port = await serve((request) => {
      request.socket.once('close', hasClosed);
      over.abort();
    });
    const spec: NegotiateSpec = {
      kind: 'negotiate',
      service: 'http',
      protocol: 'tcp',
      address: '127.0.0.1',
      port,
      request: '/',
      receive: '',
      httpMethod: 'GET',
      timeout: s(5),
    };
    await expect(checkHttp(spec, over.signal, { ping: '' })).rejects.toThrow();
    await closed;
  });

  test('of IPv6 is named in brackets', async () => {
    const port = await listen(
      createServer((request, response) => response.end(request.headers.host)),
      '::1',
    );
    expect(await check(port, { address: '::1', receive: '^\\[::1\\]$' })).toMatchObject({ verdict: 'up' });
  });

  test('of HTTPS need not prove who it is', async () => {
    const names: string[] = [];
    const server = createTlsServer({ key, cert }, (_, response) => response.end('OKAY'));
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) => names.push(String(socket.servername)));
    const port = await listen(server);
    const more = { service: 'https', receive: 'OKAY' } as const;
    expect(await check(port, more)).toMatchObject({ verdict: 'up' });
    expect(await check(port, { ...more, virtualHost: 'www.example.com' })).toMatchObject({ verdict: 'up' });
    expect(names).toEqual(['false', 'www.example.com']);
  });
});

/** Made for this file: `openssl req -x509 -subj /CN=check.example -days 36500`. It protects nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+EZncIAurDyjP9wV
6UWcpdZ5Fl0K+R/n7XS40K63/9uhRANCAASIGlFVSsNmYLm66qeD5tmVro0nFrLW
4lXr2+Den6pCzOvLB9HgAPuytqrAzfPw36QRuehY72iLbX11Y2sXNTGd
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUSFl3fISN5YrDvxovsAUfnLMrbKswCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNY2hlY2suZXhhbXBsZTAgFw0yNjExMjEwODA5MjVaGA8yMTI2
MTAyODA4MDkyNVowGDEWMBQGA1UEAwwNY2hlY2suZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABIgaUVVKw2Zgubrqp4Pm2ZWujScWstbiVevb4N6fqkLM
68sH0eAA+7K2qsDN8/DfpBG56FjvaIttfXVjaxc1MZ2jUzBRMB0GA1UdDgQWBBQw
y25gg5RJAgn+5DDkFnkp2M9f/jAfBgNVHSMEGDAWgBQwy25gg5RJAgn+5DDkFnkp
2M9f/jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDjRFb7kVRY
X9O3cQqBPzxPB/3Fur9MoB3q8GnfTaKDsAIhAIYvcQv4+KLlBcD/Vv7EyJyuEEgI
Wk672AmInH2SEpAk
-----END CERTIFICATE-----`;
