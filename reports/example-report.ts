import { combineParts } from './combine-parts.ts';
import type { ReportedFinding, ReportedPart, RunReport } from './run-report.ts';

/** A small run with every verdict in it, for tests of what is made of reports. */
export const exampleFinding: ReportedFinding = {
  rule: 'LVS-DR-03',
  claim: 'web1 sent a reply to the client through the director',
  at: '+12.310 s',
  node: 'web1',
  segment: 'lan',
  expected: 'a frame to 02:00:5e:00:00:0a (client)',
  seen: ['a frame to 02:00:5e:00:00:02 (director)', 'then the same segment from the director'],
  evidence: ['LVS-DR-03/lan.pcapng#118', 'LVS-DR-03/nodes/web1/console.log:40'],
};

export function examplePart(part: Partial<ReportedPart> = {}): ReportedPart {
  return {
    title: 'LVS-DR-03: a reply does not cross the director',
    topology: 'lvs-dr',
    verdict: 'pass',
    durationMs: 1200,
    reason: '32 of 32 replies went straight to the client',
    findings: [],
    ...part,
  };
}

const failed = examplePart({
  verdict: 'fail',
  reason: '1 of 32 replies crossed the director',
  findings: [exampleFinding],
  measured: { replies: 32, crossed: 1 },
  evidence: ['LVS-DR-03'],
});

export const exampleReport: RunReport = {
  halab: '0.1.0',
  subject: { name: 'stack', version: '0.1.0' },
  machine: { accelerator: 'tcg', cores: 2, kernel: '6.1.0', qemu: '7.2.22', image: 'sha256:00ff' },
  seed: 7,
  startedAt: '2026-11-21T07:50:03.123Z',
  durationMs: 31_200,
  verdicts: [
    combineParts({ id: 'LVS-DR-01', title: 'A request is forwarded.', level: 'must' }, [
      examplePart({ title: 'LVS-DR-01: a request is forwarded', evidence: ['LVS-DR-01'] }),
      examplePart({ title: 'LVS-DR-01: a request is forwarded', topology: 'lvs-dr-routed' }),
    ]),
    combineParts({ id: 'LVS-DR-03', title: 'A reply does not cross the director.', level: 'must' }, [failed]),
    combineParts(
      { id: 'LVS-DR-05', title: 'One node answers.', level: 'should' },
      [failed],
      'the appliance answers from both NICs',
    ),
    combineParts({ id: 'SCHED-01', title: 'Servers take turns.', level: 'must' }, [
      examplePart({ verdict: 'inconclusive', reason: 'LAB_NODE_SILENT: web1 did not answer within 10 s' }),
    ]),
    combineParts({ id: 'SCHED-02', title: 'Weights are kept.', level: 'must' }, []),
  ],
};
