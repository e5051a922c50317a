import { byFamily, type Family } from '../../../reports/family.ts';
import { durationText } from '../../../reports/lab-time.ts';
import type { ReportedVerdict } from '../../../reports/run-report.ts';
import { countVerdicts, heaviest, verdictCountWord, verdictMark } from '../../../reports/verdict-words.ts';
import type { Verdict } from '../../checkers/rule.ts';
import type { ChecklistRow, ChecklistState } from './checklist-state.ts';
import { fitText } from './fit-text.ts';
import { line, type Piece, widthOf } from './line.ts';
import { painter, verdictColour } from './paint.ts';
import type { Progress } from './progress.ts';

export interface ChecklistView {
  /** Of the terminal, in columns and rows. */
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
  /** Milliseconds on the clock of the state's own times. */
  readonly now: number;
}

type EndedRow = ChecklistRow & { readonly state: Verdict };

const verdicts = ['pass', 'fail', 'inconclusive', 'skipped'] as const satisfies readonly Verdict[];

/**
 * The live view as lines that fit the terminal: one row of it stays free, for the cursor. What does not fit
 * is folded, the finished first: finished families, then families that have not begun, then what has ended
 * in the others; of the rest the part around the running test is shown.
 */
export function renderChecklist(state: ChecklistState, view: ChecklistView): readonly string[] {
  const { width, height, colour, now } = view;
  const paint = painter(colour);
  const room = height - 1;
  if (room < 1 || width < 1) return [];
  const progress = state.progress === undefined ? [] : [progressPieces(state.progress, width, now)];
  const footer = footerPieces(state.rows, width);
  const body = fold(byFamily(state.rows), Math.max(1, room - 2 - progress.length), width, now);
  const whole = [headerPieces(state, now), ...body, ...progress, footer];
  // A terminal this low shows what is going on, then the counts.
  const low = [...(progress.length > 0 ? progress : body.slice(0, 1)), footer].slice(0, room);
  return (whole.length <= room ? whole : low).map((pieces) => line(pieces, width, paint));
}

/** Every verdict of a run that is over, however many, for the scroll-back. */
export function renderVerdicts(
  verdicts: readonly ReportedVerdict[],
  { width, colour }: { readonly width: number; readonly colour: boolean },
): readonly string[] {
  const paint = painter(colour);
  const rows = verdicts.map(
    ({ id, title, verdict, durationMs }): ChecklistRow => ({
      id,
      statement: title,
      state: verdict,
      ended: 1,
      planned: 1,
      tookMs: durationMs,
    }),
  );
  return rows.map((row) => line(rowPieces(row, idWidth(rows), width, 0), width, paint));
}

function headerPieces(
  { subject, accelerator, startedAt, rows }: ChecklistState,
  now: number,
): readonly Piece[] {
  const topology = rows.find(({ state }) => state === 'running')?.topology;
  const facts = [
    ...(topology === undefined ? [] : [`topology ${topology}`]),
    ...(accelerator === undefined ? [] : [`accelerator ${accelerator}`]),
    durationText(now - startedAt),
  ];
  return [
    { text: `subject ${subject}`, colour: 'bold' },
    { text: `   ${facts.join('   ')}`, colour: 'dim' },
  ];
}

/** The counts, without their words where these do not fit. */
function footerPieces(rows: readonly ChecklistRow[], width: number): readonly Piece[] {
  const ended = rows.filter(isEnded);
  const counts = countVerdicts(ended.map(({ state }) => ({ verdict: state })));
  const pieces = (withWords: boolean): readonly Piece[] => [
    ...verdicts.map((verdict): Piece => {
      const word = withWords ? ` ${verdictCountWord[verdict]} ` : '';
      const colour = counts[verdict] === 0 ? 'dim' : verdictColour[verdict];
      return { text: `${verdictMark[verdict]} ${counts[verdict]}${word}  `, colour };
    }),
    { text: `· ${rows.length - ended.length} to go`, colour: 'dim' },
  ];
  const whole = pieces(true);
  return widthOf(whole) <= width ? whole : pieces(false);
}

function progressPieces({ text, fraction }: Progress, width: number, now: number): readonly Piece[] {
  const spin: Piece = { text: `${spinner(now)} `, colour: 'bold' };
  if (fraction === undefined || Number.isNaN(fraction)) return [spin, { text }];
  const share = Math.min(1, Math.max(0, fraction));
  const percent = `${Math.floor(share * 100)} %`;
  const barWidth = Math.min(24, width - widthOf([spin, { text }]) - percent.length - 4);
  if (barWidth < 6) return [spin, { text: `${fitText(text, width - 3 - percent.length)} ${percent}` }];
  const done = Math.floor(share * barWidth);
  return [
    spin,
    { text: `${text}  ` },
    { text: '━'.repeat(done), colour: 'green' },
    { text: '─'.repeat(barWidth - done), colour: 'dim' },
    { text: `  ${percent}` },
  ];
}

/** Families as rows, folded as far as needed. */
function fold(
  families: readonly Family<ChecklistRow>[],
  room: number,
  width: number,
  now: number,
): readonly (readonly Piece[])[] {
  const id = idWidth(families.flatMap(({ members }) => members));
  const blocks = families.map((family) => ({
    family,
    isWaiting: family.members.every(({ state }) => state === 'waiting'),
    isFinished: family.members.every(isEnded),
    lines: family.members.map((row) => rowPieces(row, id, width, now)),
  }));
  const count = () => blocks.reduce((sum, { lines }) => sum + lines.length, 0);
  const foldWhere = (
    isFoldable: (block: (typeof blocks)[number]) => boolean,
    folded: (family: Family<ChecklistRow>) => (typeof blocks)[number]['lines'],
  ) => {
    for (const block of blocks) {
      if (count() <= room) return;
      if (block.family.members.length > 1 && isFoldable(block)) block.lines = folded(block.family);
    }
  };
  foldWhere(
    ({ isFinished }) => isFinished,
    ({ name, members }) => [endedPieces(name, members.filter(isEnded), id)],
  );
  foldWhere(
    ({ isWaiting }) => isWaiting,
    ({ name, members }) => [waitingPieces(name, members.length, id)],
  );
  foldWhere(
    ({ isFinished, isWaiting, family }) =>
      !isFinished && !isWaiting && family.members.filter(isEnded).length > 1,
    ({ name, members }) => [
      endedPieces(name, members.filter(isEnded), id),
      ...members.filter((row) => !isEnded(row)).map((row) => rowPieces(row, id, width, now)),
    ],
  );
  const lines = blocks.flatMap((block) => block.lines);
  const active = lines.findIndex(([mark]) => mark?.text === `${spinner(now)} `);
  return around(lines, active < 0 ? lines.findIndex(([mark]) => mark?.text === waitingMark) : active, room);
}

const waitingMark = '· ';

/** A window of `room` lines around one of them, with counts of what lies above and below. */
function around(
  lines: readonly (readonly Piece[])[],
  active: number,
  room: number,
): readonly (readonly Piece[])[] {
  if (lines.length <= room) return lines;
  const start = Math.min(Math.max(0, active - Math.floor(room / 2)), lines.length - room);
  const shown = lines.slice(start, start + room);
  // Two lines that only count would leave nothing else of a window of two.
  if (room < 3) return lines.slice(Math.max(0, active), Math.max(0, active) + room);
  const more = (hidden: number, where: string): readonly Piece[] => [
    { text: `  … ${hidden} more ${where}`, colour: 'dim' },
  ];
  if (start > 0) shown[0] = more(start + 1, 'above');
  const below = lines.length - start - room;
  if (below > 0) shown[room - 1] = more(below + 1, 'below');
  return shown;
}

/** Reserved in every row, so that statements do not move when a time appears: `59.9 s` fits. */
const timeWidth = 6;

function rowPieces(row: ChecklistRow, id: number, width: number, now: number): readonly Piece[] {
  const { state, statement, note, planned, ended, runningSince } = row;
  const isRunning = state === 'running';
  const time = isRunning
    ? durationText(now - (runningSince ?? now))
    : isEnded(row) && state !== 'skipped'
      ? durationText(row.tookMs)
      : '';
  const isPartly = planned > 1 && !isEnded(row);
  const right = `${isPartly ? `  ${ended} of ${planned}` : ''}  ${time.padStart(timeWidth)}`;
  const isBlank = right.trim() === '';
  const text = note === undefined ? statement : `${note} — ${statement}`;
  const textWidth = Math.max(0, width - 2 - id - 2 - right.length);
  return [
    markOf(row, now),
    {
      text: row.id.padEnd(id),
      ...(isRunning || state === 'fail' ? { colour: 'bold' } : state === 'waiting' ? { colour: 'dim' } : {}),
    },
    {
      text: `  ${fitText(text, textWidth).padEnd(isBlank ? 0 : textWidth)}`,
      ...(state === 'waiting' || state === 'skipped' ? { colour: 'dim' } : {}),
    },
    ...(isBlank ? [] : [{ text: right.trimEnd(), colour: 'dim' } as const]),
  ];
}

function markOf(row: ChecklistRow, now: number): Piece {
  if (row.state === 'running') return { text: `${spinner(now)} `, colour: 'bold' };
  if (!isEnded(row)) return { text: waitingMark, colour: 'dim' };
  return { text: `${verdictMark[row.state]} `, colour: verdictColour[row.state] };
}

/** One line for what has ended in a family, with the IDs that somebody will want to know. */
function endedPieces(name: string, ended: readonly EndedRow[], id: number): readonly Piece[] {
  const groups = Map.groupBy(ended, ({ state }) => state);
  const worst = heaviest(groups.keys());
  const words = verdicts.flatMap((verdict) => {
    const rows = groups.get(verdict) ?? [];
    if (rows.length === 0) return [];
    const ids =
      verdict === 'fail' || verdict === 'inconclusive' ? ` (${rows.map((row) => row.id).join(', ')})` : '';
    return [`${rows.length} ${verdictCountWord[verdict]}${ids}`];
  });
  return [
    { text: `${verdictMark[worst]} `, colour: verdictColour[worst] },
    { text: name.padEnd(id), ...(worst === 'fail' ? { colour: 'bold' as const } : {}) },
    { text: `  ${words.join(', ')}` },
  ];
}

function waitingPieces(name: string, count: number, id: number): readonly Piece[] {
  return [
    { text: waitingMark, colour: 'dim' },
    { text: `${name.padEnd(id)}  ${count} to go`, colour: 'dim' },
  ];
}

function idWidth(rows: readonly ChecklistRow[]): number {
  // A test without a requirement has its title for an ID: long ones may not push the statements away.
  return Math.min(20, Math.max(0, ...rows.map(({ id }) => id.length)));
}

function isEnded(row: ChecklistRow): row is EndedRow {
  return row.state !== 'waiting' && row.state !== 'running';
}

const spinnerFrames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Twelve frames a second. */
function spinner(now: number): string {
  return spinnerFrames[Math.floor(now / 80) % spinnerFrames.length] ?? '';
}
