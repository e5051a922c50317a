import { connect, type Socket } from 'node:net';
import type { VisitOutcome, VisitRequest } from './protocol.ts';

const held = new Map<string, Socket[]>();

/**
 * Connections one after another: the next begins when the one before was answered or refused. The first that
 * stays without an answer is the last: a service that is not there would be waited for again and again.
 */
export async function visit(request: VisitRequest): Promise<readonly VisitOutcome[]> {
  const outcomes: VisitOutcome[] = [];
  for (let index = 0; index < request.count; index += 1) {
    const outcome = await visitOnce(request, index);
    outcomes.push(outcome);
    if (outcome.outcome === 'timeout') break;
  }
  return outcomes;
}

/** Closes what was held under the name, with FIN, and waits until each close is done on this side. */
export async function releaseHeld(name: string): Promise<number> {
  const sockets = held.get(name) ?? [];
  held.delete(name);
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          if (socket.destroyed) return done();
          socket.once('close', () => done());
          socket.end();
        }),
    ),
  );
  return sockets.length;
}

function visitOnce(request: VisitRequest, index: number): Promise<VisitOutcome> {
  const began = performance.now();
  return new Promise((done) => {
    const socket = connect({
      host: request.address,
      port: request.port,
      noDelay: true,
      ...(request.localPort === undefined ? {} : { localPort: request.localPort + index }),
    });
    let localPort = 0;
    let received = '';
    let settled = false;
    const settle = (outcome: string) => {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      done({ localPort, outcome, text: bodyLine(received), milliseconds: performance.now() - began });
    };
    const limit = setTimeout(() => {
      settle('timeout');
      socket.destroy();
    }, request.timeoutMs);
    socket.on('connect', () => {
      localPort = socket.localPort ?? 0;
      socket.write(requestText(request));
    });
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      if (!isWhole(received)) return;
      if (request.hold === undefined) {
        socket.end();
      } else {
        held.set(request.hold, [...(held.get(request.hold) ?? []), socket]);
        settle('answered');
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.on('close', () => settle(isWhole(received) ? 'answered' : 'closed'));
  });
}

function requestText(request: VisitRequest): Buffer {
  const bytes = request.bodyBytes ?? 0;
  const connection = request.hold === undefined ? 'close' : 'keep-alive';
  const head = `${bytes > 0 ? 'POST' : 'GET'} ${request.path ?? '/'} HTTP/1.1\r\nHost: ${request.address}\r\nConnection: ${connection}\r\n`;
  return Buffer.from(
    bytes > 0 ? `${head}Content-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}` : `${head}\r\n`,
  );
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /^content-length: (\d+)$/im.exec(text.slice(0, end));
  return length !== null && text.length >= end + 4 + Number(length[1]);
}

function bodyLine(text: string): string {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? '' : (text.slice(end + 4).split('\n', 1)[0] ?? '').slice(0, 200);
}
