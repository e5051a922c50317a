import { connect, type Socket } from 'node:net';
import { LabError } from '../errors.ts';
import {
  type ControlAnswers,
  type ControlReply,
  type ControlRequest,
  type ExecSession,
  receivedError,
  type SessionInput,
  type SessionOutput,
} from './control-protocol.ts';
import { LineChannel } from './line-channel.ts';
import type { RunningLab } from './running-labs.ts';

/** Asks the owner of a lab for one thing. Rejects with the owner's own error. */
export async function askLab<Request extends Exclude<ControlRequest, ExecSession>>(
  lab: RunningLab,
  request: Request,
): Promise<ControlAnswers[Request['op']]> {
  const answer = Promise.withResolvers<ControlReply>();
  const channel = new LineChannel<ControlReply, ControlRequest>(await dial(lab), answer.resolve);
  void channel.closed.then(() => answer.reject(gone(lab)));
  await channel.send(request);
  try {
    const reply = await answer.promise;
    if (!reply.ok) throw receivedError(reply.error);
    return reply.value as ControlAnswers[Request['op']];
  } finally {
    channel.end();
  }
}

/** The command's end of a session. */
export type ExecChannel = Pick<
  LineChannel<never, SessionInput>,
  'send' | 'closed' | 'destroy' | 'pause' | 'resume'
>;

/** Resolves when the program runs; the session's values go to `onValue` of the channel, none is missed. */
export async function openSession(
  lab: RunningLab,
  request: ExecSession,
  onOutput: (output: SessionOutput) => void,
): Promise<ExecChannel> {
  const started = Promise.withResolvers<void>();
  const channel = new LineChannel<ControlReply | SessionOutput, ControlRequest | SessionInput>(
    await dial(lab),
    (reply) => {
      if ('ok' in reply && !reply.ok) return started.reject(receivedError(reply.error));
      // A short program may be through before the word that it runs is here.
      started.resolve();
      if (!('ok' in reply)) onOutput(reply);
    },
  );
  void channel.closed.then(() => started.reject(gone(lab)));
  await channel.send(request);
  try {
    await started.promise;
  } catch (error) {
    channel.destroy();
    throw error;
  }
  return channel;
}

export function gone({ name, owner }: RunningLab): LabError {
  return new LabError('LAB_NOT_RUNNING', `lab ${name} is gone: its owner (process ${owner.pid}) has ended`);
}

function dial(lab: RunningLab): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(lab.controlPath, () => done(socket));
    socket.once('error', () => fail(gone(lab)));
  });
}
