/** What the page looks like: light or dark as its reader has set it, on paper, and where there is little room. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f5f7; --line: #d5d9e0; --text: #1b1f26; --quiet: #565e6b;
  --link: #0b57c2; --good: #146c34; --bad: #b3161f; --bad-ground: #fde8e8; --doubt: #7a4d00; --doubt-ground: #fdf1d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --raised: #1e232b; --line: #363d49; --text: #e6e9ee; --quiet: #a3acba;
    --link: #82b4ff; --good: #6ed492; --bad: #ff9a9a; --bad-ground: #43191c; --doubt: #f0c36a; --doubt-ground: #3a2d10;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 6rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
#page { max-width: 90rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 1rem; overflow-wrap: anywhere; }
header p { margin: 0.25rem 0; }
.part { margin-top: 2.5rem; }
ul { margin: 0; padding: 0; list-style: none; }
a, button { color: var(--link); }
button { margin: 0; padding: 0; border: 0; background: none; font: inherit; text-align: start; cursor: pointer; }
a:focus-visible, button:focus-visible, summary:focus-visible, input:focus-visible, select:focus-visible, .scrolls:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px;
}
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.25rem 0.5rem; background: var(--ground); z-index: 2; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
nav ul, .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.75rem; }
.legend { color: var(--quiet); font-size: 0.87rem; }
.legend .sign { display: inline-block; min-width: 1.4em; text-align: center; }
.partial { color: var(--doubt); }
.notice { padding: 1rem; background: var(--raised); border-radius: 6px; }
.count { color: var(--quiet); font-size: 0.87rem; font-weight: normal; }
.mark { display: inline-block; margin-inline-start: 0.5rem; padding: 0 0.4rem; border: 1px solid var(--line); border-radius: 999px; color: var(--quiet); font-size: 0.8rem; font-weight: normal; }
.level { display: inline-block; margin-inline: 0 0.35rem; padding: 0 0.45rem; border-radius: 999px; background: var(--raised); font-size: 0.8rem; font-weight: 600; }
/* Above what it is around, and behind it for who goes by keyboard: to skip to the search stays the first thing. */
body:has(> .around) { display: flex; flex-direction: column; }
body:has(> .around) #page { width: 100%; }
.mark.change { border-color: var(--link); color: var(--link); }
.around { order: -1; width: 100%; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.25rem; max-width: 90rem; margin: 0 auto; padding: 0.75rem 1.5rem 0; color: var(--quiet); font-size: 0.87rem; }
.around form { margin-inline-start: auto; }
h3 .level { margin-inline: 0.5rem 0; }
.level.error { background: var(--bad-ground); color: var(--bad); }
.level.warning { background: var(--doubt-ground); color: var(--doubt); }
.place { font: 0.82rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
button.place { color: var(--quiet); }
button.plain, button.place:hover, .entry:hover { text-decoration: underline; }
button.plain { overflow-wrap: anywhere; }
.findings > li { margin-bottom: 0.75rem; padding: 0.6rem 0.9rem; background: var(--raised); border-inline-start: 4px solid var(--line); border-radius: 4px; overflow-wrap: anywhere; content-visibility: auto; contain-intrinsic-size: auto 9rem; }
.findings > li.error { border-color: var(--bad); }
.findings > li.warning { border-color: var(--doubt); }
.findings p { margin: 0.15rem 0; }
summary { cursor: pointer; }
details ul { padding-inline-start: 1.2rem; font-weight: normal; }
.plain > li { padding: 0.2rem 0; overflow-wrap: anywhere; }
.filters { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: end; gap: 0.5rem 1rem; padding: 0.6rem 0; background: var(--ground); border-bottom: 1px solid var(--line); }
.field { display: grid; gap: 0.15rem; }
.field label { color: var(--quiet); font-size: 0.8rem; }
input, select { max-width: 100%; min-height: 2.1rem; padding: 0.25rem 0.5rem; border: 1px solid var(--quiet); border-radius: 4px; background: var(--ground); color: var(--text); font: inherit; }
.field:first-child { flex: 1 1 16rem; }
#result { margin: 0 0 0.4rem; color: var(--quiet); }
.block { content-visibility: auto; contain-intrinsic-size: auto 10rem; }
table { border-collapse: collapse; }
.matrix { width: 100%; table-layout: fixed; }
.matrix th, .matrix td { padding: 0.3rem 0.4rem; border-bottom: 1px solid var(--line); text-align: center; vertical-align: middle; }
.matrix thead th { color: var(--quiet); font-size: 0.78rem; font-weight: 600; }
.matrix th:first-child { width: 44%; text-align: start; font-weight: normal; }
.matrix tbody tr.diverges > th { box-shadow: inset 4px 0 0 var(--bad); }
.matrix th:first-child { padding-inline-start: 0.75rem; }
.entry { color: var(--text); font-weight: 600; overflow-wrap: anywhere; }
.entry::before { content: '▸ '; color: var(--quiet); }
.entry[aria-expanded='true']::before { content: '▾ '; }
th > .place { display: block; padding-inline-start: 1em; }
.sign { display: inline-block; min-width: 1.7rem; padding: 0.1rem 0.4rem; border-radius: 4px; font-weight: 700; text-align: center; text-decoration: none; }
a.sign:hover, button.sign:hover { text-decoration: underline; }
.has .sign { color: var(--good); }
.absent .sign { color: var(--quiet); font-weight: normal; }
.diverges > .sign { background: var(--bad-ground); color: var(--bad); }
.unknown .sign, .assumed .sign, .partly .sign { background: var(--doubt-ground); color: var(--doubt); }
.waived .sign { color: var(--quiet); }
.matrix .details > td { padding: 0.75rem 1.25rem; background: var(--raised); text-align: start; }
.details .findings > li { background: var(--ground); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
ol { margin: 0; padding-inline-start: 1.2rem; }
.scrolls { overflow-x: auto; }
.map th, .map td { padding: 0.3rem 0.8rem; border-bottom: 1px solid var(--line); text-align: end; vertical-align: top; }
.map th:first-child { min-width: 12rem; text-align: start; font-weight: normal; }
.map thead th { color: var(--quiet); font-size: 0.8rem; }
.moments > li { margin-block: 0.6rem; padding: 0.1rem 0 0.1rem 0.9rem; border-inline-start: 3px solid var(--line); overflow-wrap: anywhere; content-visibility: auto; contain-intrinsic-size: auto 4rem; }
.moments > li.loses { border-color: var(--bad); }
.moments p { margin: 0; }
.moments time { color: var(--quiet); font-variant-numeric: tabular-nums; }
.step { display: inline-block; min-width: 1.1em; font-weight: 700; }
.gained .step { color: var(--good); }
.lost summary { color: var(--bad); }
p.count { max-width: 60rem; margin: 0.15rem 0; }
.announced { position: fixed; bottom: 1rem; left: 50%; margin: 0; padding: 0.4rem 0.9rem; transform: translateX(-50%); border-radius: 6px; background: var(--text); color: var(--ground); }
.announced:empty { display: none; }
@media screen and (max-width: 52rem) {
  #page { padding: 1rem; }
  .filters { position: static; }
  .field { flex: 1 1 8rem; }
  .field select { width: 100%; }
  .matrix, .matrix tbody { display: block; }
  .matrix thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .matrix tbody tr { display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .matrix tbody tr > * { border: 0; padding: 0; }
  .matrix tbody th:first-child { flex: 0 0 100%; width: 100%; padding-inline-start: 0.75rem; }
  .matrix tbody td { padding-inline-start: 0.75rem; }
  .matrix tbody td.absent { color: var(--quiet); }
  .matrix tbody td[data-label]::after { content: attr(data-label); margin-inline-start: 0.2rem; font-size: 0.85rem; }
  .matrix .details > td { flex: 1 1 100%; padding: 0.75rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.5rem; }
}
@media print {
  .filters, nav, .skip, .announced, .more { display: none; }
  body { font-size: 10pt; }
  #page { max-width: none; padding: 0; }
  .block, .findings > li, .moments > li { content-visibility: visible; }
  .matrix tr, .findings > li, .moments > li { break-inside: avoid; }
  h3 { break-after: avoid; }
  .matrix thead th { font-size: 7pt; overflow-wrap: anywhere; hyphens: auto; }
  .sign { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
@media (forced-colors: active) { .level, .sign { border: 1px solid; } }
`;
