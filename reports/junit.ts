import { byFamily } from './family.ts';
import { attributeText, elementText } from './markup.ts';
import { renderFinding } from './render-finding.ts';
import type { ReportedPart, ReportedVerdict, RunReport } from './run-report.ts';
import { subjectText } from './summary.ts';
import { countVerdicts, type VerdictCounts } from './verdict-words.ts';

/** A test case of the XML: one part of a verdict, or the verdict itself when it has no parts. */
interface Case {
  readonly id: string;
  readonly name: string;
  readonly part: Omit<ReportedPart, 'title' | 'round'>;
}

/**
 * JUnit XML: a suite for each family, a case for each requirement or each of its parts. *Inconclusive* is an
 * `error` of type `inconclusive`, the one place that the format has for a test that could not be judged.
 */
export function junitXml(report: RunReport): string {
  const { verdicts, problems = [] } = report;
  const families = byFamily(verdicts.flatMap(casesOf));
  const total = withProblems(
    countVerdicts(families.flatMap(({ members }) => members.map(({ part }) => part))),
    problems.length,
  );
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
  const counts = (counted: VerdictCounts) =>
    `tests="${counted.pass + counted.fail + counted.inconclusive + counted.skipped}" failures="${counted.fail}" errors="${counted.inconclusive}" skipped="${counted.skipped}"`;
  // Consumers read the time without a zone.
  const startedAt = report.startedAt.replace(/(\.\d+)?Z$/, '');
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="halab" ${counts(total)} time="${seconds(report.durationMs)}">`,
  ];
  for (const { name, members } of families) {
    const parts = members.map(({ part }) => part);
    const time = parts.reduce((sum, { durationMs }) => sum + durationMs, 0);
    lines.push(
      `  <testsuite name="${attributeText(name)}" ${counts(countVerdicts(parts))} time="${seconds(time)}" timestamp="${attributeText(startedAt)}">`,
      '    <properties>',
      ...properties(report).map(
        ([key, value]) => `      <property name="${attributeText(key)}" value="${attributeText(value)}"/>`,
      ),
      '    </properties>',
      ...members.flatMap((member) => caseLines(member, name, subjectText(report.subject), seconds)),
      '  </testsuite>',
    );
  }
  if (problems.length > 0) lines.push(...problemLines(problems, counts));
  lines.push('</testsuites>', '');
  return lines.join('\n');
}

function casesOf(verdict: ReportedVerdict): readonly Case[] {
  const { id, title, parts } = verdict;
  if (parts === undefined) return [{ id, name: withTopology(named(id, title), verdict), part: verdict }];
  return parts.map((part) => ({ id, name: withTopology(named(id, part.title), part), part }));
}

/** The ID leads, once: test titles carry it already. Statements lose their full stop, which ends no sentence here. */
function named(id: string, title: string): string {
  return title.startsWith(id) ? title : `${id}: ${title.replace(/\.$/, '')}`;
}

function withTopology(
  name: string,
  { topology, round }: { readonly topology: string; readonly round?: number },
): string {
  const marks = [topology, round === undefined ? '' : `round ${round}`].filter((mark) => mark !== '');
  return marks.length === 0 ? name : `${name} [${marks.join(', ')}]`;
}

function properties({ halab, subject, machine, seed }: RunReport): readonly (readonly [string, string])[] {
  return [
    ['halab', halab],
    ['subject', subjectText(subject)],
    ['seed', String(seed)],
    ...Object.entries(machine).map(([key, value]) => [key, String(value)] as const),
  ];
}

function caseLines(
  { name, part }: Case,
  family: string,
  subject: string,
  seconds: (milliseconds: number) => string,
): readonly string[] {
  const open = `    <testcase classname="${attributeText(family)}" name="${attributeText(name)}" time="${seconds(part.durationMs)}">`;
  const rendered = part.findings
    .map((finding) => renderFinding(finding, { topology: part.topology, subject }))
    .join('\n\n');
  return [open, ...outcomeLines(part, rendered), ...detailLines(part, rendered), '    </testcase>'];
}

function outcomeLines({ verdict, reason, findings }: Case['part'], rendered: string): readonly string[] {
  switch (verdict) {
    case 'pass':
      return [];
    case 'fail': {
      const message = attributeText(findings[0]?.claim ?? reason);
      return [`      <failure type="finding" message="${message}">${elementText(rendered)}</failure>`];
    }
    case 'inconclusive':
      return [
        `      <error type="inconclusive" message="${attributeText(reason)}">${elementText(reason)}</error>`,
      ];
    case 'skipped':
      return [`      <skipped message="${attributeText(reason)}"/>`];
    default:
      return verdict satisfies never;
  }
}

function detailLines(part: Case['part'], rendered: string): readonly string[] {
  const { verdict, reason, measured = {}, evidence = [] } = part;
  const details = [
    ...(verdict === 'pass' || verdict === 'fail' ? [reason] : []),
    ...Object.entries(measured).map(([name, value]) => `measured ${name}: ${value}`),
    ...evidence.map((path) => `evidence ${path}`),
    // Those of a failure are in its own element; those of a waived one have no other place.
    ...(verdict !== 'fail' && rendered !== '' ? ['', rendered] : []),
  ];
  return details.length === 0 ? [] : [`      <system-out>${elementText(details.join('\n'))}</system-out>`];
}

function withProblems(counts: VerdictCounts, problems: number): VerdictCounts {
  return { ...counts, inconclusive: counts.inconclusive + problems };
}

/** What went wrong outside any test would be lost on a consumer that counts cases only. */
function problemLines(
  problems: readonly string[],
  counts: (counted: VerdictCounts) => string,
): readonly string[] {
  const none: VerdictCounts = { pass: 0, fail: 0, inconclusive: 0, skipped: 0 };
  return [
    `  <testsuite name="lab" ${counts(withProblems(none, problems.length))} time="0.000">`,
    ...problems.flatMap((problem, index) => [
      `    <testcase classname="lab" name="problem ${index + 1}" time="0.000">`,
      `      <error type="inconclusive" message="${attributeText(problem.split('\n', 1)[0] ?? '')}">${elementText(problem)}</error>`,
      '    </testcase>',
    ]),
    '  </testsuite>',
  ];
}
