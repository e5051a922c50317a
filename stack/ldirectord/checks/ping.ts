import { spawn } from 'node:child_process';
import { type Check, type CheckOutcome, type CheckTools, down, type PingSpec, up } from './check.ts';

/**
 * Up when an ICMP echo request is answered. Node has no raw sockets, so the program `ping` sends it, one
 * request a run: a run of several would wait for all of them although one answer is enough.
 */
export const checkPing: Check<PingSpec> = async (spec, signal, tools) => {
  let outcome = down('no attempt made');
  for (let attempt = 0; attempt < spec.attempts && !signal.aborted; attempt += 1) {
    outcome = await pingOnce(spec, signal, tools);
    if (outcome.verdict === 'up') break;
  }
  return outcome;
};

function pingOnce(spec: PingSpec, signal: AbortSignal, tools: CheckTools): Promise<CheckOutcome> {
  const family = spec.family === 'ipv6' ? '-6' : '-4';
  const args = [family, '-n', '-q', '-c', '1', '-W', String(Math.ceil(spec.timeout / 1000)), spec.address];
  return new Promise((resolve) => {
    const child = spawn(tools.ping, args, { stdio: 'ignore', signal });
    child.once('error', (error) => resolve(down(error.message)));
    child.once('exit', (code) => resolve(code === 0 ? up() : down('no answer to ping')));
  });
}
