import { LabError } from '../errors.ts';
import type { FaultBoard } from '../faults/fault-board.ts';
import type { Lab } from '../lab.ts';
import { type CarriedError, carryError, type ExecSession, type SessionInput } from './control-protocol.ts';
import type { OwnerChannel } from './control-server.ts';

/** Of each output, what the trace keeps. The command itself is kept whole. */
const keptBytes = 64 * 1024;

/**
 * Runs a program in a node for somebody at the other end of the channel. Resolves when it runs; the session ends
 * with the program, or with the channel, when the program is hung up on.
 */
export async function openGuestSession(
  lab: Pick<Lab, 'node' | 'trace'>,
  faults: Pick<FaultBoard, 'stopping'>,
  { node: name, argv, terminal }: ExecSession,
  channel: OwnerChannel,
): Promise<void> {
  const node = lab.node(name);
  const stopped = faults.stopping(name);
  if (stopped !== undefined) {
    const { id, description } = stopped.fault;
    throw new LabError('LAB_USAGE', `${description} (fault ${id}): \`halab heal ${id}\` first`, {
      node: name,
    });
  }
  const kept = { stdout: '', stderr: '' };
  const at = lab.trace.clock.now();
  const stream = await node.machine.stream(argv, {
    ...(terminal === undefined ? {} : { terminal }),
    onOutput: (output, bytes) => {
      if (kept[output].length < keptBytes) kept[output] += bytes.toString();
      return channel.send({ output: bytes.toString('base64'), channel: output });
    },
  });
  let inputs: Promise<unknown> = Promise.resolve();
  const take = async (input: SessionInput): Promise<void> => {
    // Not in turn: a program that does not read its input must still hear these.
    if ('size' in input) return stream.resize(input.size);
    if ('signal' in input) return stream.signal(input.signal);
    const before = inputs;
    inputs = (async () => {
      await before;
      if ('inputEnds' in input) return stream.endInput();
      const bytes = Buffer.from(input.input, 'base64');
      await stream.write(bytes);
      await channel.send({ taken: bytes.length });
    })();
    await inputs;
  };
  // A node that is gone is told of by the stream's end.
  channel.onValue((input) => void take(input).catch(() => {}));
  void channel.closed.then(() => stream.hangUp()).catch(() => {});
  stream.ended
    .then(
      ({ exitCode, signal }) => {
        const until = lab.trace.clock.now();
        lab.trace.add({ kind: 'command', at, until, node: name, argv, exitCode, ...kept });
        return channel.send({ ended: { exitCode, signal } });
      },
      (error: unknown) => channel.send({ failed: carryError(error) satisfies CarriedError }),
    )
    .finally(() => channel.end());
}
