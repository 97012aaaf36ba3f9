/** The studio's colours and type (light first, dark second), and the layout of one page that is also printed. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f8f9fa, #191b1d); --well: light-dark(#ffffff, #0d0e11); --code: light-dark(#edeef1, #282a2e);
  --line: light-dark(#d9dbdf, #2b2d30); --axis: light-dark(#7d8086, #71757a); --grid: light-dark(#e5e6e9, #282a2e); --bar: light-dark(#82868f, #71757c);
  --ink-1: light-dark(#161a1f, #ebedef); --ink-2: light-dark(#42474e, #b6b9be); --ink-3: light-dark(#585c64, #93979d);
  --better: light-dark(#01684c, #6bdaaf); --worse: light-dark(#b12c2c, #fb847f);
  --float32: light-dark(#3b424c, #68717c); --int8: light-dark(#2c45ae, #5170d2); --int4: light-dark(#97227e, #d472ba);
  --ternary: light-dark(#b82d3c, #f87e8c); --binary: light-dark(#b05d02, #ffad6d); --xnor: light-dark(#a88b0b, #fcdc67);
  --on-heavy: #ffffff; --on-light: light-dark(#ffffff, #080b10); --on-xnor: #080b10;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink-1); font: 0.8125rem/1.45 -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", "Inter", "Ubuntu", "Cantarell", "Noto Sans", "Liberation Sans", Arial, system-ui, sans-serif; font-variant-numeric: tabular-nums lining-nums; }
main { max-width: 960px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 0.9375rem; line-height: 1.2; }
p { margin: 0 0 8px; max-width: 78ch; }
section { padding: 24px 0; border-top: 1px solid var(--line); break-inside: auto; }
header { padding-bottom: 24px; }
header p { color: var(--ink-2); margin: 6px 0 0; overflow-wrap: anywhere; }
small, .u { font-size: 0.6875rem; color: var(--ink-3); }
.kind { font-size: 0.6875rem; color: var(--ink-3); margin: 0 0 4px; }
.meters { display: grid; grid-template-columns: repeat(3, 1fr); border-top: 1px solid var(--line); }
.meters > div { padding: 16px 20px 20px; border-left: 1px solid var(--line); }
.meters > div:first-child { padding-left: 0; border-left: 0; }
.meters .label { display: flex; justify-content: space-between; gap: 8px; color: var(--ink-2); }
.meters .value { font-size: 1.75rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; margin: 6px 0 2px; }
.meters .value small { font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; color: var(--ink-2); }
.meters .missing { color: var(--ink-3); }
.meters > div:last-child { padding-right: 0; }
.better { color: var(--better); } .worse { color: var(--worse); } .none { color: var(--ink-2); }
.print { display: flex; flex-wrap: wrap; gap: 2px; margin-top: 16px; }
.chip { display: inline-grid; place-items: center; width: 16px; height: 16px; border-radius: 2px; font-size: 0.6875rem; font-weight: 600; line-height: 1; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.chip.p-float32, .chip.p-int8 { color: var(--on-heavy); } .chip.p-int4, .chip.p-ternary, .chip.p-binary { color: var(--on-light); } .chip.p-xnor { color: var(--on-xnor); }
.chip.p-float32 { background: var(--float32); } .chip.p-int8 { background: var(--int8); } .chip.p-int4 { background: var(--int4); }
.chip.p-ternary { background: var(--ternary); } .chip.p-binary { background: var(--binary); } .chip.p-xnor { background: var(--xnor); }
svg { display: block; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
svg .p-float32 { fill: var(--float32); } svg .p-int8 { fill: var(--int8); } svg .p-int4 { fill: var(--int4); }
svg .p-ternary { fill: var(--ternary); } svg .p-binary { fill: var(--binary); } svg .p-xnor { fill: var(--xnor); } svg .rest { fill: var(--bar); }
svg text { font-size: 11px; fill: var(--ink-3); }
svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--axis); }
svg.bytes, svg.shares { width: 100%; height: auto; } svg.shares { height: 16px; margin-bottom: 12px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 20px 24px; }
.pictures figure { margin: 0; break-inside: avoid; min-width: 0; }
.pictures figcaption { display: flex; gap: 6px; align-items: center; margin-bottom: 6px; }
.pictures figcaption b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.pictures .u { display: flex; justify-content: space-between; margin-top: 2px; }
svg.weights { width: 100%; height: 64px; background: var(--well); } svg.weights .bars { fill: var(--bar); } svg.weights .levels { stroke-width: 1.5; }
.s-float32 { stroke: var(--float32); } .s-int8 { stroke: var(--int8); } .s-int4 { stroke: var(--int4); } .s-ternary { stroke: var(--ternary); } .s-binary { stroke: var(--binary); } .s-xnor { stroke: var(--xnor); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.75rem; }
th { font-size: 0.6875rem; font-weight: 400; color: var(--ink-3); text-align: left; padding: 4px 12px 6px 0; border-bottom: 1px solid var(--axis); white-space: nowrap; }
td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
td.name { min-width: 9ch; max-width: 220px; overflow-wrap: anywhere; font-weight: 600; } td.n, th.n { text-align: right; white-space: nowrap; } tr > :last-child { padding-right: 0; }
td .chip { margin-right: 6px; } td.precision { white-space: nowrap; }
tfoot td { font-weight: 600; border-bottom: 0; }
thead { display: table-header-group; } tr { break-inside: avoid; }
dl { display: grid; grid-template-columns: minmax(120px, 180px) 1fr; gap: 6px 20px; margin: 0; } dt { color: var(--ink-2); } dd { margin: 0; max-width: 78ch; overflow-wrap: anywhere; }
code { font-family: var(--mono); font-size: 0.75rem; overflow-wrap: anywhere; }
pre { margin: 12px 0 0; padding: 10px 12px; background: var(--code); border-radius: 4px; white-space: normal; }
pre span { display: inline-block; max-width: 100%; }
footer { padding-top: 16px; border-top: 1px solid var(--line); color: var(--ink-3); font-size: 0.6875rem; }
@media (max-width: 640px) { .meters { grid-template-columns: 1fr; } .meters > div, .meters > div:first-child { padding: 12px 0; border-left: 0; border-top: 1px solid var(--line); } .meters > div:first-child { border-top: 0; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
@media print { :root { color-scheme: only light; } body { background: #ffffff; font-size: 10pt; } main { max-width: none; padding: 0; } section { padding: 14pt 0; } .scroll { overflow: visible; } h2 { break-after: avoid; } @page { margin: 16mm 14mm; } }
`;
