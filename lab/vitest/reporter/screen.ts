import { EventEmitter } from 'node:events';
import type { Terminal } from './live-view.ts';

/**
 * A terminal's screen for tests: knows the few sequences of ECMA-48 that the live view writes, folds lines
 * that a narrowing makes too long, and keeps what has scrolled away. Anything else it refuses.
 */
export class Screen extends EventEmitter implements Terminal {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorIsShown = true;
  /** What has scrolled away and what is on the screen, from the top. */
  #lines: string[] = [''];
  #top = 0;
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** Lines from the first that was ever written, without blanks at their ends and without the empty last ones. */
  get text(): string {
    return this.#lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  write(text: string): boolean {
    const token = /\r|\n|\p{Cc}\[(?<parameters>[?\d;]*)(?<final>[A-Za-z])|\P{Cc}/gu;
    for (const match of text.matchAll(token)) {
      const { parameters = '', final } = match.groups ?? {};
      if (final !== undefined) this.#control(parameters, final);
      else if (match[0] === '\r') this.#column = 0;
      else if (match[0] === '\n') {
        // ONLCR of termios(3): a terminal gets both.
        this.#column = 0;
        this.#down();
      } else this.#put(match[0]);
    }
    return true;
  }

  resize(columns: number, rows: number): void {
    const folded = this.#lines.flatMap((line) => fold(line.trimEnd(), columns));
    this.columns = columns;
    this.rows = rows;
    this.#lines = folded;
    this.#row = folded.length - 1;
    this.#column = 0;
    this.#top = Math.max(0, folded.length - rows);
    this.emit('resize');
  }

  #control(parameters: string, final: string): void {
    const line = this.#lines[this.#row] ?? '';
    if (parameters === '?25' && (final === 'l' || final === 'h')) this.cursorIsShown = final === 'h';
    else if (parameters === '?2026' || final === 'm') return;
    else if (final === 'A') this.#row = Math.max(this.#top, this.#row - Number(parameters));
    else if (final === 'K') this.#lines[this.#row] = line.slice(0, this.#column);
    else if (final === 'J') {
      this.#lines[this.#row] = line.slice(0, this.#column);
      this.#lines.length = this.#row + 1;
    } else throw new Error(`the live view wrote an unknown sequence: ${parameters}${final}`);
  }

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#down();
    }
    const line = Array.from((this.#lines[this.#row] ?? '').padEnd(this.#column));
    line[this.#column] = character;
    this.#lines[this.#row] = line.join('');
    this.#column += 1;
  }

  #down(): void {
    this.#row += 1;
    this.#lines[this.#row] ??= '';
    this.#top = Math.max(this.#top, this.#row - this.rows + 1);
  }
}

function fold(line: string, columns: number): readonly string[] {
  const characters = Array.from(line);
  const rows = Math.max(1, Math.ceil(characters.length / columns));
  return Array.from({ length: rows }, (_, row) =>
    characters.slice(row * columns, (row + 1) * columns).join(''),
  );
}
