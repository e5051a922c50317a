import { describe, expect, test } from 'vitest';
import { combineParts } from './combine-parts.ts';
import { exampleFinding, examplePart, exampleReport } from './example-report.ts';
import { htmlReport } from './html.ts';

const page = htmlReport(exampleReport);

describe('the page', () => {
  test('asks for nothing but itself and its evidence', () => {
    const addresses = [...page.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);

    expect(addresses.length).toBeGreaterThan(4);
    expect(addresses.filter((address) => !/^(?:\.\/|#|data:,$)/.test(address))).toEqual([]);
    expect(page).not.toMatch(/<script|@import|url\(|\bon[a-z]+=/);
  });

  test('says each verdict in words, not by colour alone', () => {
    const badges = [...page.matchAll(/<td class="verdict">.*?<\/span> (\w+)<\/span><\/td>/g)].map(
      ([, word]) => word,
    );

    expect(badges).toEqual(['pass', 'fail', 'skipped', 'inconclusive', 'skipped']);
  });

  test('opens the findings and closes the parts', () => {
    expect(page).toContain('<details open><summary>1 finding</summary>');
    expect(page).toContain('<details><summary>2 parts</summary>');
  });

  test('leads from the top to what failed and what is inconclusive', () => {
    expect(page).toContain('<a href="#LVS-DR-03">LVS-DR-03</a>');
    expect(page).toContain('<tr id="LVS-DR-03" class="fail">');
    expect(page).toContain('<a href="#SCHED-01">SCHED-01</a>');
    expect(page).not.toContain('<a href="#LVS-DR-01">');
  });

  test('links to the evidence and shows figures, machine and seed', () => {
    expect(page).toContain('<a href="./LVS-DR-03/lan.pcapng">LVS-DR-03/lan.pcapng#118</a>');
    expect(page).toContain('<dt>crossed</dt><dd>1</dd>');
    expect(page).toContain('<dt>QEMU</dt><dd>7.2.22</dd>');
    expect(page).toContain('<dt>Seed</dt><dd>7</dd>');
  });

  test('opens and closes the same elements', () => {
    const count = (pattern: RegExp) => [...page.matchAll(pattern)].length;

    for (const element of [
      'section',
      'table',
      'tbody',
      'tr',
      'td',
      'details',
      'div',
      'dl',
      'ul',
      'li',
      'p',
      'a',
      'span',
    ]) {
      expect(count(new RegExp(`<${element}[ >]`, 'g')), element).toBe(
        count(new RegExp(`</${element}>`, 'g')),
      );
    }
  });
});

test.for([
  [exampleReport.verdicts, undefined, '1 requirement failed'],
  [
    exampleReport.verdicts.filter(({ verdict }) => verdict !== 'fail'),
    undefined,
    '1 requirement inconclusive',
  ],
  [exampleReport.verdicts.slice(0, 1), undefined, '1 requirement passed'],
  [exampleReport.verdicts.slice(0, 1), ['a suite does not load'], 'the run had problems'],
  [[], undefined, 'nothing was judged'],
] as const)('a run is headed by its worst: %#', ([verdicts, problems, headline]) => {
  const report = { ...exampleReport, verdicts, ...(problems === undefined ? {} : { problems }) };

  expect(htmlReport(report)).toContain(`<title>stack 0.1.0: ${headline}</title>`);
});

test('whatever a test says stays text', () => {
  const nasty = '<img src=x onerror=alert(1)>"\u001b';
  const part = examplePart({
    title: nasty,
    topology: nasty,
    verdict: 'fail',
    reason: nasty,
    measured: { [nasty]: 1 },
    evidence: [nasty],
    findings: [{ ...exampleFinding, claim: nasty, expected: nasty, seen: [nasty], evidence: [nasty] }],
  });
  const html = htmlReport({
    ...exampleReport,
    subject: { name: nasty, version: '' },
    problems: [nasty],
    verdicts: [combineParts({ id: nasty, title: nasty }, [part, part])],
  });

  expect(html).not.toContain('<img');
  expect(html).not.toContain('\u001b');
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
});
