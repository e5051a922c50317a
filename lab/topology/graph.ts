import type { Role, Topology } from './define.ts';
import { Canvas, type Style } from './drawing/canvas.ts';
import { type Layout, layOut, type Shape } from './drawing/layout.ts';
import { orderSegments } from './drawing/segment-order.ts';
import { defaultMtu } from './limits.ts';
import { type LabPlan, type PlannedNode, planLab } from './plan.ts';

export interface DrawOptions {
  /** Columns that the drawing should fit into. Addresses are shortened, then rows broken, to keep to it. Default 80. */
  readonly width?: number;
  /** Box-drawing characters; otherwise plain ASCII. Default true. */
  readonly unicode?: boolean;
  /** ANSI colours, one for each role. Default false. */
  readonly colour?: boolean;
}

const roleNames = {
  client: 'client',
  router: 'router',
  director: 'director',
  realServer: 'real server',
  storage: 'storage',
} as const satisfies Record<Role, string>;

const roleStyles = {
  client: '36',
  router: '35',
  director: '33',
  realServer: '32',
  storage: '34',
} as const satisfies Record<Role, Style>;

const bold: Style = '1';
const faint: Style = '2';

/** How much of an address a box shows. */
type Detail = 'whole address' | 'host part and segment' | 'host part';

/**
 * A drawing of a topology for a terminal: segments as buses with their nodes, serial lines as double lines,
 * virtual services as a list below. Ends without a line feed; no line ends in blanks. Throws a
 * `TopologyError` for a topology with problems.
 */
export function drawTopology(topology: Topology, options: DrawOptions = {}): string {
  const { width = 80, unicode = true, colour = false } = options;
  const plan = planLab(topology);
  const order = orderSegments(
    plan.segments.map(({ name }) => name),
    plan.nodes.map(({ nics }) => nics.map(({ segment }) => segment)),
  );
  const { layout, detail } = bestLayout(plan, order, width);
  const canvas = new Canvas();
  canvas.text(0, 0, plan.topology, bold);
  const top = 2;
  drawBuses(canvas, layout, busLabels(plan, order), top);
  drawBoxes(canvas, layout, plan, detail, top);
  drawLinks(canvas, layout, top);
  const afterLines = listLines(canvas, plan, top + layout.height + 1, unicode);
  listServices(canvas, plan, afterLines, unicode, width);
  return canvas.render({ unicode, colour });
}

/** The most telling form that fits without folding a bus, then with; the most compact one when none does. */
function bestLayout(
  plan: LabPlan,
  order: readonly string[],
  width: number,
): { readonly layout: Layout; readonly detail: Detail } {
  const cables = plan.lines.map(({ name, ends }) => ({ name, ends: [ends[0].node, ends[1].node] as const }));
  const details: readonly Detail[] = ['whole address', 'host part and segment', 'host part'];
  const attempts = details.map((detail) => ({
    detail,
    layout: layOut(
      plan.nodes.map((node) => shapeOf(node, order, detail)),
      busLabels(plan, order),
      cables,
      width,
    ),
  }));
  const fitting = attempts.filter(({ layout }) => layout.width <= width);
  const isFolded = ({ layout }: (typeof attempts)[number]) =>
    layout.buses.some(({ folds }) => folds.length > 1);
  return (
    fitting.find((attempt) => !isFolded(attempt)) ??
    fitting.find(({ detail }) => detail !== 'whole address') ??
    attempts.at(-1)!
  );
}

function shapeOf(node: PlannedNode, order: readonly string[], detail: Detail): Shape {
  const lines = linesOf(node, detail);
  return {
    name: node.name,
    textWidth: Math.max(...lines.map((line) => line.length), ...node.serial.map(({ port }) => port.length)),
    lineCount: lines.length,
    segments: node.nics.map(({ segment }) => order.indexOf(segment)),
  };
}

function linesOf(node: PlannedNode, detail: Detail): readonly string[] {
  const isJoint = new Set(node.nics.map(({ segment }) => segment)).size > 1;
  const nics = node.nics.map(({ name, segment, address, prefixLength }) => {
    if (detail === 'whole address') return `${name} ${address}`;
    const place = isJoint && detail === 'host part and segment' ? `${segment} ` : '';
    return `${name} ${place}${hostPart(address, prefixLength)}`;
  });
  return [node.name, roleNames[node.role], ...nics];
}

/** `.21` of 203.0.113.21/24: the bytes that the prefix does not fix. */
function hostPart(address: string, prefixLength: number): string {
  const bytes = address.split('.');
  const fixed = Math.min(3, Math.floor(prefixLength / 8));
  return `.${bytes.slice(fixed).join('.')}`;
}

function busLabels(plan: LabPlan, order: readonly string[]): readonly (readonly string[])[] {
  return order.map((name) => {
    const { network, mtu } = plan.segments.find((segment) => segment.name === name)!;
    return [name, network, ...(mtu === defaultMtu ? [] : [`MTU ${mtu}`])];
  });
}

function drawBuses(
  canvas: Canvas,
  layout: Layout,
  labels: readonly (readonly string[])[],
  top: number,
): void {
  const right = layout.width - 1;
  for (const [index, { folds, labelX, labelY }] of layout.buses.entries()) {
    for (const y of folds) canvas.horizontal(top + y, 0, right, 'heavy');
    canvas.vertical(right, top + folds[0]!, top + folds.at(-1)!, 'heavy');
    for (const [word, text] of labels[index]!.entries()) {
      canvas.text(labelX[word]!, top + labelY, text, word === 0 ? bold : faint);
    }
  }
}

function drawBoxes(canvas: Canvas, layout: Layout, plan: LabPlan, detail: Detail, top: number): void {
  for (const box of layout.boxes) {
    const node = plan.nodes.find(({ name }) => name === box.name)!;
    const style = roleStyles[node.role];
    const y = top + box.y;
    canvas.box(box.x, y, box.width, box.height, style);
    for (const [index, line] of linesOf(node, detail).entries()) {
      canvas.text(
        box.x + 2,
        y + 1 + index,
        line,
        index === 0 ? `${bold};${style}` : index === 1 ? style : '',
      );
    }
    for (const column of box.up) canvas.vertical(column, top + box.busY, y, 'light');
    for (const { column, segment } of box.down) {
      const end = layout.buses[segment]!.folds[0]!;
      canvas.vertical(column, y + box.height - 1, top + end, 'light');
      for (const fold of layout.buses.flatMap(({ folds }) => folds)) {
        if (fold > box.y && fold < end) canvas.bridge(column, top + fold);
      }
    }
    for (const { port, line } of node.serial) {
      const isLeftEnd = layout.links.some(
        (link) =>
          link.kind === 'across' &&
          link.name === line &&
          link.fromX > box.x &&
          link.fromX < box.x + box.width,
      );
      const x = isLeftEnd ? box.x + box.width - 2 - port.length : box.x + 2;
      canvas.text(x, y + layout.portLine(box, line), port);
    }
  }
}

function drawLinks(canvas: Canvas, { links }: Layout, top: number): void {
  for (const { name, kind, fromX, toX, y, labelX } of links) {
    if (kind === 'under') {
      for (const x of [fromX, toX]) canvas.vertical(x, top + y - 1, top + y, 'double');
    }
    canvas.horizontal(top + y, fromX, toX, 'double');
    if (labelX !== undefined) canvas.text(labelX, top + y, ` ${name} `, bold);
  }
}

/** One row for each serial line; answers with the row after the list and a blank. */
function listLines(canvas: Canvas, { lines }: LabPlan, top: number, unicode: boolean): number {
  if (lines.length === 0) return top;
  const cable = unicode ? '══' : '##';
  const nameWidth = Math.max(...lines.map(({ name }) => name.length));
  const between = lines.map(
    ({ ends: [left, right] }) => `${left.node} ${left.port} ${cable} ${right.port} ${right.node}`,
  );
  const betweenWidth = Math.max(...between.map((text) => text.length));
  for (const [index, { name, baud }] of lines.entries()) {
    canvas.text(1, top + index, name, bold);
    canvas.text(
      3 + nameWidth,
      top + index,
      `${between[index]!.padEnd(betweenWidth)}  null modem, ${baud} baud`,
    );
  }
  return top + lines.length + 1;
}

function listServices(
  canvas: Canvas,
  { services }: LabPlan,
  top: number,
  unicode: boolean,
  width: number,
): void {
  const nameWidth = Math.max(0, ...services.map(({ name }) => name.length));
  const left = 3 + nameWidth;
  let y = top;
  for (const service of services) {
    const { name, vip, port, protocol, scheduler, forwarding, directors, realServers, vipSegment } = service;
    const holders = directors.map(({ node }) => node).join(' or ');
    canvas.text(1, y, name, bold);
    const what = `${vip}:${port} ${protocol}  ${scheduler}  ${forwarding.toUpperCase()}`;
    const where = `on ${vipSegment} by ${holders}`;
    const isOneLine = left + what.length + 2 + where.length <= width;
    canvas.text(left, y, isOneLine ? `${what}  ${where}` : what);
    if (!isOneLine) canvas.text(left, ++y, where);
    y++;
    const widths = {
      node: Math.max(...realServers.map(({ node }) => node.length)),
      rip: Math.max(...realServers.map(({ rip, rport }) => `${rip}:${rport}`.length)),
    };
    for (const [index, { node, rip, rport, weight }] of realServers.entries()) {
      const isLast = index === realServers.length - 1;
      const branch = unicode ? (isLast ? '└─' : '├─') : isLast ? '`-' : '|-';
      const endpoint = `${rip}:${rport}`.padEnd(widths.rip);
      canvas.text(left, y, branch, faint);
      canvas.text(left + 3, y, node.padEnd(widths.node), roleStyles.realServer);
      canvas.text(left + 5 + widths.node, y, `${endpoint}  weight ${weight}`);
      y++;
    }
    y++;
  }
}
