import { describe, expect, test } from 'vitest';
import { exampleReport } from '../../../reports/example-report.ts';
import type { ChecklistRow, ChecklistState } from './checklist-state.ts';
import { renderChecklist, renderVerdicts } from './render-checklist.ts';

const row = (id: string, state: ChecklistRow['state'], more: Partial<ChecklistRow> = {}): ChecklistRow => ({
  id,
  statement: `What ${id} says of the subject, at some length.`,
  state,
  ended: 1,
  planned: 1,
  tookMs: state === 'waiting' || state === 'running' ? 0 : 1200,
  ...more,
});

const running = { runningSince: 25_000, topology: 'lvs-dr' };
const state: ChecklistState = {
  subject: 'stack 0.1.0',
  accelerator: 'tcg',
  startedAt: 0,
  rows: [
    row('LVS-GEN-01', 'pass'),
    row('LVS-GEN-02', 'fail'),
    row('LVS-GEN-03', 'skipped'),
    row('LVS-DR-01', 'inconclusive'),
    row('LVS-DR-02', 'pass'),
    row('LVS-DR-03', 'running', running),
    row('LVS-DR-04', 'waiting', { ended: 1, planned: 2 }),
    row('LVS-DR-05', 'waiting'),
    row('LVS-ARP-01', 'waiting'),
    row('LVS-ARP-02', 'waiting'),
  ],
};
const render = (width: number, height: number, more: Partial<ChecklistState> = {}) =>
  `\n${renderChecklist({ ...state, ...more }, { width, height, colour: false, now: 26_240 }).join('\n')}\n`;

test('a terminal with room shows a line for each requirement', () => {
  expect(render(80, 24)).toMatchInlineSnapshot(`
    "
    subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
    ✓ LVS-GEN-01  What LVS-GEN-01 says of the subject, at some length.         1.2 s
    ✗ LVS-GEN-02  What LVS-GEN-02 says of the subject, at some length.         1.2 s
    – LVS-GEN-03  What LVS-GEN-03 says of the subject, at some length.
    ? LVS-DR-01   What LVS-DR-01 says of the subject, at some length.          1.2 s
    ✓ LVS-DR-02   What LVS-DR-02 says of the subject, at some length.          1.2 s
    ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
    · LVS-DR-04   What LVS-DR-04 says of the subject, at some lengt…  1 of 2
    · LVS-DR-05   What LVS-DR-05 says of the subject, at some length.
    · LVS-ARP-01  What LVS-ARP-01 says of the subject, at some length.
    · LVS-ARP-02  What LVS-ARP-02 says of the subject, at some length.
    ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
    "
  `);
});

test('a wide terminal shows whole statements', () => {
  expect(render(120, 24)).toContain('What LVS-GEN-02 says of the subject, at some length.');
});

test('what a test waits for comes before what it is about', () => {
  const rows = [row('LVS-DR-03', 'running', { ...running, note: 'booting 4 machines' })];

  expect(render(80, 24, { rows })).toMatchInlineSnapshot(`
    "
    subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
    ⠇ LVS-DR-03  booting 4 machines — What LVS-DR-03 says of the subject, a…   1.2 s
    ✓ 0 passed   ✗ 0 failed   ? 0 inconclusive   – 0 skipped   · 1 to go
    "
  `);
});

describe('progress before the tests', () => {
  const rows = [row('LVS-DR-01', 'waiting')];

  test('is a bar where its share is known', () => {
    expect(
      render(60, 24, { rows, progress: { text: 'building the guest image', fraction: 0.4 } }),
    ).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   accelerator tcg   26.2 s
      · LVS-DR-01  What LVS-DR-01 says of the subject, at…
      ⠇ building the guest image  ━━━━━━━━━───────────────  40 %
      ✓ 0  ✗ 0  ? 0  – 0  · 1 to go
      "
    `);
  });

  test('is a figure where a bar has no room', () => {
    expect(
      render(36, 24, { rows, progress: { text: 'building the guest image', fraction: 0.999 } }),
    ).toContain('building the guest image 99 %');
  });

  test('is a text where nothing is known', () => {
    expect(render(60, 24, { rows, progress: { text: 'booting' } })).toContain(' booting\n');
    expect(render(60, 24, { rows, progress: { text: 'booting', fraction: Number.NaN } })).toContain(
      ' booting\n',
    );
  });

  test.for([-1, 2])('does not leave its bar at %d', (fraction) => {
    const text = render(60, 24, { rows, progress: { text: 'building', fraction } });

    expect(text).toMatch(/━{24} {2}100 %|─{24} {2}0 %/);
  });
});

describe('a terminal that is too low', () => {
  test('folds finished families first, and says what failed in them', () => {
    expect(render(80, 12)).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
      ✗ LVS-GEN     1 passed, 1 failed (LVS-GEN-02), 1 skipped
      ? LVS-DR-01   What LVS-DR-01 says of the subject, at some length.          1.2 s
      ✓ LVS-DR-02   What LVS-DR-02 says of the subject, at some length.          1.2 s
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      · LVS-DR-04   What LVS-DR-04 says of the subject, at some lengt…  1 of 2
      · LVS-DR-05   What LVS-DR-05 says of the subject, at some length.
      · LVS-ARP-01  What LVS-ARP-01 says of the subject, at some length.
      · LVS-ARP-02  What LVS-ARP-02 says of the subject, at some length.
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
  });

  test('folds families that have not begun next', () => {
    expect(render(80, 10)).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
      ✗ LVS-GEN     1 passed, 1 failed (LVS-GEN-02), 1 skipped
      ? LVS-DR-01   What LVS-DR-01 says of the subject, at some length.          1.2 s
      ✓ LVS-DR-02   What LVS-DR-02 says of the subject, at some length.          1.2 s
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      · LVS-DR-04   What LVS-DR-04 says of the subject, at some lengt…  1 of 2
      · LVS-DR-05   What LVS-DR-05 says of the subject, at some length.
      · LVS-ARP     2 to go
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
  });

  test('folds what has ended in the family that runs', () => {
    expect(render(80, 9)).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
      ✗ LVS-GEN     1 passed, 1 failed (LVS-GEN-02), 1 skipped
      ? LVS-DR      1 passed, 1 inconclusive (LVS-DR-01)
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      · LVS-DR-04   What LVS-DR-04 says of the subject, at some lengt…  1 of 2
      · LVS-DR-05   What LVS-DR-05 says of the subject, at some length.
      · LVS-ARP     2 to go
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
  });

  test('shows the part around the running test after that', () => {
    expect(render(80, 7)).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
      ✗ LVS-GEN     1 passed, 1 failed (LVS-GEN-02), 1 skipped
      ? LVS-DR      1 passed, 1 inconclusive (LVS-DR-01)
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
        … 3 more below
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
  });

  test('shows the running test and the counts at last', () => {
    expect(render(80, 4)).toMatchInlineSnapshot(`
      "
      subject stack 0.1.0   topology lvs-dr   accelerator tcg   26.2 s
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
    expect(render(80, 3)).toMatchInlineSnapshot(`
      "
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      ✓ 2 passed   ✗ 1 failed   ? 1 inconclusive   – 1 skipped   · 5 to go
      "
    `);
    expect(render(80, 2)).toMatchInlineSnapshot(`
      "
      ⠇ LVS-DR-03   What LVS-DR-03 says of the subject, at some length.          1.2 s
      "
    `);
    expect(render(80, 1)).toBe('\n\n');
  });
});

test('no line and no screen is ever exceeded', () => {
  const many = ['LVS-GEN', 'LVS-DR', 'LVS-ARP', 'SCHED'].flatMap((family, index) =>
    Array.from({ length: 12 }, (_, number) =>
      row(
        `${family}-${String(number).padStart(2, '0')}`,
        index < 1 ? 'fail' : index === 1 && number === 5 ? 'running' : 'waiting',
      ),
    ),
  );
  const variants: readonly Partial<ChecklistState>[] = [
    {},
    { rows: [] },
    { rows: many },
    { rows: many.toReversed(), progress: { text: 'building the guest image', fraction: 0.5 } },
    { rows: many.map((each) => ({ ...each, state: 'running' as const, note: 'booting' })) },
    { rows: [row('a test whose title is far longer than any ID could ever be', 'running')] },
  ];
  for (const variant of variants) {
    for (let height = 1; height <= 60; height += 1) {
      for (const width of [1, 2, 10, 30, 79, 200]) {
        const lines = renderChecklist(
          { ...state, ...variant },
          { width, height, colour: false, now: 26_240 },
        );
        expect(lines.length, `${width} × ${height}`).toBeLessThan(height === 1 ? 1 : height);
        for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
      }
    }
  }
});

test('the running test is in view whatever the height', () => {
  for (let height = 2; height <= 24; height += 1)
    expect(render(80, height), `${height}`).toContain('LVS-DR-03');
});

test('colour adds sequences and takes nothing away', () => {
  const view = { width: 80, height: 24, now: 26_240 };
  const coloured = renderChecklist(state, { ...view, colour: true });

  expect(coloured.join('\n')).toContain('\u001b[31m✗ \u001b[0m\u001b[1mLVS-GEN-02\u001b[0m');
  expect(coloured.map((line) => line.replace(/\p{Cc}\[\d+m/gu, ''))).toEqual([
    ...renderChecklist(state, { ...view, colour: false }),
  ]);
});

test('the list at the end has every verdict, however many', () => {
  expect(
    `\n${renderVerdicts(exampleReport.verdicts, { width: 60, colour: false }).join('\n')}\n`,
  ).toMatchInlineSnapshot(`
    "
    ✓ LVS-DR-01  A request is forwarded.                   2.4 s
    ✗ LVS-DR-03  A reply does not cross the director.      1.2 s
    – LVS-DR-05  One node answers.
    ? SCHED-01   Servers take turns.                       1.2 s
    – SCHED-02   Weights are kept.
    "
  `);
});
