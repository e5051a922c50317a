import { createSocket } from 'node:dgram';
import type { DatagramRequest, VisitOutcome } from './protocol.ts';

/** Datagrams sent one after another from one socket, each waiting for its echo. */
export async function exchangeDatagrams(request: DatagramRequest): Promise<readonly VisitOutcome[]> {
  const socket = createSocket('udp4');
  await new Promise<void>((done, fail) => {
    socket.once('error', fail);
    socket.connect(request.port, request.address, () => done());
  });
  const localPort = socket.address().port;
  const outcomes: VisitOutcome[] = [];
  for (let index = 0; index < request.count; index += 1) {
    const began = performance.now();
    const [outcome, text] = await new Promise<readonly [string, string]>((done) => {
      const settle = (how: string, answer: string) => {
        clearTimeout(limit);
        socket.removeAllListeners('message').removeAllListeners('error');
        done([how, answer]);
      };
      const limit = setTimeout(() => settle('timeout', ''), request.timeoutMs);
      socket.on('message', (message) =>
        settle('answered', message.toString('latin1', 0, 64).split(' ', 1)[0] ?? ''),
      );
      socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message, ''));
      socket.send(Buffer.alloc(request.bytes, 'x'));
    });
    outcomes.push({ localPort, outcome, text, milliseconds: performance.now() - began });
  }
  socket.close();
  return outcomes;
}
