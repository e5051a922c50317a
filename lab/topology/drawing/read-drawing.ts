// Reads a drawing back as a person does: find the boxes, follow the lines. It knows nothing of the layout, so
// tests can compare what a drawing says with the topology it was made from.

export interface ReadDrawing {
  /** Name in the box → the other lines of its text. */
  readonly boxes: ReadonlyMap<string, readonly string[]>;
  /** `node segment`, one for each wire. */
  readonly wires: readonly string[];
  /** The two ends of each double line, and its label if it has one. */
  readonly cables: readonly { readonly ends: readonly string[]; readonly label: string }[];
}

interface Rectangle {
  readonly name: string;
  readonly text: readonly string[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Throws an `Error` that names the place when a line leads nowhere. */
export function readDrawing(drawing: string): ReadDrawing {
  const rows = drawing.split('\n').map((line) => [...line]);
  const at = (x: number, y: number) => rows[y]?.[x] ?? ' ';
  const rectangles = findRectangles(rows, at);
  const segmentAt = findBuses(rows);
  const wires: string[] = [];
  const cables: { ends: string[]; label: string }[] = [];

  const followVertically = (x: number, y: number, step: 1 | -1): string => {
    for (let row = y + step; row >= 0 && row < rows.length; row += step) {
      const character = at(x, row);
      if ('┯┷┿'.includes(character)) return segmentAt(row);
      if (!'│╪'.includes(character))
        throw new Error(`wire ends at column ${x}, line ${row} in "${character}"`);
    }
    throw new Error(`wire at column ${x} leaves the drawing`);
  };
  const ownerOf = (x: number, y: number): string => {
    const owner = rectangles.find(
      (box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom,
    );
    if (owner === undefined) throw new Error(`no box at column ${x}, line ${y}`);
    return owner.name;
  };

  for (const box of rectangles) {
    for (let x = box.left + 1; x < box.right; x++) {
      if (at(x, box.top) === '┴') wires.push(`${box.name} ${followVertically(x, box.top, -1)}`);
      if (at(x, box.bottom) === '┬') wires.push(`${box.name} ${followVertically(x, box.bottom, 1)}`);
      if (at(x, box.bottom) === '╥' && at(x, box.bottom + 1) === '╚') {
        const end = rows[box.bottom + 1]!.indexOf('╝', x);
        const label = rows[box.bottom + 1]!.slice(x + 1, end).join('');
        cables.push({ ends: [box.name, ownerOf(end, box.bottom)], label: label.replace(/[═╪]/g, '').trim() });
      }
    }
    for (let y = box.top + 1; y < box.bottom; y++) {
      if (at(box.right, y) !== '╞') continue;
      const end = rows[y]!.indexOf('╡', box.right);
      const label = rows[y]!.slice(box.right + 1, end).join('');
      cables.push({ ends: [box.name, ownerOf(end, y)], label: label.replace(/[═╪]/g, '').trim() });
    }
  }
  return { boxes: new Map(rectangles.map(({ name, text }) => [name, text])), wires, cables };
}

function findRectangles(
  rows: readonly (readonly string[])[],
  at: (x: number, y: number) => string,
): readonly Rectangle[] {
  const rectangles: Rectangle[] = [];
  for (const [top, row] of rows.entries()) {
    for (const [left, character] of row.entries()) {
      if (character !== '┌') continue;
      const right = row.indexOf('┐', left);
      let bottom = top + 1;
      while ('│╞╡'.includes(at(left, bottom))) bottom++;
      if (at(left, bottom) !== '└' || at(right, bottom) !== '┘') {
        throw new Error(`the box at column ${left}, line ${top} is not closed`);
      }
      const [name = '', ...text] = rows
        .slice(top + 1, bottom)
        .map((line) =>
          line
            .slice(left + 1, right)
            .join('')
            .trim(),
        )
        .filter((line) => line !== '');
      rectangles.push({ name, text, left, right, top, bottom });
    }
  }
  return rectangles;
}

/** Which segment a bus line is of. The label is above its first fold; a later fold ends in a turn. */
function findBuses(rows: readonly (readonly string[])[]): (y: number) => string {
  const names = new Map<number, string>();
  let name = '';
  for (const [y, row] of rows.entries()) {
    if (row[0] !== '━') continue;
    const isFold = row.at(-1) === '┫' || row.at(-1) === '┛';
    if (!isFold) {
      const label = /([a-z][a-z0-9-]*)[ │]+[0-9.]+\/[0-9]+/.exec(rows[y - 1]?.join('') ?? '');
      if (label === null) throw new Error(`the bus in line ${y} has no label`);
      name = label[1]!;
    }
    names.set(y, name);
  }
  return (y) => names.get(y) ?? '';
}
