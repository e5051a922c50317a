import { columns } from './fit-text.ts';

/** What a live view needs of a terminal: `process.stdout` has it. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

// Control sequences of ECMA-48 and, where marked, of DEC and its followers.
const csi = '\u001b[';
const sequence = {
  hideCursor: `${csi}?25l`, // DECTCEM
  showCursor: `${csi}?25h`,
  beginUpdate: `${csi}?2026h`, // synchronized output; terminals without it ignore it
  endUpdate: `${csi}?2026l`,
  clearLine: `${csi}K`, // EL, to the end of the line
  clearBelow: `${csi}J`, // ED, to the end of the screen
  up: (rows: number) => (rows > 0 ? `${csi}${rows}A` : ''), // CUU
} as const;

/** Often enough for a spinner of 80 ms a frame. */
const frameMs = 80;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Draws lines in place at the bottom of a terminal, again and again. Each frame is one write that overwrites
 * the one before, line by line, so that nothing flickers. The cursor rests below the last line. It is hidden
 * while the view is open, and shown again whatever ends the process, short of SIGKILL.
 */
export class LiveView implements Disposable {
  readonly #terminal: Terminal;
  readonly #render: (size: Size) => readonly string[];
  readonly #timer: NodeJS.Timeout;
  /** Columns of each line that is on the screen. */
  #drawn: readonly number[] = [];
  #lastFrame: string | undefined;
  #isOpen = true;

  constructor(terminal: Terminal, render: (size: Size) => readonly string[]) {
    this.#terminal = terminal;
    this.#render = render;
    process.on('exit', this.#close);
    for (const signal of signals) process.on(signal, this.#onSignal);
    terminal.on('resize', this.#onResize);
    terminal.write(sequence.hideCursor);
    this.#timer = setInterval(() => this.draw(), frameMs);
    // A run that is over must not wait for its own display.
    this.#timer.unref();
    this.draw();
  }

  draw(): void {
    if (!this.#isOpen) return;
    const lines = this.#render(this.#size());
    const frame = lines.join('\n');
    if (frame === this.#lastFrame) return;
    this.#lastFrame = frame;
    this.#write(
      `\r${sequence.up(this.#rows())}${lines.map((line) => `${line}${sequence.clearLine}\r\n`).join('')}${sequence.clearBelow}`,
    );
    this.#drawn = lines.map(visibleColumns);
  }

  /** Writes whole lines above the view. */
  print(text: string): void {
    if (!this.#isOpen) {
      this.#terminal.write(text);
      return;
    }
    const whole = text.endsWith('\n') ? text : `${text}\n`;
    this.#write(`${this.#erase()}${whole}`);
    this.draw();
  }

  /** Takes the view off the screen. */
  [Symbol.dispose](): void {
    this.#close();
  }

  readonly #close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#timer);
    process.off('exit', this.#close);
    for (const signal of signals) process.off(signal, this.#onSignal);
    this.#terminal.off('resize', this.#onResize);
    this.#write(`${this.#erase()}${sequence.showCursor}`);
  };

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#close();
    // A listener takes the default action away. Whoever else listens ends the process in their own time.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };

  readonly #onResize = (): void => {
    this.#lastFrame = undefined;
    this.draw();
  };

  /** One column stays free: a full line leaves the cursor in a place that terminals disagree on. */
  #size(): Size {
    return { width: Math.max(1, (this.#terminal.columns ?? 80) - 1), height: this.#terminal.rows ?? 24 };
  }

  /**
   * Rows between the first line that is on the screen and the cursor. After a narrowing, terminals fold lines
   * that no longer fit, and each takes several rows.
   */
  #rows(): number {
    const width = Math.max(1, this.#terminal.columns ?? 80);
    const rows = this.#drawn.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / width)), 0);
    return Math.min(rows, (this.#terminal.rows ?? 24) - 1);
  }

  /**
   * Row by row: a screen cleared from its first cell on is what some terminals put into their scroll-back
   * (tmux 3.3a does), and every printed line would leave a copy of the view there.
   */
  #erase(): string {
    const rows = this.#rows();
    const up = sequence.up(rows);
    this.#drawn = [];
    this.#lastFrame = undefined;
    return `\r${up}${`${sequence.clearLine}\r\n`.repeat(rows)}${up}`;
  }

  #write(text: string): void {
    this.#terminal.write(`${sequence.beginUpdate}${text}${sequence.endUpdate}`);
  }
}

const colourSequence = /\p{Cc}\[[0-9;]*m/gu;

function visibleColumns(line: string): number {
  return columns(line.replace(colourSequence, ''));
}
