import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServeRequest } from './protocol.ts';

/**
 * A real server's service: `GET /` answers with the given text, `GET /bytes/N` with N bytes, `POST` with the
 * number of bytes received. Datagrams come back with the text in front.
 */
export async function serve(request: ServeRequest): Promise<void> {
  const endpoint = `${request.protocol} ${request.address ?? '*'}:${request.port}`;
  if (serving.has(endpoint)) return;
  await (request.protocol === 'http' ? serveHttp(request) : serveUdp(request));
  serving.add(endpoint);
}

/** What is served already; asking twice for the same is no error. */
const serving = new Set<string>();

function serveHttp(request: ServeRequest): Promise<void> {
  const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) =>
    answerRequest(request.text, incoming, outgoing),
  );
  return new Promise((done, fail) => {
    server.on('error', fail);
    server.listen({ port: request.port, host: request.address ?? '0.0.0.0', backlog: 1024 }, () => done());
  });
}

/** One request and its answer; also what the warm-up before the snapshot runs. */
export function answerRequest(text: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  let received = 0;
  incoming.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  incoming.on('end', () => {
    const wanted = /^\/bytes\/(\d{1,8})$/.exec(incoming.url ?? '');
    const body =
      incoming.method === 'POST'
        ? `${text} received ${received}\n`
        : wanted === null
          ? `${text}\n`
          : 'x'.repeat(Number(wanted[1]));
    outgoing.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
    outgoing.end(body);
  });
}

function serveUdp(request: ServeRequest): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    socket.send(Buffer.concat([Buffer.from(`${request.text} `), message]), from.port, from.address);
  });
  return new Promise((done, fail) => {
    socket.on('error', fail);
    socket.bind(request.port, request.address ?? '0.0.0.0', () => done());
  });
}
