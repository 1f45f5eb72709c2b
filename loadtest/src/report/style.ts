/** One look for every report; follows what the reader's system prefers. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #16191d; --soft: #5c6670; --line: #e2e6ea;
  --good: #0f7b4f; --good-bg: #e2f5ec; --bad: #b3261e; --bad-bg: #fde8e6; --warn: #8a5a00; --warn-bg: #fdf1d8;
  --s1: #2f6fed; --s2: #d1495b; --s3: #1a936f; --s4: #b8860b; --s5: #7a4fbf; --s6: #4a8fa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #181c22; --text: #e8ebef; --soft: #98a2ad; --line: #2b323a;
    --good: #5fd3a0; --good-bg: #12301f; --bad: #ff8a80; --bad-bg: #3a1715; --warn: #f0c36a; --warn-bg: #33270d;
    --s1: #7aa7ff; --s2: #ff8fa0; --s3: #5fd3a0; --s4: #e6bd55; --s5: #bb9af7; --s6: #7fc4dc;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 16px; margin: 0 0 10px; }
p { margin: 0 0 8px; }
.soft, .legend, footer { color: var(--soft); }
.verdict { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: baseline; border-radius: 12px; padding: 16px 20px; margin: 20px 0; }
.verdict strong { font-size: 20px; }
.passed { background: var(--good-bg); } .passed strong { color: var(--good); }
.failed { background: var(--bad-bg); } .failed strong { color: var(--bad); }
.invalid, .missed { background: var(--warn-bg); } .invalid strong, .missed strong { color: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 12px; margin: 0 0 16px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 12px 16px; } .tile b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.tile span { color: var(--soft); font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 16px; }
.card { padding: 16px 18px; min-width: 0; overflow-x: auto; } .wide { grid-column: 1 / -1; }
@media (max-width: 520px) { .cards { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 0; overflow-x: auto; } figure + figure { margin-top: 18px; }
svg { width: 100%; min-width: 440px; height: auto; display: block; }
svg[viewBox^="0 0 1040"] { min-width: 680px; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 12px; } .axis { fill: var(--soft); font-size: 12px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.dashed { stroke-dasharray: 6 5; }
.line.s1 { stroke: var(--s1); } .line.s2 { stroke: var(--s2); } .line.s3 { stroke: var(--s3); }
.line.s4 { stroke: var(--s4); } .line.s5 { stroke: var(--s5); } .line.s6 { stroke: var(--s6); }
.dot.s1 { fill: var(--s1); } .dot.s2 { fill: var(--s2); } .dot.s3 { fill: var(--s3); }
.dot.s4 { fill: var(--s4); } .dot.s5 { fill: var(--s5); } .dot.s6 { fill: var(--s6); }
.fault { fill: var(--warn); opacity: 0.12; } .fault-edge { stroke: var(--warn); stroke-dasharray: 3 3; }
.fault-label { fill: var(--warn); font-size: 12px; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 8px 0 0; font-size: 13px; }
.key { display: inline-block; width: 18px; border-top: 3px solid; vertical-align: middle; margin-right: 6px; }
.key.dashed { border-top-style: dashed; }
.key.s1 { border-color: var(--s1); } .key.s2 { border-color: var(--s2); } .key.s3 { border-color: var(--s3); }
.key.s4 { border-color: var(--s4); } .key.s5 { border-color: var(--s5); } .key.s6 { border-color: var(--s6); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
td.good { color: var(--good); } td.bad { color: var(--bad); }
ul.findings { flex-basis: 100%; margin: 0; padding-left: 18px; } .empty { color: var(--soft); }
footer { margin-top: 24px; font-size: 13px; }
`;
