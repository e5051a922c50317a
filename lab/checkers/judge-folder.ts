import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabPlan } from '../topology/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { TraceHeader } from '../trace/evidence.ts';
import { checkCaptures } from './check-capture.ts';
import type { Judgement } from './rule.ts';
import { rules } from './rules.ts';

export interface FolderOptions {
  /** A test's evidence: `<segment>.pcapng` for each segment, and `trace.jsonl`. */
  readonly folder: string;
  readonly plan: LabPlan;
  readonly ids: readonly string[];
}

/** Draws verdicts from a test's folder, the same way whether the test has just ended or a year ago. */
export function judgeFolder({ folder, plan, ids }: FolderOptions): ReadonlyMap<string, Judgement> {
  const trace = readTrace(folder);
  const segments = new Set(plan.segments.map(({ name }) => name));
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.pcapng') && segments.has(name.slice(0, -'.pcapng'.length)))
    .map((name) => ({ path: join(folder, name), segment: name.slice(0, -'.pcapng'.length) }));
  const { judgements } = checkCaptures({
    files,
    plan,
    rules: rules.filter(({ id }) => ids.includes(id)),
    ...(trace === undefined
      ? {}
      : {
          events: trace.events,
          originEpochNs: trace.header.originEpochNs,
          isComplete: trace.header.isComplete,
          beginsAtStart: trace.header.beginsAtStart,
        }),
  });
  return judgements;
}

export interface StoredTrace {
  readonly header: TraceHeader;
  /** In order of `at`. */
  readonly events: readonly TraceEvent[];
}

/** What lies beside the captures of a lab; undefined where they lie alone. */
export function readTrace(folder: string): StoredTrace | undefined {
  const path = join(folder, 'trace.jsonl');
  if (!existsSync(path)) return undefined;
  const [first = '{}', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const header = JSON.parse(first) as TraceHeader;
  const events = lines.map((line) => JSON.parse(line) as TraceEvent);
  return { header, events: events.toSorted((a, b) => a.at - b.at) };
}
