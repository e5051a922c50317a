import type { TraceEvent } from '../trace/event.ts';
import type { View, ViewKind } from './rule.ts';

export const disturbances: ViewKind<Disturbances> = {
  name: 'disturbances',
  interest: [],
  open: () => new Disturbances(),
};

interface Period {
  readonly from: number;
  to: number;
}

/** Beyond that the oldest are forgotten; a lab that stalls more often has other worries. */
const stallsMax = 10_000;

/** When the lab itself stood still, and when faults were at work. */
export class Disturbances implements View {
  readonly #stalls: Period[] = [];
  readonly #faults = new Map<string, Period>();

  event(event: TraceEvent): void {
    if (event.kind === 'stall') {
      this.#stalls.push({ from: event.at, to: event.until });
      if (this.#stalls.length > stallsMax) this.#stalls.shift();
    } else if (event.kind === 'fault') {
      const fault = this.#faults.get(event.id);
      if (event.change === 'start')
        this.#faults.set(event.id, { from: event.at, to: Number.POSITIVE_INFINITY });
      else if (fault !== undefined) fault.to = event.at;
    }
  }

  /** Nanoseconds of the period in which the lab stood still. */
  stalledWithin(from: number, to: number): number {
    return this.#stalls.reduce((sum, stall) => sum + overlap(stall, from, to), 0);
  }

  hasFaultWithin(from: number, to: number): boolean {
    return [...this.#faults.values()].some((fault) => overlap(fault, from, to) > 0);
  }
}

function overlap(period: Period, from: number, to: number): number {
  return Math.max(0, Math.min(period.to, to) - Math.max(period.from, from));
}
