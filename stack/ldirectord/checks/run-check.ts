import { type CheckOutcome, type CheckSpec, type CheckTools, down, timeLimit } from './check.ts';
import { serviceCheck } from './services.ts';

/**
 * Runs a check within its time. The outcome comes at the latest when the time is over, whatever the check
 * is doing then; it never rejects.
 */
export async function runCheck(
  spec: CheckSpec,
  signal: AbortSignal,
  tools: CheckTools,
): Promise<CheckOutcome> {
  const limit = new AbortController();
  const over = AbortSignal.any([signal, limit.signal]);
  const timer = setTimeout(() => limit.abort(), timeLimit(spec));
  const timedOut = new Promise<CheckOutcome>((resolve) => {
    over.addEventListener('abort', () => resolve(outOfTime(spec)), { once: true });
  });
  const done = carryOut(spec, over, tools).catch((error: unknown) =>
    down(error instanceof Error ? error.message : String(error)),
  );
  try {
    return await Promise.race([done, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

function outOfTime(spec: CheckSpec): CheckOutcome {
  const outcome = down('Connection timed out');
  if (spec.kind !== 'external') return outcome;
  const seconds = spec.timeout / 1000;
  const line = [spec.command, ...spec.args].join(' ');
  return { ...outcome, notice: `system_timeout(${seconds}, ${line}) timed out, kill -TERM child` };
}

async function carryOut(spec: CheckSpec, signal: AbortSignal, tools: CheckTools): Promise<CheckOutcome> {
  switch (spec.kind) {
    case 'connect': {
      const { checkConnect } = await import('./connect.ts');
      signal.throwIfAborted();
      return checkConnect(spec, signal, tools);
    }
    case 'ping': {
      const { checkPing } = await import('./ping.ts');
      signal.throwIfAborted();
      return checkPing(spec, signal, tools);
    }
    case 'external': {
      const { checkExternal } = await import('./external.ts');
      signal.throwIfAborted();
      return checkExternal(spec, signal, tools);
    }
    case 'negotiate': {
      const check = await serviceCheck(spec.service);
      signal.throwIfAborted();
      return check(spec, signal, tools);
    }
    default:
      return spec satisfies never;
  }
}
