import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaptureParser, LINKTYPE_ETHERNET, Packet } from 'tcpdump-parser';
import { buildReport } from '../../reports/build-report.ts';
import { exitCodeOf } from '../../reports/exit-code.ts';
import { reportedFinding } from '../../reports/reported-finding.ts';
import type { ReportedPart, RunReport } from '../../reports/run-report.ts';
import { summaryLine } from '../../reports/summary.ts';
import { verdictsJson } from '../../reports/verdicts-json.ts';
import { requirements } from '../../suites/requirements/registry.ts';
import type { CaptureFile } from '../checkers/capture-source.ts';
import { type CheckResult, checkCaptures } from '../checkers/check-capture.ts';
import { readTrace, type StoredTrace } from '../checkers/judge-folder.ts';
import type { Judgement } from '../checkers/rule.ts';
import { rules } from '../checkers/rules.ts';
import { LabError } from '../errors.ts';
import type { Topology } from '../topology/define.ts';
import { identifyTopology } from '../topology/identify.ts';
import { loadTopology, topologyNames } from '../topology/load.ts';
import { nearestName } from '../topology/nearest-name.ts';
import { type LabPlan, planLab } from '../topology/plan.ts';
import { renderVerdicts } from '../vitest/reporter/render-checklist.ts';
import { renderOutcome } from '../vitest/reporter/render-outcome.ts';
import { halabVersion } from './version.ts';

export interface CheckCommandOptions {
  readonly topology?: string;
  readonly json?: boolean;
  /** Leave aside what a lab recorded beside the capture. */
  readonly wireOnly?: boolean;
  /** Judge what there is of a capture that is cut or damaged. */
  readonly damaged?: boolean;
}

const topologies = fileURLToPath(new URL('../../topologies/', import.meta.url));

/** `halab check`: judges captures with the rules that judge a live lab. Answers with the exit code. */
export async function check(words: readonly string[], options: CheckCommandOptions): Promise<number> {
  const startedAt = new Date();
  const began = performance.now();
  const named = words.map(readWord);
  const trace = options.wireOnly === true ? undefined : traceBeside(named);
  const { plan, how } = await findPlan(named, options.topology, trace);
  const files = named.map((file) => knownSegment(file, plan));
  const result = checkCaptures({
    files,
    plan,
    rules,
    ...(trace === undefined
      ? {}
      : {
          events: trace.events,
          originEpochNs: trace.header.originEpochNs,
          isComplete: trace.header.isComplete,
          beginsAtStart: trace.header.beginsAtStart,
        }),
  });
  refuseBadCaptures(result, files, { damaged: options.damaged === true, hasTrace: trace !== undefined });

  const report = reportOf(result, plan, files, startedAt, Math.round(performance.now() - began));
  if (options.json === true) process.stdout.write(verdictsJson(report));
  else process.stdout.write(renderResult(report, result, how));
  return exitCodeOf(report);
}

/** `FILE`, `SEGMENT=FILE`, or the folder of a test. */
function readWord(word: string): CaptureFile {
  const mapping = /^([A-Za-z][\w-]*)=(.+)$/.exec(word);
  const [segment, path] =
    mapping !== null && !existsSync(word) ? [mapping[1], mapping[2] ?? ''] : [undefined, word];
  if (!existsSync(path)) throw new LabError('LAB_USAGE', `capture ${path} does not exist`);
  if (statSync(path).isDirectory()) {
    throw new LabError(
      'LAB_USAGE',
      `${path} is a folder; give the captures in it, such as ${join(path, '*.pcapng')}`,
    );
  }
  return segment === undefined ? { path } : { path, segment };
}

/** A lab leaves `trace.jsonl` beside its captures; it counts when all captures lie in its folder. */
function traceBeside(files: readonly CaptureFile[]): StoredTrace | undefined {
  const folders = new Set(files.map(({ path }) => dirname(path)));
  const [folder] = folders;
  const areOwn = files.every(({ path }) => path.endsWith('.pcapng'));
  return folders.size === 1 && folder !== undefined && areOwn ? readTrace(folder) : undefined;
}

async function findPlan(
  files: readonly CaptureFile[],
  asked: string | undefined,
  trace: StoredTrace | undefined,
): Promise<{ readonly plan: LabPlan; readonly how: string }> {
  const load = async (name: string) => planLab(await loadTopology(name, { searchDirectory: topologies }));
  if (asked !== undefined) return { plan: await load(asked), how: 'as told' };
  if (trace !== undefined) return { plan: await load(trace.header.topology), how: 'as the lab recorded' };
  const known: Topology[] = [];
  for (const name of await topologyNames(topologies)) {
    known.push(await loadTopology(name, { searchDirectory: topologies }));
  }
  const macs = beginningMacs(files);
  if (macs.size === 0) throw noFrame(files);
  const name = identifyTopology(macs, known);
  if (name !== undefined) return { plan: await load(name), how: 'recognised by its MAC addresses' };
  throw new LabError(
    'LAB_USAGE',
    `no topology of the lab has the MAC addresses of ${files.map(({ path }) => path).join(', ')}; ` +
      'say with --topology FILE which machine has which address (`halab graph lvs-dr` shows an example)',
  );
}

/** A capture is recognised by its first megabyte. */
const recogniseBytes = 1_000_000;

function beginningMacs(files: readonly CaptureFile[]): ReadonlySet<number> {
  const macs = new Set<number>();
  const packet = new Packet();
  for (const { path } of files) {
    const parser = new CaptureParser({
      frame: ({ buffer, offset, capturedLength, linkType, originalLength }) => {
        if (linkType !== LINKTYPE_ETHERNET) return;
        packet.decode(buffer, offset, capturedLength, linkType, originalLength);
        macs.add(packet.sourceMac).add(packet.destinationMac);
      },
      problem: () => {},
    });
    const bytes = new Uint8Array(recogniseBytes);
    const fd = openSync(path, 'r');
    try {
      parser.push(bytes.subarray(0, readSync(fd, bytes)));
    } finally {
      closeSync(fd);
    }
  }
  return macs;
}

function knownSegment(file: CaptureFile, plan: LabPlan): CaptureFile {
  const names = plan.segments.map(({ name }) => name);
  if (file.segment === undefined || names.includes(file.segment)) return file;
  const nearest = nearestName(file.segment, names);
  throw new LabError(
    'LAB_USAGE',
    `topology ${plan.topology} has no segment "${file.segment}"; it has ${names.join(', ')}` +
      (nearest === undefined ? '' : `; did you mean "${nearest}"?`),
  );
}

/**
 * A verdict on half a capture would pass for one on the whole. A lab's own capture may be empty: what happened
 * then stands in the trace beside it.
 */
function refuseBadCaptures(
  { problems, frames }: CheckResult,
  files: readonly CaptureFile[],
  { damaged, hasTrace }: { readonly damaged: boolean; readonly hasTrace: boolean },
): void {
  if (problems.length > 0 && (!damaged || frames === 0)) {
    const lines = problems.map(
      ({ file, problem }) => `${file.path}: ${problem.text} (byte ${problem.offset})`,
    );
    const hint = frames === 0 ? [] : [`${frames} frames could be read; --damaged judges what there is`];
    throw new LabError('LAB_USAGE', [...lines, ...hint].join('\n'));
  }
  if (frames === 0 && !hasTrace) throw noFrame(files);
}

function noFrame(files: readonly CaptureFile[]): LabError {
  return new LabError('LAB_USAGE', `${files.map(({ path }) => path).join(', ')}: no frame in the capture`);
}

function reportOf(
  result: CheckResult,
  plan: LabPlan,
  files: readonly CaptureFile[],
  startedAt: Date,
  durationMs: number,
): RunReport {
  const judged = Object.values(requirements).filter(({ id }) => result.judgements.has(id));
  const parts = new Map(
    judged.map(({ id, statement }) => {
      const judgement = result.judgements.get(id);
      return [id, judgement === undefined ? [] : [partOf(judgement, statement, plan.topology)]] as const;
    }),
  );
  return buildReport(
    {
      halab: halabVersion(),
      subject: { name: files.map(({ path }) => path).join(', '), version: 'capture' },
      machine: { cores: cpus().length, kernel: release() },
      seed: 0,
      startedAt: startedAt.toISOString(),
      durationMs,
    },
    {
      requirements: judged.map(({ id, statement, level }) => ({ id, title: statement, level })),
      parts,
      knownDeviations: {},
      problems: [],
      isInterrupted: false,
    },
  );
}

function partOf(judgement: Judgement, title: string, topology: string): ReportedPart {
  const { verdict, reason, findings, measured } = judgement;
  return {
    title,
    topology,
    verdict,
    durationMs: 0,
    reason,
    findings: findings.map((finding) => reportedFinding(finding)),
    ...(measured === undefined ? {} : { measured }),
  };
}

function renderResult(
  report: RunReport,
  { frames, durationNs, notes, problems }: CheckResult,
  how: string,
): string {
  const colour = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  const width = process.stdout.columns ?? 100;
  const topology = report.verdicts[0]?.topology ?? '';
  const skipped = report.verdicts.filter(({ verdict }) => verdict === 'skipped');
  const lines = [
    `${frames} frames over ${(durationNs / 1e9).toFixed(3)} s, topology ${topology} (${how})`,
    '',
    ...renderVerdicts(
      report.verdicts.filter(({ verdict }) => verdict !== 'skipped'),
      { width, colour },
    ),
    '',
    ...renderOutcome(report, { colour }).filter((line) => line !== summaryLine(report)),
    ...(skipped.length === 0
      ? []
      : ['not judged:', ...skipped.map(({ id, reason }) => `  ${id}  ${reason}`), '']),
    ...notes.map((note) => `note: ${note}`),
    ...problems.map(({ file, problem }) => `note: ${file.path}: ${problem.text}`),
    summaryLine(report),
    '',
  ];
  return lines.join('\n');
}
