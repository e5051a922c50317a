import { describe, expect, test } from 'vitest';
import { combineParts } from './combine-parts.ts';
import { exampleFinding, examplePart, exampleReport } from './example-report.ts';
import { junitXml } from './junit.ts';
import type { RunReport } from './run-report.ts';

test('a report becomes suites by family and cases by requirement or part', () => {
  expect(junitXml(exampleReport)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="halab" tests="6" failures="1" errors="1" skipped="2" time="31.200">
      <testsuite name="LVS-DR" tests="4" failures="1" errors="0" skipped="1" time="4.800" timestamp="2026-11-21T07:50:03">
        <properties>
          <property name="halab" value="0.1.0"/>
          <property name="subject" value="stack 0.1.0"/>
          <property name="seed" value="7"/>
          <property name="accelerator" value="tcg"/>
          <property name="cores" value="2"/>
          <property name="kernel" value="6.1.0"/>
          <property name="qemu" value="7.2.22"/>
          <property name="image" value="sha256:00ff"/>
        </properties>
        <testcase classname="LVS-DR" name="LVS-DR-01: a request is forwarded [lvs-dr]" time="1.200">
          <system-out>32 of 32 replies went straight to the client
    evidence LVS-DR-01</system-out>
        </testcase>
        <testcase classname="LVS-DR" name="LVS-DR-01: a request is forwarded [lvs-dr-routed]" time="1.200">
          <system-out>32 of 32 replies went straight to the client</system-out>
        </testcase>
        <testcase classname="LVS-DR" name="LVS-DR-03: A reply does not cross the director [lvs-dr]" time="1.200">
          <failure type="finding" message="web1 sent a reply to the client through the director">web1 sent a reply to the client through the director

      where     web1, segment lan, topology lvs-dr, subject stack 0.1.0
      at        +12.310 s
      expected  a frame to 02:00:5e:00:00:0a (client)
      seen      a frame to 02:00:5e:00:00:02 (director)
                then the same segment from the director
      evidence  LVS-DR-03/lan.pcapng#118
                LVS-DR-03/nodes/web1/console.log:40</failure>
          <system-out>1 of 32 replies crossed the director
    measured replies: 32
    measured crossed: 1
    evidence LVS-DR-03</system-out>
        </testcase>
        <testcase classname="LVS-DR" name="LVS-DR-05: One node answers [lvs-dr]" time="1.200">
          <skipped message="waived: the appliance answers from both NICs"/>
          <system-out>measured replies: 32
    measured crossed: 1
    evidence LVS-DR-03

    web1 sent a reply to the client through the director

      where     web1, segment lan, topology lvs-dr, subject stack 0.1.0
      at        +12.310 s
      expected  a frame to 02:00:5e:00:00:0a (client)
      seen      a frame to 02:00:5e:00:00:02 (director)
                then the same segment from the director
      evidence  LVS-DR-03/lan.pcapng#118
                LVS-DR-03/nodes/web1/console.log:40</system-out>
        </testcase>
      </testsuite>
      <testsuite name="SCHED" tests="2" failures="0" errors="1" skipped="1" time="1.200" timestamp="2026-11-21T07:50:03">
        <properties>
          <property name="halab" value="0.1.0"/>
          <property name="subject" value="stack 0.1.0"/>
          <property name="seed" value="7"/>
          <property name="accelerator" value="tcg"/>
          <property name="cores" value="2"/>
          <property name="kernel" value="6.1.0"/>
          <property name="qemu" value="7.2.22"/>
          <property name="image" value="sha256:00ff"/>
        </properties>
        <testcase classname="SCHED" name="SCHED-01: Servers take turns [lvs-dr]" time="1.200">
          <error type="inconclusive" message="LAB_NODE_SILENT: web1 did not answer within 10 s">LAB_NODE_SILENT: web1 did not answer within 10 s</error>
        </testcase>
        <testcase classname="SCHED" name="SCHED-02: Weights are kept" time="0.000">
          <skipped message="no test ran for it"/>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test('a problem outside any test is an error of a suite of its own', () => {
  const xml = junitXml({ ...exampleReport, verdicts: [], problems: ['a.test.ts: does not load\nat line 1'] });

  expect(xml).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="halab" tests="1" failures="0" errors="1" skipped="0" time="31.200">
      <testsuite name="lab" tests="1" failures="0" errors="1" skipped="0" time="0.000">
        <testcase classname="lab" name="problem 1" time="0.000">
          <error type="inconclusive" message="a.test.ts: does not load">a.test.ts: does not load
    at line 1</error>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

describe('whatever a test says', () => {
  // Every character below U+0100, the odd ones above, and everything that is markup.
  const nasty = `${String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))}\ud800\ufffe\uffff]]><!--&#0;"'`;
  const report: RunReport = {
    ...exampleReport,
    subject: { name: nasty, version: nasty },
    problems: [nasty],
    verdicts: (['pass', 'fail', 'inconclusive', 'skipped'] as const).map((verdict) =>
      combineParts({ id: 'LVS-DR-03', title: nasty }, [
        examplePart({
          title: nasty,
          topology: nasty,
          verdict,
          reason: nasty,
          measured: { [nasty]: 1 },
          evidence: [nasty],
          findings: verdict === 'fail' ? [{ ...exampleFinding, claim: nasty, seen: [nasty] }] : [],
        }),
      ]),
    ),
  };

  test('the XML is well-formed', () => {
    expect(illFormed(junitXml(report))).toBe(undefined);
  });

  test('the check of this test finds what is ill-formed', () => {
    for (const xml of [
      '<a>',
      '<a></b>',
      '<a b="<"/>',
      '<a>&nbsp;</a>',
      '<a>\u0001</a>',
      '<a b=c/>',
      '<a/><b/>',
      '<a>]]></a>',
    ]) {
      expect(illFormed(xml), xml).not.toBe(undefined);
    }
  });
});

/** What is wrong with a document of the few constructs of XML 1.0 that reports use. */
function illFormed(xml: string): string | undefined {
  // Production 2, Char.
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml)) return 'character';
  const token =
    /<\?xml [^?]*\?>|<\/(?<close>[\w-]+)>|<(?<open>[\w-]+)(?<attributes>(?: [\w-]+="[^"<]*")*)(?<empty>\/?)>|[^<]+/gy;
  const open: string[] = [];
  let roots = 0;
  let end = 0;
  for (let match = token.exec(xml); match !== null; match = token.exec(xml)) {
    end = token.lastIndex;
    const text = match.groups?.['attributes'] ?? match[0];
    if (/&(?!(?:lt|gt|amp|quot|#9|#10|#13);)/.test(text)) return `reference in ${text}`;
    if (match.groups?.['close'] !== undefined && open.pop() !== match.groups['close']) return match[0];
    if (match.groups?.['open'] !== undefined) {
      if (open.length === 0) roots += 1;
      if (match.groups['empty'] === '') open.push(match.groups['open']);
    } else if (match[0].includes(']]>')) return ']]>';
  }
  if (end !== xml.length) return xml.slice(end, end + 20);
  return open.length === 0 && roots === 1 ? undefined : 'elements';
}
