/** The report's style sheet: one column of cards on screen, plain paper in print, dark where the reader's system is. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1d2733; --soft: #5c6b7a; --line: #dde3e9; --card: #ffffff; --page: #f4f6f8; --accent: #2f5fb3;
  --warn: #8a4b00; --warn-back: #fff4e0; --good: #1d7a46;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e9ee; --soft: #98a5b3; --line: #33404d; --card: #1b232c; --page: #12181f; --accent: #86aef0;
    --warn: #ffc56b; --warn-back: #3a2b10; --good: #63c78d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
header h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
header p { margin: 0; color: var(--soft); }
h2 { font-size: 19px; margin: 40px 0 12px; letter-spacing: -0.005em; }
h3 { font-size: 14px; margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(106px, 1fr)); gap: 10px; margin-top: 24px; }
.tile, .card, figure.chart, .notice {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px;
}
.tile b { display: block; font-size: 20px; font-weight: 620; white-space: nowrap; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tile span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 14px; }
@media (min-width: 760px) { .charts.four { grid-template-columns: 1fr 1fr; } }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 14px; }
figure { margin: 0; }
figure.chart figcaption p, .card > p, .note { color: var(--soft); font-size: 13px; margin: 2px 0 10px; }
figure.chart svg { max-width: 100%; height: auto; color: var(--ink); --plot-background: var(--card); }
figure.chart figure { margin: 0; max-width: 100%; }
figure.chart [class*='-swatches'] { min-height: 22px; margin-bottom: 2px; flex-wrap: wrap; }
.notice { border-color: transparent; background: var(--warn-back); color: var(--warn); margin-top: 14px; }
.notice ul { margin: 4px 0 0; padding-left: 20px; }
.good { color: var(--good); }
.card + .card { margin-top: 14px; }
@media screen { .cards.wide { grid-template-columns: 1fr; } }
.cards .card + .card { margin-top: 0; }
.card img { max-width: 100%; height: auto; display: block; image-rendering: auto; border-radius: 4px; }
.scroll { overflow-x: auto; }
.legend { display: flex; gap: 18px; flex-wrap: wrap; font-size: 13px; color: var(--soft); margin: 0 0 10px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; color: var(--soft); font-weight: 550; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td img { width: 320px; max-width: 40vw; }
th.clip { width: 340px; }
pre { font: 12.5px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.path { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: 12.5px; }
.columns { columns: 2 380px; column-gap: 32px; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@page { margin: 14mm; }
@media print {
  * { print-color-adjust: exact; }
  .cards { grid-template-columns: 1fr 1fr; }
  .cards.wide { grid-template-columns: 1fr; }
  h2 + .note, h2 + .legend { break-after: avoid; }
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; color-scheme: light; }
  body { font-size: 11px; }
  main { max-width: none; padding: 0; }
  h2 { margin-top: 20px; break-after: avoid; }
  .tile, .card, figure.chart, tr { break-inside: avoid; }
  .charts { grid-template-columns: repeat(3, 1fr); gap: 8px; }
  .tile, .card, figure.chart { padding: 8px 10px; }
  figure.chart figcaption p { font-size: 10px; }
}
`;
