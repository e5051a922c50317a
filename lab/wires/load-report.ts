import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LabClock } from './clock.ts';
import { type HostLoad, loadSince, readHostLoad } from './host-load.ts';
import type { Stall, StallStats } from './protocol.ts';
import { lookEveryNs, StallWatch } from './stall-watch.ts';

/** Watches how well this process gets its turns, from `begin` on. */
export class LoadReport {
  readonly #clock: LabClock;
  readonly #watch: StallWatch;
  readonly #histogram = monitorEventLoopDelay({ resolution: lookEveryNs / 1e6 });
  #load: HostLoad;

  constructor(clock: LabClock, tell: (stall: Stall) => void) {
    this.#clock = clock;
    this.#watch = new StallWatch(clock.now());
    this.#histogram.enable();
    this.#load = readHostLoad();
    setInterval(() => {
      const stall = this.#watch.look(this.#clock.now());
      if (stall !== undefined) tell(stall);
    }, lookEveryNs / 1e6);
  }

  /** What was counted since the last call. */
  take(deliveryLatenessMaxNs: number): StallStats {
    const { gapMaxNs, stalls } = this.#watch.report();
    const load = readHostLoad();
    const added = loadSince(this.#load, load);
    this.#load = load;
    const { mean, max } = this.#histogram;
    const eventLoopDelayMs = {
      mean: Number.isNaN(mean) ? 0 : mean / 1e6,
      p99: this.#histogram.percentile(99) / 1e6,
      max: Number.isNaN(mean) ? 0 : max / 1e6,
    };
    this.#histogram.reset();
    return {
      eventLoopDelayMs,
      turnGapMaxMs: gapMaxNs / 1e6,
      stallsOver20Ms: stalls,
      deliveryLatenessMaxMs: deliveryLatenessMaxNs / 1e6,
      ...added,
    };
  }
}
