import { open, read, write, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { exchangeDatagrams } from './datagram.ts';
import { runProgram } from './exec.ts';
import { followFile, unfollowFile } from './follow.ts';
import type { AgentMessage, AgentReply, AgentRequest } from './protocol.ts';
import { serve } from './serve.ts';
import { hangUp, openStream, outputTaken, resizeTerminal, signalStream, writeToStream } from './stream.ts';
import { releaseHeld, visit } from './visit.ts';
import { awaitNics, warmUp } from './warm-up.ts';

/*
 * The lab's hand inside a guest. It runs before the golden snapshot is taken, so that a restored node
 * answers at once and no program has to be started for traffic, files or servers: a fork costs some 50 ms
 * in an emulated guest, an answer from this process a few.
 */

/** A port that nobody holds on the host reads as end of file; look again this often. */
const reconnectMs = 20;

function main(path: string): void {
  open(path, 'r+', (error, fd) => {
    if (error) throw error;
    const send = lineWriter(fd);
    const receive = lineSplitter((line) => {
      const message = JSON.parse(line) as AgentMessage;
      answer(message.request, send).then(
        (value) => send({ id: message.id, ok: true, value: value ?? null }),
        (reason: unknown) =>
          send({
            id: message.id,
            ok: false,
            error: reason instanceof Error ? reason.message : String(reason),
          }),
      );
    });
    const buffer = Buffer.alloc(65_536);
    const loop = () => {
      read(fd, buffer, 0, buffer.length, null, (readError, length) => {
        if (readError !== null || length === 0) {
          setTimeout(loop, reconnectMs);
          return;
        }
        receive(buffer.toString('latin1', 0, length));
        loop();
      });
    };
    loop();
  });
}

async function answer(request: AgentRequest, send: (reply: AgentReply) => void): Promise<unknown> {
  switch (request.op) {
    case 'ping':
      return 'pong';
    case 'exec':
      return runProgram(request);
    case 'write':
      return writeFile(request.path, Buffer.from(request.base64, 'base64'), {
        flag: request.append === true ? 'a' : 'w',
        ...(request.mode === undefined ? {} : { mode: request.mode }),
      });
    case 'write-all':
      for (const [path, base64] of Object.entries(request.base64))
        writeFileSync(path, Buffer.from(base64, 'base64'));
      return null;
    case 'read':
      return (await readFile(request.path)).toString('base64');
    case 'follow':
      return followFile(request.path, (text) => send({ notice: 'follow', path: request.path, text }));
    case 'unfollow':
      return unfollowFile(request.path);
    case 'serve':
      return serve(request);
    case 'visit':
      return visit(request);
    case 'release':
      return releaseHeld(request.hold);
    case 'datagram':
      return exchangeDatagrams(request);
    case 'stream':
      return openStream(request, send);
    case 'stream-input':
      return writeToStream(request.stream, request.base64, request.isLast);
    case 'stream-taken':
      return outputTaken(request.stream, request.bytes);
    case 'stream-size':
      return resizeTerminal(request.stream, request.size);
    case 'stream-signal':
      return signalStream(request.stream, request.signal);
    case 'stream-hang-up':
      return hangUp(request.stream);
    case 'warm-up':
      return warmUp();
    case 'await-nics':
      return awaitNics(request.macs, request.timeoutMs);
    default:
      return request satisfies never;
  }
}

/** Lines in order, one write under way at a time: the port takes part of a large write and blocks for the rest. */
function lineWriter(fd: number): (reply: AgentReply) => void {
  const queue: Buffer[] = [];
  let busy = false;
  const pump = () => {
    const next = queue.shift();
    if (next === undefined) {
      busy = false;
      return;
    }
    busy = true;
    const rest = (offset: number) => {
      write(fd, next, offset, next.length - offset, null, (error, written) => {
        if (error !== null) setTimeout(() => rest(offset), reconnectMs);
        else if (offset + written < next.length) rest(offset + written);
        else pump();
      });
    };
    rest(0);
  };
  return (reply) => {
    queue.push(Buffer.from(`${JSON.stringify(reply)}\n`));
    if (!busy) pump();
  };
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(Buffer.from(line, 'latin1').toString());
  };
}

main(process.argv[2] ?? '');
