import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RecordPosition, Stall } from '../wires/protocol.ts';
import type { TraceEvent } from './event.ts';

/** The stretch of a lab's record that belongs to one test. */
export interface EvidenceWindow {
  /** Nanoseconds on the lab clock. */
  readonly from: RecordPosition;
  readonly to: RecordPosition;
}

export interface EvidenceOptions {
  /** The lab's own record: `<wire>.pcapng`, `nodes/<node>/console.log`. */
  readonly recordDirectory: string;
  readonly target: string;
  readonly window: EvidenceWindow;
  readonly events: readonly TraceEvent[];
  /** First line of `trace.jsonl`. */
  readonly header: TraceHeader;
}

/** What a reader of the folder must know to put files and events on one clock. */
export interface TraceHeader {
  readonly kind: 'header';
  readonly halab: string;
  readonly topology: string;
  readonly subject: string;
  readonly seed: number;
  /** Nanoseconds since 1970, decimal, at which the lab clock is 0. */
  readonly originEpochNs: string;
  /** The folder begins where the lab did, and not in the middle of its life. */
  readonly beginsAtStart: boolean;
  /** False when frames are missing from the record. */
  readonly isComplete: boolean;
}

/**
 * Makes one test's folder: each wire's frames of that time in a file of their own, which opens in Wireshark
 * as it is, and the events. What the verdict is drawn from is this folder and nothing else, so whoever has
 * the folder can draw it again.
 */
export function writeEvidence(options: EvidenceOptions): void {
  const { recordDirectory, target, window, events, header } = options;
  mkdirSync(target, { recursive: true });
  for (const [wire, to] of Object.entries(window.to.wires)) {
    const from = header.beginsAtStart ? 0 : (window.from.wires[wire]?.fileBytes ?? 0);
    sliceWire(join(recordDirectory, `${wire}.pcapng`), join(target, `${wire}.pcapng`), from, to.fileBytes);
  }
  const stalls = readStalls(join(recordDirectory, 'stalls.jsonl'), window, header.beginsAtStart);
  const inOrder = [...events, ...stalls].sort((a, b) => a.at - b.at);
  const lines = [header, ...inOrder].map((line) => JSON.stringify(line));
  writeFileSync(join(target, 'trace.jsonl'), `${lines.join('\n')}\n`);
  const nodes = join(recordDirectory, 'nodes');
  for (const node of existsSync(nodes) ? readdirSync(nodes) : []) {
    const consoleLog = join(nodes, node, 'console.log');
    if (existsSync(consoleLog)) copyFileSync(consoleLog, join(target, `${node}.console.log`));
  }
}

/** When the wires stood still, as they noticed themselves. */
function readStalls(path: string, window: EvidenceWindow, fromStart: boolean): readonly TraceEvent[] {
  if (!existsSync(path)) return [];
  const begin = fromStart ? 0 : window.from.atNs;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Stall)
    .map(
      ({ beginNs, lengthNs }) =>
        ({ kind: 'stall', at: beginNs, until: beginNs + lengthNs, where: 'wires' }) as const,
    )
    .filter(({ at, until }) => until >= begin && at <= window.to.atNs);
}

/** Events of the time before a window that still describe the cluster in it. */
export function eventsFor(
  window: EvidenceWindow,
  all: readonly TraceEvent[],
  fromStart: boolean,
): readonly TraceEvent[] {
  const begin = fromStart ? 0 : window.from.atNs;
  const inWindow = all.filter((event) => endOf(event) >= begin && event.at <= window.to.atNs);
  if (fromStart) return inWindow;
  const before = all.filter((event) => endOf(event) < begin);
  const lastTables = new Map(
    before.flatMap((event) =>
      event.kind === 'observation' && event.what === 'ip_vs'
        ? [[`${event.node} ${event.namespace ?? ''}`, event]]
        : [],
    ),
  );
  const settings = before.filter(({ kind }) => kind === 'setting');
  return [...[...settings, ...lastTables.values()].sort((a, b) => a.at - b.at), ...inWindow];
}

function endOf(event: TraceEvent): number {
  return 'until' in event ? event.until : event.at;
}

const enhancedPacket = 6;

/** Bytes of a pcapng file's blocks before its first packet; packets from `from` on follow them in the slice. */
function sliceWire(source: string, target: string, from: number, to: number): void {
  const fd = openSync(source, 'r');
  try {
    const headerEnd = findFirstPacket(fd, to);
    const begin = Math.max(from, headerEnd);
    const bytes = Buffer.alloc(headerEnd + Math.max(0, to - begin));
    readSync(fd, bytes, 0, headerEnd, 0);
    if (to > begin) readSync(fd, bytes, headerEnd, to - begin, begin);
    writeFileSync(target, bytes);
  } finally {
    closeSync(fd);
  }
}

function findFirstPacket(fd: number, end: number): number {
  const head = Buffer.alloc(8);
  let offset = 0;
  while (offset + 8 <= end && readSync(fd, head, 0, 8, offset) === 8) {
    if (head.readUInt32LE(0) === enhancedPacket) return offset;
    offset += head.readUInt32LE(4);
  }
  return offset;
}
