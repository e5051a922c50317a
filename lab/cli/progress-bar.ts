const barWidth = 24;
const redrawMs = 100;
const eraseLine = '\r\u001b[2K';

export interface ProgressBar extends Disposable {
  /** What is being done now and, where it is known, how much of the whole is done, 0 to 1. */
  show(text: string, fraction?: number): void;
}

export interface ProgressBarOptions {
  readonly stream?: Pick<NodeJS.WriteStream, 'write'> & {
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * Long work, shown on standard error: one moving line on a terminal, which is gone afterwards; elsewhere a
 * plain line for each new text. Nothing is written before the first `show`.
 */
export function openProgressBar(options: ProgressBarOptions = {}): ProgressBar {
  const { stream = process.stderr, now = () => performance.now() } = options;
  const began = now();
  const seconds = () => Math.floor((now() - began) / 1000);
  let current: { readonly text: string; readonly fraction: number | undefined } | undefined;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    if (current === undefined) return;
    const line = renderBar({ ...current, seconds: seconds(), columns: stream.columns ?? 80 });
    stream.write(`${eraseLine}${line}`);
  };
  return {
    show: (text, fraction) => {
      const isNew = current?.text !== text;
      current = { text, fraction };
      if (stream.isTTY !== true) {
        if (isNew) stream.write(`… ${text}\n`);
        return;
      }
      timer ??= setInterval(draw, redrawMs).unref();
      draw();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (timer !== undefined) stream.write(eraseLine);
    },
  };
}

/** One line that fits the terminal: `[██████        ]  40 %  12 s  installing kernel`. */
export function renderBar(state: {
  readonly text: string;
  readonly fraction: number | undefined;
  readonly seconds: number;
  readonly columns: number;
}): string {
  const { text, fraction, seconds, columns } = state;
  const share = Math.min(1, Math.max(0, fraction ?? 0));
  const full = Math.floor(share * barWidth);
  const bar =
    fraction === undefined
      ? '…'
      : `[${'█'.repeat(full)}${' '.repeat(barWidth - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  // The last column stays free: writing into it makes some terminals wrap.
  return `${bar}  ${seconds} s  ${text}`.slice(0, columns - 1);
}
