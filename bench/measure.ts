/** Figures of repeated measurements, in the unit of what was measured. */
export interface Figures {
  readonly count: number;
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
}

export function figures(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] ?? Number.NaN)
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return {
    count: sorted.length,
    minimum: sorted[0] ?? Number.NaN,
    median,
    maximum: sorted.at(-1) ?? Number.NaN,
  };
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** One line of a report: what, the figure, what it is held against, and whether it holds. */
export interface BenchLine {
  readonly what: string;
  readonly figure: string;
  /** Undefined where there is no bound. */
  readonly holds?: boolean;
  readonly bound?: string;
}

export function renderLine({ what, figure, holds, bound }: BenchLine): string {
  const verdict = holds === undefined ? '    ' : holds ? 'ok  ' : 'MISS';
  return `${verdict} ${what.padEnd(58)} ${figure}${bound === undefined ? '' : `   (bound: ${bound})`}`;
}

export const ms = (value: number) =>
  value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const ratio = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)}×`;
