import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCaptureFile } from 'tcpdump-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../reports/run-report.ts';
import { type ConformanceRun, conformanceRun, halab, idsWith } from './halab.ts';

/*
 * The two good subjects pass everything, and a capture of their runs says the same as the runs did: as the
 * lab wrote it, and as other tools write it again.
 */

let stack: ConformanceRun;
let original: ConformanceRun;
beforeAll(async () => {
  stack = await conformanceRun(['--subject', 'stack']);
  original = await conformanceRun(['--subject', 'linux-ha']);
});
afterAll(() => {
  for (const run of [stack, original]) rmSync(run.directory, { recursive: true, force: true });
});

describe('conformance', () => {
  test('our stack and the original pass the same requirements, and fail none', () => {
    for (const run of [stack, original]) {
      expect(idsWith(run.report, 'fail'), run.stdout).toEqual([]);
      expect(idsWith(run.report, 'inconclusive'), run.stdout).toEqual([]);
      expect(run.exitCode).toBe(0);
    }
    expect(idsWith(stack.report, 'pass')).toEqual(idsWith(original.report, 'pass'));
    expect(idsWith(stack.report, 'pass').length).toBe(38);
  });

  test('the captures of a run give its verdicts again', async () => {
    for (const part of partsOf(stack.report)) {
      const folder = join(stack.directory, part.evidence);
      const captures = readdirSync(folder).filter((name) => name.endsWith('.pcapng'));
      const again = await checked(captures.map((name) => join(folder, name)));
      expect(again.get(part.id), `${part.id} in ${part.evidence}`).toBe(part.verdict);
    }
  });

  test.each([
    ['tcpdump', (source: string, target: string) => run('tcpdump', ['-r', source, '-w', target])],
    ['editcap', (source: string, target: string) => run('editcap', ['-F', 'pcap', source, target])],
    ['editcap', (source: string, target: string) => run('editcap', ['-F', 'nsecpcap', source, target])],
  ] as const)(
    'a capture that %s wrote again as classic pcap gives the same verdicts on what a wire shows',
    async (program, rewrite) => {
      expect(existsSync(`/usr/bin/${program}`), `${program} is installed`).toBe(true);
      const directory = mkdtempSync(join(tmpdir(), 'halab-again-'));
      try {
        let compared = 0;
        for (const part of partsOf(stack.report).filter(({ topology }) => topology === 'lvs-dr')) {
          const source = join(stack.directory, part.evidence, 'lan.pcapng');
          const target = join(directory, 'lan.pcap');
          rewrite(source, target);
          // Some tests are about tables alone, and nothing crossed the wire.
          if (countFrames(source) === 0) continue;
          const before = await checked([source, '--wire-only']);
          const after = await checked([target]);
          expect([...after], part.id).toEqual([...before]);
          // What the wire shows it shows as it did live; what it does not show is skipped and never passed.
          expect([part.verdict, 'skipped'], part.id).toContain(after.get(part.id));
          if (after.get(part.id) === part.verdict) compared += 1;
        }
        expect(compared).toBeGreaterThan(8);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );

  test('several captures are judged together, one for each segment', async () => {
    const folder = join(stack.directory, 'lvs-dr-routed', 'LVS-DR-03');
    const files = ['inside', 'outside'].map((name) => join(folder, `${name}.pcapng`));
    const directory = mkdtempSync(join(tmpdir(), 'halab-again-'));
    try {
      const words = files.map((file, index) => {
        const target = join(directory, `${index}.pcap`);
        run('editcap', ['-F', 'pcap', file, target]);
        return `${index === 0 ? 'inside' : 'outside'}=${target}`;
      });
      const verdicts = await checked([...words, '--topology', 'lvs-dr-routed']);
      expect(verdicts.get('LVS-DR-03')).toBe('pass');
      expect(verdicts.get('LVS-DR-01')).toBe('pass');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

interface EvidencedPart {
  readonly id: string;
  readonly topology: string;
  readonly verdict: string;
  readonly evidence: string;
}

function partsOf(report: RunReport): readonly EvidencedPart[] {
  return report.verdicts.flatMap((verdict) =>
    (verdict.parts ?? [verdict]).map((part) => ({
      id: verdict.id,
      topology: part.topology,
      verdict: part.verdict,
      evidence: part.evidence?.[0] ?? '',
    })),
  );
}

async function checked(argv: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout, stderr } = await halab(['check', ...argv, '--json']);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as RunReport;
  return new Map(report.verdicts.map(({ id, verdict }) => [id, verdict]));
}

function countFrames(path: string): number {
  let frames = 0;
  readCaptureFile(path, { frame: () => (frames += 1), problem: () => {} });
  return frames;
}

function run(program: string, argv: readonly string[]): void {
  execFileSync(program, argv, { stdio: 'ignore' });
}
