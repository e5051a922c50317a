// Where everything in a drawing goes. Segments are buses from top to bottom. A node hangs under the topmost
// bus that it is plugged into, in the band between that bus and the next, and reaches down to its others. When
// a band is too wide for one row of boxes its bus is folded: it turns at the right edge and comes back above
// the next row.

/** A node as the layout sees it. Segments are given by their place from the top. */
export interface Shape {
  readonly name: string;
  /** Columns of the widest line, and lines without the serial ports. */
  readonly textWidth: number;
  readonly lineCount: number;
  /** One for each NIC. */
  readonly segments: readonly number[];
}

export interface Cable {
  readonly name: string;
  readonly ends: readonly [string, string];
}

/** A wire between the bottom of a box and a bus below. */
interface Drop {
  readonly column: number;
  readonly segment: number;
}

interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The bus line above, and the columns of the wires to it. */
  readonly busY: number;
  readonly up: readonly number[];
  readonly down: readonly Drop[];
}

interface Bus {
  /** The lines it runs along, one for each row of boxes and at least one. */
  readonly folds: readonly number[];
  /** Above the first fold: where each word of the label starts. */
  readonly labelY: number;
  readonly labelX: readonly number[];
}

/** A serial line that is drawn: between neighbours at the height of their ports, or under their row. */
interface Link {
  readonly name: string;
  readonly kind: 'across' | 'under';
  readonly fromX: number;
  readonly toX: number;
  readonly y: number;
  /** Where its name goes, if there is a place that no wire crosses. */
  readonly labelX: number | undefined;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly buses: readonly Bus[];
  readonly links: readonly Link[];
  /** Line of the box, counted from its top, that shows the port of a cable. */
  readonly portLine: (box: Box, cable: string) => number;
  readonly width: number;
  readonly height: number;
}

/** A box that has its columns and not yet its lines. */
interface Slot {
  readonly shape: Shape;
  readonly x: number;
  readonly width: number;
  readonly up: readonly number[];
  readonly down: readonly Drop[];
}

const indent = 1;
const gap = 2;
/** Border and a blank on either side of the text. */
const frame = 4;

/** Columns at the right edge that the turns of a folded bus need. */
const turn = 2;

/**
 * Lays out boxes in rows of at most `width` columns, as far as single boxes are not wider than that. A label is
 * a list of words, which wires may part.
 */
export function layOut(
  shapes: readonly Shape[],
  labels: readonly (readonly string[])[],
  cables: readonly Cable[],
  width: number,
): Layout {
  const levels = levelsOf(cables);
  const boxes: Box[] = [];
  const buses: Bus[] = [];
  const links: Link[] = [];
  const drops: Drop[] = [];
  let y = 0;
  let rightmost = 0;
  for (const [band, words] of labels.entries()) {
    const own = orderBand(
      shapes.filter((shape) => bandOf(shape, labels.length) === band),
      cables,
    );
    const crossing = drops.filter(({ segment }) => segment >= band).map(({ column }) => column);
    const labelY = y;
    const labelX = placeLabel(words, crossing, width);
    rightmost = Math.max(rightmost, labelX.at(-1)! + words.at(-1)!.length);
    y += 1;
    const folds = [y];
    const passing = drops.filter(({ segment }) => segment > band).map(({ column }) => column);
    for (const [index, row] of breakIntoRows(own, band, passing, cables, width).entries()) {
      if (index > 0) folds.push(y);
      const placed = placeRow(row, y, levels, cables);
      const below = drops.filter(({ segment }) => segment > band).map(({ column }) => column);
      boxes.push(...placed);
      drops.push(...placed.flatMap(({ down }) => down));
      rightmost = Math.max(rightmost, ...placed.map((box) => box.x + box.width));
      const linked = linkRow(placed, cables, levels, below);
      links.push(...linked);
      y += 1 + placed[0]!.height + (linked.some(({ kind }) => kind === 'under') ? 1 : 0);
    }
    buses.push({ folds, labelY, labelX });
    if (folds.length === 1 && own.length === 0) y += 1;
  }
  const isFolded = buses.some(({ folds }) => folds.length > 1);
  return {
    boxes,
    buses,
    links,
    portLine: (box, cable) => box.height - 2 - (levels.get(cable) ?? 0),
    width: rightmost + (isFolded ? turn : indent),
    height: y,
  };
}

/** A node without a NIC stands with the lowest segment. */
function bandOf({ segments }: Shape, bandCount: number): number {
  return segments.length === 0 ? bandCount - 1 : Math.min(...segments);
}

/** Nodes that reach farther down stand to the right; the two ends of a cable stand together. */
function orderBand(shapes: readonly Shape[], cables: readonly Cable[]): readonly Shape[] {
  const reach = ({ segments }: Shape) => Math.max(0, ...segments);
  const ordered = new Set<Shape>();
  const place = (shape: Shape) => {
    if (ordered.has(shape)) return;
    ordered.add(shape);
    for (const { ends } of cables.filter((cable) => cable.ends.includes(shape.name))) {
      const peer = shapes.find(({ name }) => name !== shape.name && ends.includes(name));
      if (peer !== undefined) place(peer);
    }
  };
  for (const shape of shapes.toSorted((a, b) => reach(a) - reach(b))) place(shape);
  return [...ordered];
}

/** Which line of its boxes' port area a cable takes, from the bottom: no two cables of one node the same. */
function levelsOf(cables: readonly Cable[]): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  for (const { name, ends } of cables) {
    const taken = cables
      .filter((other) => other.ends.some((end) => ends.includes(end)))
      .map((other) => levels.get(other.name));
    let level = 0;
    while (taken.includes(level)) level++;
    levels.set(name, level);
  }
  return levels;
}

function breakIntoRows(
  shapes: readonly Shape[],
  band: number,
  passing: readonly number[],
  cables: readonly Cable[],
  width: number,
): readonly (readonly Slot[])[] {
  const rows: Slot[][] = [];
  for (const shape of shapes) {
    const row = rows.at(-1);
    const previous = row?.at(-1);
    const obstacles = [
      ...passing,
      ...rows
        .slice(0, -1)
        .flat()
        .flatMap(({ down }) => down.map(({ column }) => column)),
    ];
    if (row !== undefined && previous !== undefined) {
      const between = cables.filter(
        ({ ends }) => ends.includes(previous.shape.name) && ends.includes(shape.name),
      );
      // Room for `═ name ═`.
      const distance = Math.max(gap, ...between.map(({ name }) => name.length + 4));
      const slot = takeSlot(shape, previous.x + previous.width + distance, band, obstacles);
      if (slot.x + slot.width + turn <= width) {
        row.push(slot);
        continue;
      }
      obstacles.push(...row.flatMap(({ down }) => down.map(({ column }) => column)));
    }
    rows.push([takeSlot(shape, indent, band, obstacles)]);
  }
  return rows;
}

/** The leftmost place from `start` on that no wire passes through. */
function takeSlot(shape: Shape, start: number, band: number, passing: readonly number[]): Slot {
  const width = shape.textWidth + frame;
  let x = start;
  for (;;) {
    const hit = passing.filter((column) => column >= x - 1 && column <= x + width);
    if (hit.length === 0) break;
    x = Math.max(...hit) + 2;
  }
  const below = shape.segments.filter((segment) => segment > band).toSorted((a, b) => a - b);
  const columns = spread(x, width, below.length);
  return {
    shape,
    x,
    width,
    up: spread(x, width, shape.segments.filter((segment) => segment === band).length),
    down: below.map((segment, index) => ({ column: columns[index]!, segment })),
  };
}

function spread(x: number, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => x + Math.floor(((index + 1) * width) / (count + 1)));
}

/** All boxes of a row are equally high, so that ports of one cable are on one line. */
function placeRow(
  row: readonly Slot[],
  busY: number,
  levels: ReadonlyMap<string, number>,
  cables: readonly Cable[],
): readonly Box[] {
  const own = cables.filter(({ ends }) => row.some(({ shape }) => ends.includes(shape.name)));
  const portLines = Math.max(0, ...own.map(({ name }) => levels.get(name)! + 1));
  const height = Math.max(...row.map(({ shape }) => shape.lineCount)) + portLines + 2;
  return row.map(({ shape, x, width, up, down }) => ({
    name: shape.name,
    x,
    y: busY + 1,
    width,
    height,
    busY,
    up,
    down,
  }));
}

/**
 * The cables within a row, as far as they can be drawn without crossing each other. The list below the
 * drawing has them all.
 */
function linkRow(
  row: readonly Box[],
  cables: readonly Cable[],
  levels: ReadonlyMap<string, number>,
  passing: readonly number[],
): readonly Link[] {
  const links: Link[] = [];
  for (const { name, ends } of cables) {
    const [left, right] = row.filter((box) => ends.includes(box.name));
    if (left === undefined || right === undefined) continue;
    const isAcross = row.indexOf(right) - row.indexOf(left) === 1;
    const span = isAcross
      ? { fromX: left.x + left.width - 1, toX: right.x, y: left.y + left.height - 2 - levels.get(name)! }
      : { ...spanUnder(left, right, links), y: left.y + left.height };
    if (span.fromX === undefined || span.toX === undefined) continue;
    const wires = isAcross
      ? passing
      : [...passing, ...row.flatMap(({ down }) => down.map(({ column }) => column))];
    links.push({
      name,
      kind: isAcross ? 'across' : 'under',
      fromX: span.fromX,
      toX: span.toX,
      y: span.y,
      labelX: middleFree(name.length + 2, span.fromX + 1, span.toX - 1, wires),
    });
  }
  return links;
}

/** Free columns in the lower borders of two boxes; none when another cable is in the way. */
function spanUnder(
  left: Box,
  right: Box,
  links: readonly Link[],
): { readonly fromX?: number; readonly toX?: number } {
  const [fromX, toX] = [left, right].map((box) => {
    const taken = [
      ...box.down.map(({ column }) => column),
      ...links.flatMap((link) => [link.fromX, link.toX]),
    ];
    const columns = Array.from({ length: box.width - frame }, (_, index) => box.x + frame / 2 + index);
    const free = columns.filter((column) => !taken.some((other) => Math.abs(other - column) < 2));
    return box === left ? free.at(-1) : free[0];
  });
  const isBlocked = links.some((link) => link.kind === 'under' && link.fromX <= toX! && fromX! <= link.toX);
  return fromX === undefined || toX === undefined || isBlocked ? {} : { fromX, toX };
}

/** In one piece where that fits, otherwise word by word. */
function placeLabel(words: readonly string[], wires: readonly number[], width: number): readonly number[] {
  const whole = words.join('  ');
  const start = leftmostFree(whole.length, indent, wires);
  const isFitting = start + whole.length + indent <= width;
  let x = isFitting ? start : indent;
  return words.map((word) => {
    const place = leftmostFree(word.length, x, wires);
    x = place + word.length + 2;
    return place;
  });
}

/** The leftmost column from `start` on at which a text of this length touches no wire. */
function leftmostFree(length: number, start: number, wires: readonly number[]): number {
  let x = start;
  for (;;) {
    const hit = wires.filter((column) => column >= x - 1 && column <= x + length);
    if (hit.length === 0) return x;
    x = Math.max(...hit) + 2;
  }
}

/** The column nearest to the middle of a span at which a text of this length covers no wire. */
function middleFree(
  length: number,
  fromX: number,
  toX: number,
  wires: readonly number[],
): number | undefined {
  const middle = fromX + Math.floor((toX - fromX + 1 - length) / 2);
  return Array.from({ length: Math.max(0, toX - fromX + 2 - length) }, (_, index) => fromX + index)
    .filter((x) => !wires.some((column) => column >= x && column < x + length))
    .toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
}
