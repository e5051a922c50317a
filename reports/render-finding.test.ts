import { expect, test } from 'vitest';
import { combineParts } from './combine-parts.ts';
import { exampleFinding, examplePart } from './example-report.ts';
import { findingsByTopology, renderFinding } from './render-finding.ts';

test('a finding reads from the claim to the evidence', () => {
  expect(
    renderFinding(exampleFinding, { topology: 'lvs-dr', subject: 'stack 0.1.0' }),
  ).toMatchInlineSnapshot(`
    "web1 sent a reply to the client through the director

      where     web1, segment lan, topology lvs-dr, subject stack 0.1.0
      at        +12.310 s
      expected  a frame to 02:00:5e:00:00:0a (client)
      seen      a frame to 02:00:5e:00:00:02 (director)
                then the same segment from the director
      evidence  LVS-DR-03/lan.pcapng#118
                LVS-DR-03/nodes/web1/console.log:40"
  `);
});

test('a finding of the whole wire names what it can, and many lines stay under their label', () => {
  const finding = {
    rule: 'LVS-DR-05',
    claim: 'nobody answered for 203.0.113.80',
    at: '+0.000 s',
    expected: 'one answer\nfrom the director',
    seen: [],
    evidence: [],
  };

  expect(renderFinding(finding)).toMatchInlineSnapshot(`
    "nobody answered for 203.0.113.80

      at        +0.000 s
      expected  one answer
                from the director"
  `);
});

test('a finding goes with the topology of the part that it comes from', () => {
  const failed = (topology: string, at: string) =>
    examplePart({ topology, verdict: 'fail', findings: [{ ...exampleFinding, at }] });
  const verdict = combineParts({ id: 'LVS-DR-03', title: '' }, [
    failed('lvs-dr', '+1.000 s'),
    failed('lvs-dr-routed', '+2.000 s'),
  ]);

  expect(findingsByTopology(verdict).map(({ finding, topology }) => [finding.at, topology])).toEqual([
    ['+1.000 s', 'lvs-dr'],
    ['+2.000 s', 'lvs-dr-routed'],
  ]);
});
