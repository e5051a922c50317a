/**
 * What the daemon knows of the table beyond what /proc/net/ip_vs shows. Scheduler flags, thresholds and the
 * persistence timeout in seconds are known after the daemon has set them, and stay known as long as what
 * is visible stays as the daemon left it. Whoever changes an entry behind its back makes them unknown, and
 * a plan then writes them again.
 */
import { applyCommands } from './apply.ts';
import type { Command } from './command.ts';
import {
  destinationKey,
  type ObservedDestination,
  type ObservedService,
  type ObservedTable,
} from './table.ts';

export interface Knowledge {
  readonly table: ObservedTable;
  /** Ticks per second of the kernel, once a timeout of known length was seen. */
  readonly ticksPerSecond: number | undefined;
}

export const nothingKnown: Knowledge = { table: new Map(), ticksPerSecond: undefined };

/** Values of the kernel's HZ on the machines this can run on (kernel/Kconfig.hz, and older 1024 of Alpha). */
const tickRates: readonly number[] = [100, 250, 300, 1000, 1024];

/**
 * The knowledge after reading `shown`. `done` are the commands known to have succeeded since
 * `before` was made.
 */
export function learn(before: Knowledge, done: readonly Command[], shown: ObservedTable): Knowledge {
  const expected = applyCommands(before.table, done);
  const ticksPerSecond = before.ticksPerSecond ?? tickRate(expected, shown);
  const table = new Map<string, ObservedService>();
  for (const [key, service] of shown) {
    const other = expected.get(key);
    table.set(key, other === undefined ? service : completed(service, other, ticksPerSecond));
  }
  return { table, ticksPerSecond };
}

function tickRate(expected: ObservedTable, shown: ObservedTable): number | undefined {
  for (const [key, { persistence }] of shown) {
    const seconds = expected.get(key)?.persistence?.seconds;
    if (persistence === undefined || seconds === undefined) continue;
    const rate = persistence.ticks / seconds;
    if (tickRates.includes(rate)) return rate;
  }
  return undefined;
}

function completed(
  shown: ObservedService,
  expected: ObservedService,
  ticksPerSecond: number | undefined,
): ObservedService {
  const seconds = expected.persistence?.seconds;
  const ticks = seconds === undefined || ticksPerSecond === undefined ? undefined : seconds * ticksPerSecond;
  const isUntouched =
    shown.scheduler === expected.scheduler &&
    shown.onePacket === expected.onePacket &&
    shown.persistence?.netmask === expected.persistence?.netmask &&
    shown.persistence?.ticks === ticks;
  const destinations = new Map(
    expected.destinations.map((destination) => [destinationKey(destination), destination]),
  );
  return {
    ...shown,
    schedulerFlags: isUntouched ? expected.schedulerFlags : undefined,
    persistence: shown.persistence && { ...shown.persistence, seconds: isUntouched ? seconds : undefined },
    destinations: shown.destinations.map((destination) =>
      withThresholds(destination, destinations.get(destinationKey(destination))),
    ),
  };
}

function withThresholds(
  shown: ObservedDestination,
  expected: ObservedDestination | undefined,
): ObservedDestination {
  const isUntouched = shown.weight === expected?.weight && shown.forwarding === expected.forwarding;
  return isUntouched ? { ...shown, thresholds: expected.thresholds } : shown;
}
