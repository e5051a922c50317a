import { createServer, type Server, type Socket } from 'node:net';
import {
  type ControlReply,
  type ControlRequest,
  carryError,
  type SessionInput,
  type SessionOutput,
} from './control-protocol.ts';
import { LineChannel } from './line-channel.ts';

export type OwnerChannel = LineChannel<SessionInput, ControlReply | SessionOutput>;

/** Answers with what is to be told; a session goes on over the channel after that. */
export type ControlHandler = (request: ControlRequest, channel: OwnerChannel) => Promise<unknown>;

/** Listens for commands; resolves when they can connect. */
export async function serveControl(path: string, handle: ControlHandler): Promise<Server> {
  const server = createServer((socket) => converse(socket, handle));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(path, () => done());
  });
  return server;
}

function converse(socket: Socket, handle: ControlHandler): void {
  const channel: LineChannel<ControlRequest | SessionInput, ControlReply | SessionOutput> = new LineChannel(
    socket,
    (first) => {
      // One request a connection; a session says what comes next is for.
      channel.onValue(() => {});
      void answer(first as ControlRequest, channel as OwnerChannel, handle);
    },
  );
}

async function answer(request: ControlRequest, channel: OwnerChannel, handle: ControlHandler): Promise<void> {
  try {
    const value = (await handle(request, channel)) ?? null;
    await channel.send({ ok: true, value });
    if (request.op !== 'exec') channel.end();
  } catch (error) {
    await channel.send({ ok: false, error: carryError(error) });
    channel.end();
  }
}
