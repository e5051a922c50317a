import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startVitest } from 'vitest/node';
import type { ReportedVerdict, RunReport } from '../../reports/run-report.ts';
import { progress } from './reporter/progress.ts';
import { Screen } from './reporter/screen.ts';
import { type ReporterOutput, VerdictReporter, type VerdictReporterOptions } from './reporter.ts';

const ids = Array.from({ length: 14 }, (_, index) => `LVS-DR-${String(index + 1).padStart(2, '0')}`);
const requirement = (id: string) => ({ id, statement: `What ${id} says.`, level: 'must' as const });

/** Where a log goes that no terminal shows. */
class Log implements ReporterOutput {
  text = '';
  write(text: string): void {
    this.text += text;
  }
  on(): void {}
  off(): void {}
}

function reporterFor(options: Partial<VerdictReporterOptions> = {}): VerdictReporter {
  return new VerdictReporter({
    halab: '0.1.0',
    subject: { name: 'stack', version: '0.1.0' },
    requirements: ids.map(requirement),
    machine: () => ({ accelerator: 'tcg', cores: 2, kernel: '6.1.0' }),
    seed: 7,
    output: new Log(),
    environment: {},
    ...options,
  });
}

/** Runs a fixture suite as `halab run` does: Vitest with this one reporter. */
async function runSuite(suite: string, reporter: VerdictReporter, runs = 1): Promise<void> {
  const exitCode = process.exitCode;
  for (let run = 0; run < runs; run += 1) {
    const vitest = await startVitest(
      'test',
      [],
      {
        root: join(import.meta.dirname, 'reporter', 'fixture-suites'),
        config: false,
        watch: false,
        include: [`${suite}.suite.ts`],
        reporters: [reporter],
        maxWorkers: 1,
      },
      {},
      { stdout: reporter.vitestOutput, stderr: reporter.vitestOutput },
    );
    await vitest.close();
  }
  // Vitest sets that of this process when a suite fails, as these have to.
  process.exitCode = exitCode;
}

async function reportOf(suite: string, options: Partial<VerdictReporterOptions> = {}): Promise<RunReport> {
  using reporter = reporterFor(options);
  await runSuite(suite, reporter, options.runs);
  if (reporter.report === undefined) throw new Error('the run did not come to its end');
  return reporter.report;
}

const verdictOf = (report: RunReport, id: string): ReportedVerdict | undefined =>
  report.verdicts.find((verdict) => verdict.id === id);
const short = ({ verdicts }: RunReport) =>
  verdicts.map(({ id, verdict, reason }) => `${id} ${verdict}: ${reason}`);

test('each way in which a test can end becomes its verdict', async () => {
  expect(short(await reportOf('every-verdict'))).toMatchInlineSnapshot(`
    [
      "LVS-DR-01 pass: 32 of 32 frames",
      "LVS-DR-02 fail: 1 of 32 frames",
      "LVS-DR-03 fail: 1 of 32 replies",
      "LVS-DR-04 inconclusive: LAB_NODE_SILENT: web1 did not answer within 10 s",
      "LVS-DR-05 inconclusive: cannot read the future",
      "LVS-DR-06 inconclusive: Test timed out in 20ms.",
      "LVS-DR-07 inconclusive: the situation was not produced: no ARP request was seen",
      "LVS-DR-08 skipped: missing capability: ipvs",
      "LVS-DR-09 skipped: not applicable: no arptables",
      "LVS-DR-10 inconclusive: the test ended without a judgement",
      "LVS-DR-11 inconclusive: LAB_WIRES_GONE: the wires stopped",
      "LVS-DR-12 fail: 1 of 1",
      "LVS-DR-13 inconclusive: 1 of 2 parts inconclusive; LVS-DR-13b: variants share a verdict, lvs-dr-routed: of lvs-dr-routed",
      "LVS-DR-14 skipped: no test ran for it",
    ]
  `);
});

test('topology, figures, findings and evidence of a test reach the report', async () => {
  const report = await reportOf('every-verdict');

  expect(verdictOf(report, 'LVS-DR-01')).toMatchObject({
    title: 'What LVS-DR-01 says.',
    level: 'must',
    topology: 'lvs-dr',
    measured: { frames: 32 },
    evidence: ['LVS-DR-01'],
  });
  expect(verdictOf(report, 'LVS-DR-03')?.findings).toEqual([
    {
      rule: 'LVS-DR-03',
      claim: 'web1 sent a reply to the client through the director',
      at: '+12.310 s',
      node: 'web1',
      segment: 'lan',
      expected: 'a frame to 02:00:5e:00:00:0a (client)',
      seen: ['a frame to 02:00:5e:00:00:02 (director)'],
      evidence: ['LVS-DR-03/lan.pcapng#118'],
    },
  ]);
  expect(verdictOf(report, 'LVS-DR-04')?.evidence).toEqual(['LVS-DR-04', 'LVS-DR-04/nodes/web1/console.log']);
  expect(verdictOf(report, 'LVS-DR-13')).toMatchObject({
    topology: 'lvs-dr, lvs-dr-routed',
    parts: [{}, {}],
  });
});

test('a known deviation waives a failure, and is stale where there is none', async () => {
  const knownDeviations = { 'LVS-DR-01': 'old note', 'LVS-DR-03': 'old kernel' };
  const report = await reportOf('every-verdict', {
    subject: { name: 'stack', version: '0.1.0', knownDeviations },
  });

  expect(verdictOf(report, 'LVS-DR-01')).toMatchObject({ verdict: 'pass', staleWaiver: 'old note' });
  expect(verdictOf(report, 'LVS-DR-03')).toMatchObject({ verdict: 'skipped', reason: 'waived: old kernel' });
});

test('a test that Vitest repeats keeps the judgement and the evidence of each round', async () => {
  const report = await reportOf('repeated', { requirements: [requirement('SCHED-01')] });
  const verdict = verdictOf(report, 'SCHED-01');

  expect(verdict?.verdict).toBe('fail');
  expect(verdict?.repeat).toEqual({ rounds: 5, passed: 3, failed: 1, inconclusive: 1, skipped: 0 });
  expect(verdict?.parts?.map(({ verdict, reason, evidence }) => [verdict, reason, evidence])).toEqual([
    ['pass', 'round 1', ['SCHED-01-1']],
    ['fail', 'round 2', ['SCHED-01-2']],
    ['inconclusive', 'LAB_NODE_GONE: director is gone', ['SCHED-01-3']],
    ['pass', 'round 4', ['SCHED-01-4']],
    ['pass', 'round 5', ['SCHED-01-5']],
  ]);
});

test('a run that is repeated as a whole is one report with rounds', async () => {
  const output = new Log();
  const report = await reportOf('annotated', { requirements: [requirement('LVS-DR-01')], runs: 3, output });

  expect(verdictOf(report, 'LVS-DR-01')).toMatchObject({ verdict: 'pass', repeat: { rounds: 3, passed: 3 } });
  expect(output.text.match(/passed, 0 failed/g)).toHaveLength(1);
});

test('a suite that does not load is a problem, and the run is no pass', async () => {
  using reporter = reporterFor({ requirements: [requirement('LVS-DR-01')] });
  await runSuite('does-not-load', reporter);

  expect(reporter.report?.problems).toEqual(['does-not-load.suite.ts: this file has no tests']);
  expect(reporter.exitCode).toBe(3);
});

test('tests behind a hook that throws are inconclusive', async () => {
  const report = await reportOf('broken-hook', { requirements: [requirement('LVS-DR-01')] });

  expect(short(report)).toEqual(['LVS-DR-01 inconclusive: LAB_NODE_BOOT: director did not boot within 60 s']);
  expect(report.problems).toEqual([
    'broken-hook.suite.ts, "a lab that does not start": LAB_NODE_BOOT: director did not boot within 60 s',
  ]);
});

test('a run in which no test is found has exit code 2', async () => {
  using reporter = reporterFor();
  await runSuite('there-is-none', reporter).catch(() => undefined);

  expect(reporter.exitCode).toBe(2);
});

test('a test that nobody asked for and that is skipped without a word is not in the report', async () => {
  const report = await reportOf('filtered', { requirements: [requirement('LVS-DR-01')] });

  expect(report.verdicts.map(({ id }) => id)).toEqual([
    'LVS-DR-01',
    'LVS-DR-03',
    'a helper without a requirement',
  ]);
});

test('a withdrawn requirement is not judged', async () => {
  const withdrawn = { ...requirement('LVS-DR-02'), withdrawn: 'the kernel changed' };
  const report = await reportOf('annotated', { requirements: [requirement('LVS-DR-01'), withdrawn] });

  expect(report.verdicts.map(({ id }) => id)).toEqual(['LVS-DR-01']);
});

test('reports are written at the end, and the summary says where', async () => {
  const outDirectory = mkdtempSync(join(tmpdir(), 'halab-run-'));
  onTestFinished(() => rmSync(outDirectory, { recursive: true }));
  const output = new Log();
  const report = await reportOf('annotated', {
    requirements: [requirement('LVS-DR-01')],
    outDirectory,
    output,
  });

  expect(readdirSync(outDirectory).sort()).toEqual(['junit.xml', 'report.html', 'verdicts.json']);
  expect(JSON.parse(readFileSync(join(outDirectory, 'verdicts.json'), 'utf8'))).toEqual(report);
  expect(output.text).toMatch(
    new RegExp(
      `\\n1 passed, 0 failed, 0 inconclusive, 0 skipped in .* s — subject stack, accelerator tcg\\nreport and evidence: ${outDirectory}\\n$`,
    ),
  );
});

test('without a terminal there is a plain line for each test and each step before them', async () => {
  const output = new Log();
  using reporter = reporterFor({ output, requirements: [requirement('LVS-DR-01')] });
  progress('building the guest image', 0.1);
  progress('building the guest image', 0.2);
  progress('booting');
  await runSuite('annotated', reporter);

  const [first, second, third] = output.text.split('\n');
  expect([first, second]).toEqual(['building the guest image', 'booting']);
  expect(third).toMatch(/^pass {10}LVS-DR-01: says what it waits for \(\d+\.\d s\)$/);
  expect(output.text).not.toMatch(/[^\P{Cc}\n]/u);
});

test('on a terminal a list lives while tests run and stands when they are over', async () => {
  const screen = new Screen(80, 24);
  using reporter = reporterFor({ output: screen, requirements: ids.slice(0, 2).map(requirement) });
  progress('building the guest image', 0.4);
  expect(screen.cursorIsShown).toBe(false);
  expect(screen.text).toMatch(
    /· LVS-DR-02 {2}What LVS-DR-02 says\.\n. building the guest image {2}━+─+ {2}40 %\n✓ 0 passed/,
  );

  await runSuite('annotated', reporter);

  expect(screen.cursorIsShown).toBe(true);
  expect(screen.text.replace(/\d\.\d s/g, 'N s')).toMatchInlineSnapshot(`
    "✓ LVS-DR-01  What LVS-DR-01 says.                                         N s
    – LVS-DR-02  What LVS-DR-02 says.

    1 passed, 0 failed, 0 inconclusive, 1 skipped in N s — subject stack, accelera
    tor tcg"
  `);
});

test('the live list names the topology and what the running test waits for', async () => {
  const screen = new Screen(100, 24);
  const frames: string[] = [];
  const write = screen.write.bind(screen);
  screen.write = (text: string) => {
    write(text);
    frames.push(screen.text);
    return true;
  };
  const onOneTopology = { ...requirement('LVS-DR-01'), topologies: ['lvs-arp'] };
  using reporter = reporterFor({ output: screen, requirements: [onOneTopology] });

  await runSuite('annotated', reporter);

  const running = frames.find((frame) => frame.includes('booting 4 machines'));
  expect(running).toMatch(/^subject stack 0\.1\.0 {3}topology lvs-arp {3}accelerator tcg/);
  expect(running).toMatch(/LVS-DR-01 {2}booting 4 machines — What LVS-DR-01 says\./);
});

test('NO_COLOR takes the colours away, and TERM=dumb the live view', () => {
  const drawn = (environment: Record<string, string>) => {
    const screen = new Screen(80, 24);
    let text = '';
    const write = screen.write.bind(screen);
    screen.write = (part: string) => {
      text += part;
      return write(part);
    };
    reporterFor({ output: screen, environment })[Symbol.dispose]();
    return text;
  };

  expect(drawn({})).toContain('\u001b[1msubject stack 0.1.0\u001b[0m');
  expect(drawn({ NO_COLOR: '' })).toContain('\u001b[1msubject stack 0.1.0\u001b[0m');
  expect(drawn({ NO_COLOR: '1' })).toContain(
    '\u001b[?2026hsubject stack 0.1.0'.slice('\u001b[?2026h'.length),
  );
  expect(drawn({ NO_COLOR: '1' })).not.toMatch(/\p{Cc}\[\d+m/u);
  expect(drawn({ TERM: 'dumb' })).toBe('');
});

test('what a suite prints goes above the live list', async () => {
  const screen = new Screen(80, 24);
  using reporter = reporterFor({ output: screen, requirements: [requirement('LVS-DR-01')] });

  reporter.onUserConsoleLog({ content: 'a line of a suite\n' });
  reporter.vitestOutput.write('a line of Vitest\n');

  expect(screen.text).toMatch(/^a line of a suite\na line of Vitest\nsubject stack/);
});

test('a run that is broken off reports what it knows and calls the rest inconclusive', () => {
  const output = new Log();
  using reporter = reporterFor({ output, requirements: [requirement('LVS-DR-01')] });

  reporter.interrupt([]);
  reporter.interrupt([]);

  expect(reporter.exitCode).toBe(3);
  expect(output.text.match(/the run was interrupted before its test ran/g)).toHaveLength(1);
});
