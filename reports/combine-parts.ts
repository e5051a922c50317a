import type { Verdict } from '../lab/checkers/rule.ts';
import type { RepeatCounts, ReportedPart, ReportedVerdict } from './run-report.ts';
import { heaviest, verdictCountWord, type verdictsByWeight } from './verdict-words.ts';

/** What a verdict is about. */
export interface VerdictOf {
  readonly id: string;
  readonly title: string;
  readonly level?: 'must' | 'should' | 'may';
}

/**
 * One verdict from all tests of one requirement: *fail* over *inconclusive* over *pass* over *skipped*, with
 * every part kept. A waiver turns *fail* into *skipped* and leaves the findings; it hides nothing else, so
 * that an *inconclusive* part beside a waived one still shows. Without parts the verdict is *skipped*.
 */
export function combineParts(
  of: VerdictOf,
  parts: readonly ReportedPart[],
  waiver?: string,
): ReportedVerdict {
  const numbered = numberRounds(parts);
  const before = heaviest(numbered.map(({ verdict }) => verdict));
  const isWaived = waiver !== undefined && before === 'fail';
  const after = isWaived ? numbered.map((part) => waive(part, waiver)) : numbered;
  const verdict = isWaived ? waivedVerdict(after) : before;
  const deciding = decidingPart(after, numbered, verdict);
  const evidence = [...new Set(after.flatMap((part) => part.evidence ?? []))];
  const repeat = repeatCounts(numbered);
  const staleWaiver = verdict === 'pass' ? waiver : undefined;
  return {
    ...of,
    verdict,
    topology: [...new Set(after.map(({ topology }) => topology).filter((name) => name !== ''))].join(', '),
    durationMs: after.reduce((sum, { durationMs }) => sum + durationMs, 0),
    reason: reasonOf(after, deciding, verdict, staleWaiver),
    findings: after.flatMap(({ findings }) => findings),
    ...(deciding?.measured === undefined ? {} : { measured: deciding.measured }),
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(isWaived ? { waived: waiver } : {}),
    ...(staleWaiver === undefined ? {} : { staleWaiver }),
    ...(after.length > 1 ? { parts: after } : {}),
    ...(repeat === undefined ? {} : { repeat }),
  };
}

function waive(part: ReportedPart, waiver: string): ReportedPart {
  return part.verdict === 'fail' ? { ...part, verdict: 'skipped', reason: `waived: ${waiver}` } : part;
}

/** A waived failure beside a pass is no pass: the subject does differ. */
function waivedVerdict(parts: readonly ReportedPart[]): Verdict {
  return parts.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'skipped';
}

/** The first part with the verdict of the whole; of a waived whole, the first that failed. */
function decidingPart(
  after: readonly ReportedPart[],
  before: readonly ReportedPart[],
  verdict: Verdict,
): ReportedPart | undefined {
  const failedIndex = before.findIndex((part) => part.verdict === 'fail');
  if (verdict === 'skipped' && failedIndex >= 0) return after[failedIndex];
  return after.find((part) => part.verdict === verdict);
}

function reasonOf(
  parts: readonly ReportedPart[],
  deciding: ReportedPart | undefined,
  verdict: Verdict,
  staleWaiver: string | undefined,
): string {
  if (deciding === undefined) return 'no test ran for it';
  const same = parts.filter((part) => part.verdict === verdict).length;
  const reason =
    parts.length === 1
      ? deciding.reason
      : `${same} of ${parts.length} parts ${verdictCountWord[verdict]}; ${partLabel(deciding, parts)}: ${deciding.reason}`;
  return staleWaiver === undefined ? reason : `${reason} (waiver is stale: ${staleWaiver})`;
}

/** What tells a part from its siblings: whichever of title, topology and round differ among them. */
export function partLabel(
  { title, topology, round }: ReportedPart,
  siblings: readonly ReportedPart[],
): string {
  const differ = (member: 'title' | 'topology') => new Set(siblings.map((part) => part[member])).size > 1;
  const marks = [
    ...(differ('title') ? [title] : []),
    ...(differ('topology') && topology !== '' ? [topology] : []),
    ...(round === undefined ? [] : [`round ${round}`]),
  ];
  return marks.length === 0 ? title : marks.join(', ');
}

/** The n-th part of the same title and topology is of round n. */
function numberRounds(parts: readonly ReportedPart[]): readonly ReportedPart[] {
  const key = ({ title, topology }: ReportedPart) => JSON.stringify([title, topology]);
  const total = Map.groupBy(parts, key);
  const seen = new Map<string, number>();
  return parts.map((part) => {
    if ((total.get(key(part))?.length ?? 0) < 2) return part;
    const round = (seen.get(key(part)) ?? 0) + 1;
    seen.set(key(part), round);
    return { ...part, round };
  });
}

function repeatCounts(parts: readonly ReportedPart[]): RepeatCounts | undefined {
  if (parts.every(({ round }) => round === undefined)) return undefined;
  const rounds = [...Map.groupBy(parts, ({ round }) => round ?? 1).values()];
  const counts = Map.groupBy(rounds, (round) => heaviest(round.map(({ verdict }) => verdict)));
  const count = (verdict: (typeof verdictsByWeight)[number]) => counts.get(verdict)?.length ?? 0;
  return {
    rounds: rounds.length,
    passed: count('pass'),
    failed: count('fail'),
    inconclusive: count('inconclusive'),
    skipped: count('skipped'),
  };
}
