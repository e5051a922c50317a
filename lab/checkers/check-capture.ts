import { basename } from 'node:path';
import type { CapturedFrame, CaptureProblem, InterfaceInfo } from 'tcpdump-parser';
import type { LabPlan } from '../topology/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import { type CaptureFile, readBeginnings, readCaptures } from './capture-source.ts';
import { type FrameOrigin, openJudgement } from './judge.ts';
import { skipped } from './judgement.ts';
import type { Judgement, Rule } from './rule.ts';

export interface CheckOptions {
  readonly files: readonly CaptureFile[];
  readonly plan: LabPlan;
  readonly rules: readonly Rule[];
  /** What a lab recorded beside the wires, in order of `at`. */
  readonly events?: readonly TraceEvent[];
  /** Nanoseconds since 1970, decimal, at which the clock of the events is 0. Default: the first frame. */
  readonly originEpochNs?: string;
  readonly isComplete?: boolean;
  readonly beginsAtStart?: boolean;
}

export interface CheckResult {
  readonly judgements: ReadonlyMap<string, Judgement>;
  readonly frames: number;
  /** Nanoseconds from the first frame to the last. */
  readonly durationNs: number;
  /** What is wrong with the files themselves. Frames that could be read were judged all the same. */
  readonly problems: readonly { readonly file: CaptureFile; readonly problem: CaptureProblem }[];
  /** What a reader of the verdicts should know: strangers on the wire, addresses that contradict each other. */
  readonly notes: readonly string[];
}

/** Judges captures, with what a lab recorded beside them or without. */
export function checkCaptures(options: CheckOptions): CheckResult {
  const { files, plan, rules, events = [] } = options;
  // What no capture can show is not even looked for: most of a million packets' time would go there.
  const judgeable =
    options.events === undefined ? rules.filter(({ needs }) => !needs.includes('events')) : rules;
  const judging = openJudgement(
    { plan, isComplete: options.isComplete ?? true, beginsAtStart: options.beginsAtStart ?? false },
    judgeable,
  );
  const known = new Set(plan.segments.map(({ name }) => name));
  const origins = new Map<string, FrameOrigin>();
  const problems: { file: CaptureFile; problem: CaptureProblem }[] = [];
  const clock = new CaptureClock(options.originEpochNs);
  let nextEvent = 0;
  let frames = 0;
  const tellEventsUntil = (at: number) => {
    for (; nextEvent < events.length; nextEvent += 1) {
      const event = events[nextEvent];
      if (event === undefined || event.at > at) return;
      judging.event(event);
    }
  };
  /** From here on "absent" proves nothing. */
  const gaps: string[] = [];
  const missing = (what: string) => {
    gaps.push(what);
    judging.incomplete(what);
  };
  const nameless: FrameOrigin[] = [];
  const noteOrigin = (file: CaptureFile, { index, name }: InterfaceInfo) => {
    const named = name !== undefined && known.has(name) ? name : undefined;
    const origin = { file: basename(file.path), segment: file.segment ?? named };
    origins.set(`${file.path}\0${index}`, origin);
    if (files.length === 1) nameless[index] = origin;
  };
  const originOf = (frame: CapturedFrame, file: CaptureFile) =>
    nameless[frame.interfaceIndex] ?? origins.get(`${file.path}\0${frame.interfaceIndex}`);
  // In a lab's own record the plan says who is who.
  if (options.originEpochNs === undefined) {
    readBeginnings(files, {
      interface: noteOrigin,
      frame: (frame, file) => {
        const origin = originOf(frame, file);
        if (origin !== undefined) judging.meet(frame, origin);
      },
      problem: () => {},
    });
  }
  readCaptures(files, {
    interface: noteOrigin,
    frame: (frame, file) => {
      const at = clock.at(frame);
      if (nextEvent < events.length) tellEventsUntil(at);
      frames += 1;
      const origin = originOf(frame, file);
      if (origin !== undefined) judging.frame(frame, at, origin);
    },
    statistics: (file, { droppedByInterface = 0, droppedBySystem = 0 }) => {
      const dropped = droppedByInterface + droppedBySystem;
      if (dropped > 0) missing(`${basename(file.path)} lacks ${dropped} frames that its writer dropped`);
    },
    problem: (file, problem) => {
      problems.push({ file, problem });
      missing(`${basename(file.path)} cannot be read in full: ${problem.text}`);
    },
  });
  tellEventsUntil(Number.POSITIVE_INFINITY);
  const judged = judging.finish();
  const judgements = new Map(rules.map(({ id }) => [id, judged.get(id) ?? notInCaptures] as const));
  return {
    judgements,
    frames,
    durationNs: clock.lastNs - clock.firstNs,
    problems,
    notes: [...gaps, ...notesOf(judging)],
  };
}

const notInCaptures: Judgement = skipped(
  'needs what a lab records beside the wires (tables, settings, commands), and a capture alone does not hold it',
);

/** Time stamps as nanoseconds from an origin: a number holds 104 days of them exactly. */
class CaptureClock {
  #originSeconds: number | undefined;
  #originNs = 0;
  firstNs = Number.NaN;
  lastNs = Number.NaN;

  constructor(originEpochNs: string | undefined) {
    if (originEpochNs === undefined) return;
    const origin = BigInt(originEpochNs);
    this.#originSeconds = Number(origin / 1_000_000_000n);
    this.#originNs = Number(origin % 1_000_000_000n);
  }

  at({ seconds, nanoseconds }: CapturedFrame): number {
    if (this.#originSeconds === undefined) {
      this.#originSeconds = seconds;
      this.#originNs = nanoseconds;
    }
    const at = (seconds - this.#originSeconds) * 1e9 + (nanoseconds - this.#originNs);
    if (Number.isNaN(this.firstNs)) this.firstNs = at;
    this.lastNs = at;
    return at;
  }
}

function notesOf({ nodes, malformed }: ReturnType<typeof openJudgement>): readonly string[] {
  const learnt = [...nodes.learnt].map(([mac, node]) => `${mac} was taken for ${node}, by its addresses`);
  const strangers = nodes.strangers.map((mac) => `${mac} is no node of the topology`);
  return [
    ...learnt,
    ...strangers,
    ...nodes.conflicts,
    ...(malformed === 0 ? [] : [`${malformed} frames were malformed and judged by no rule`]),
  ];
}
