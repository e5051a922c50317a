// A grid of characters. Lines are drawn as arms that reach from a cell towards its neighbours, so wherever two
// lines meet, the right corner, tee or crossing comes out by itself.

export type Weight = 'light' | 'heavy' | 'double';

/** Select Graphic Rendition parameters (ECMA-48 section 8.3.117): `1;36`. Empty is plain. */
export type Style = string;

interface Cell {
  character?: string;
  style: Style;
  up?: Weight;
  down?: Weight;
  left?: Weight;
  right?: Weight;
  isBridge?: boolean;
}

export class Canvas {
  readonly #rows: Cell[][] = [];

  text(x: number, y: number, text: string, style: Style = ''): void {
    for (const [index, character] of [...text].entries()) {
      Object.assign(this.#cell(x + index, y), { character, style });
    }
  }

  horizontal(y: number, fromX: number, toX: number, weight: Weight, style: Style = ''): void {
    for (let x = fromX; x <= toX; x++) {
      const cell = this.#cell(x, y);
      if (x > fromX) cell.left = weight;
      if (x < toX) cell.right = weight;
      cell.style ||= style;
    }
  }

  vertical(x: number, fromY: number, toY: number, weight: Weight, style: Style = ''): void {
    for (let y = fromY; y <= toY; y++) {
      const cell = this.#cell(x, y);
      if (y > fromY) cell.up = weight;
      if (y < toY) cell.down = weight;
      cell.style ||= style;
    }
  }

  /** A vertical line that passes a horizontal one without touching it. */
  bridge(x: number, y: number): void {
    this.#cell(x, y).isBridge = true;
  }

  box(x: number, y: number, width: number, height: number, style: Style = ''): void {
    this.horizontal(y, x, x + width - 1, 'light', style);
    this.horizontal(y + height - 1, x, x + width - 1, 'light', style);
    this.vertical(x, y, y + height - 1, 'light', style);
    this.vertical(x + width - 1, y, y + height - 1, 'light', style);
  }

  render({ unicode, colour }: { readonly unicode: boolean; readonly colour: boolean }): string {
    const glyph = unicode ? unicodeGlyph : asciiGlyph;
    return this.#rows
      .map((row) => {
        const cells = Array.from(row, (cell: Cell | undefined) => ({
          character: cell === undefined ? ' ' : (cell.character ?? glyph(cell)),
          style: cell?.style ?? '',
        }));
        while (cells.at(-1)?.character === ' ') cells.pop();
        return colour ? paint(cells) : cells.map(({ character }) => character).join('');
      })
      .join('\n');
  }

  #cell(x: number, y: number): Cell {
    while (this.#rows.length <= y) this.#rows.push([]);
    const row = this.#rows[y]!;
    row[x] ??= { style: '' };
    return row[x];
  }
}

function paint(cells: readonly { readonly character: string; readonly style: Style }[]): string {
  let text = '';
  let current = '';
  for (const { character, style } of cells) {
    const wanted = character === ' ' ? '' : style;
    if (wanted !== current)
      text += current === '' ? `\x1b[${wanted}m` : wanted === '' ? '\x1b[0m' : `\x1b[0;${wanted}m`;
    current = wanted;
    text += character;
  }
  return current === '' ? text : `${text}\x1b[0m`;
}

const initials = { light: 'l', heavy: 'h', double: 'd' } as const;

/** `.lhh` for a wire down from a bus. A line that ends in a cell is drawn right through it. */
function armsOf({ up, down, left, right }: Cell): string {
  const isUpright = left === undefined && right === undefined;
  const isLevel = up === undefined && down === undefined;
  const arms = isUpright
    ? [up ?? down, down ?? up, left, right]
    : isLevel
      ? [up, down, left ?? right, right ?? left]
      : [up, down, left, right];
  return arms.map((weight) => (weight === undefined ? '.' : initials[weight])).join('');
}

/** Arms up, down, left, right. Buses are heavy, boxes and their wires light, serial lines double. */
const boxDrawing: Readonly<Record<string, string>> = {
  '..ll': '─',
  'll..': '│',
  '.l.l': '┌',
  '.ll.': '┐',
  'l..l': '└',
  'l.l.': '┘',
  'll.l': '├',
  'lll.': '┤',
  '.lll': '┬',
  'l.ll': '┴',
  llll: '┼',
  '..hh': '━',
  '.hh.': '┓',
  'hhh.': '┫',
  'h.h.': '┛',
  'hh..': '┃',
  '.lhh': '┯',
  'l.hh': '┷',
  llhh: '┿',
  '.l.h': '┍',
  '.lh.': '┑',
  'l..h': '┕',
  'l.h.': '┙',
  '..dd': '═',
  'dd..': '║',
  'd..d': '╚',
  'd.d.': '╝',
  'll.d': '╞',
  'lld.': '╡',
  lldd: '╪',
  '.dll': '╥',
};

function unicodeGlyph(cell: Cell): string {
  const arms = armsOf(cell);
  if (arms === '....') return ' ';
  return cell.isBridge === true ? '│' : (boxDrawing[arms] ?? '┼');
}

function asciiGlyph(cell: Cell): string {
  const arms = armsOf(cell);
  if (arms === '....') return ' ';
  if (cell.isBridge === true) return '|';
  if (arms.includes('d')) return '#';
  if (arms.endsWith('..')) return '|';
  if (arms.startsWith('..')) return arms.includes('h') ? '=' : '-';
  return '+';
}
