/**
 * Style of the report page. Verdict colours keep a contrast of at least 4.5 to 1 on their own backgrounds in
 * both schemes, and no verdict is told by colour alone.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --text: #1d2125; --quiet: #5a636d; --line: #dcdfe2; --sunken: #f2f3f1; --link: #0b5cad;
  --pass: #17693a; --fail: #b3201b; --inconclusive: #805000; --skipped: #59626c;
  --pass-tint: #e2f2e7; --fail-tint: #fce8e6; --inconclusive-tint: #fbefd3; --skipped-tint: #eceef0;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --text: #e4e7ea; --quiet: #9aa4ae; --line: #2d3339; --sunken: #1c2024; --link: #7ab7ff;
    --pass: #6fd08c; --fail: #ff9089; --inconclusive: #e8b84b; --skipped: #a3adb7;
    --pass-tint: #16301f; --fail-tint: #3b1c1a; --inconclusive-tint: #352a10; --skipped-tint: #262b30;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: .15em; }
h1 { font-size: 1.7rem; line-height: 1.25; font-weight: 650; margin: .3rem 0 1.1rem; text-wrap: balance; }
h1 span { font-weight: 400; }
h2 { font-size: 1.1rem; font-weight: 650; margin: 2.4rem 0 .5rem; }
h2 span, .what span { color: var(--quiet); font-weight: 400; font-size: .9rem; margin-left: .5rem; }
.what { font-weight: 600; }
h1 .pass, .jumps.pass, .tally .pass { color: var(--pass); }
h1 .fail, .jumps.fail, .tally .fail { color: var(--fail); }
h1 .inconclusive, .jumps.inconclusive, .tally .inconclusive { color: var(--inconclusive); }
h1 .skipped, .tally .skipped { color: var(--skipped); }
.tally .none { color: var(--quiet); }
.share { display: flex; gap: 3px; height: .6rem; }
.share i { min-width: 5px; border-radius: 2px; }
.share .pass { background: var(--pass); }
.share .fail { background: var(--fail); }
.share .inconclusive { background: var(--inconclusive); }
.share .skipped { background: var(--line); }
.tally { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; list-style: none; padding: 0; margin: .7rem 0; }
.tally b { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.jumps a { font-family: var(--mono); font-size: .86rem; margin-left: .4rem; }
table { width: 100%; border-collapse: collapse; }
th {
  text-align: left; font-size: .8rem; font-weight: 500; color: var(--quiet);
  padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
}
td { vertical-align: top; padding: .7rem .8rem .8rem 0; border-bottom: 1px solid var(--line); }
td:last-child, th:last-child { padding-right: 0; }
td.verdict { width: 8.6rem; }
td.topology { width: 9.5rem; color: var(--quiet); font-size: .9rem; }
.time { text-align: right; white-space: nowrap; color: var(--quiet); font-variant-numeric: tabular-nums; font-size: .9rem; }
th.time { font-size: .8rem; }
td.time { width: 6rem; }
tr:target .id { text-decoration: underline 3px; text-underline-offset: .2em; }
.badge {
  display: inline-block; border-radius: 4px; padding: .05rem .5rem .1rem; font-size: .86rem; font-weight: 600;
  white-space: nowrap;
}
.badge.pass { color: var(--pass); background: var(--pass-tint); }
.badge.fail { color: var(--fail); background: var(--fail-tint); }
.badge.inconclusive { color: var(--inconclusive); background: var(--inconclusive-tint); }
.badge.skipped { color: var(--skipped); background: var(--skipped-tint); }
.id { font-family: var(--mono); font-size: .9rem; }
.level { color: var(--quiet); font-size: .86rem; }
.claim > p, .parts p { max-width: 46rem; }
.reason, .repeat { color: var(--quiet); font-size: .9rem; }
tr.fail > .claim > .reason { color: var(--fail); }
tr.inconclusive > .claim > .reason { color: var(--inconclusive); }
.facts { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; font-size: .86rem; margin-top: .2rem; }
.facts div { display: flex; gap: .4rem; }
.facts dt { color: var(--quiet); }
.facts dd { font-family: var(--mono); font-variant-numeric: tabular-nums; }
details { margin: .45rem 0 .3rem; }
summary { cursor: pointer; font-size: .9rem; color: var(--link); width: fit-content; }
.finding { background: var(--sunken); border-radius: 6px; padding: .7rem .9rem; margin-top: .45rem; }
.finding > p { font-weight: 600; margin-bottom: .4rem; }
.finding dl > div { display: grid; grid-template-columns: 5.2rem 1fr; gap: .6rem; font-size: .88rem; padding: .12rem 0; }
.finding dt { color: var(--quiet); }
.finding dd { font-family: var(--mono); font-size: .85rem; white-space: pre-wrap; }
.parts { list-style: none; padding: .3rem 0 0 .8rem; border-left: 1px solid var(--line); }
.parts li + li { margin-top: .7rem; }
.problems { border: 1px solid var(--inconclusive); border-radius: 6px; padding: .8rem 1rem; margin-top: 1.6rem; }
.problems h2 { margin: 0 0 .3rem; color: var(--inconclusive); }
.problems ul { padding-left: 1.1rem; }
pre { font: .85rem/1.45 var(--mono); white-space: pre-wrap; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .9rem; color: var(--quiet); }
footer h2 { margin: 0 0 .5rem; color: var(--text); }
footer dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-bottom: 1rem; }
footer dt { font-size: .8rem; }
footer dd { color: var(--text); }
@media (max-width: 44rem) {
  body { padding: 1.2rem 1rem 3rem; }
  h1 { font-size: 1.4rem; }
  h1 span { display: block; }
  .what span, h2 span { display: block; margin-left: 0; }
  .tally { gap: .2rem 1.2rem; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tr { display: flex; flex-wrap: wrap; align-items: baseline; border-bottom: 1px solid var(--line); padding: .7rem 0; }
  td, td.verdict, td.topology, td.time { border: 0; padding: 0; width: auto; }
  td.verdict { order: 1; margin-right: .7rem; }
  td.topology { order: 2; flex: 1; }
  td.time { order: 3; }
  td.claim { order: 4; flex: 0 0 100%; padding-top: .35rem; }
  .finding dl > div { grid-template-columns: 1fr; gap: 0; padding: .2rem 0; }
}
@media print {
  :root {
    --page: #fff; --text: #000; --quiet: #444; --line: #bbb; --sunken: #fff; --link: #000;
    --pass: #17693a; --fail: #b3201b; --inconclusive: #805000; --skipped: #59626c;
    --pass-tint: #fff; --fail-tint: #fff; --inconclusive-tint: #fff; --skipped-tint: #fff;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .badge { border: 1px solid currentcolor; }
  .share i { print-color-adjust: exact; }
  .finding { border: 1px solid var(--line); }
  tr, .finding, .parts li { break-inside: avoid; }
  h2 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
