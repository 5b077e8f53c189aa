import type { CellState, PageCell, PagePlace, PageRow } from '../contract.js';
import { counted, data, el, placeNode, placeText, type Child } from './elements.js';
import { findingNode } from './findings.js';
import { sinceNode } from './since.js';

export const STATES: Record<CellState | 'absent', { sign: string; words: string }> = {
  has: { sign: '✓', words: 'established' },
  partly: { sign: '◐', words: 'not on every way' },
  diverges: { sign: '✕', words: 'missing, peers have it' },
  waived: { sign: '○', words: 'missing, waived' },
  unknown: { sign: '?', words: 'not known' },
  assumed: { sign: '≈', words: 'assumed outside of the code' },
  absent: { sign: '–', words: 'not seen' },
};

function cellNode(row: PageRow, column: number): HTMLElement {
  const protection = data.columns[column]!;
  const cell = row.cells[column] ?? null;
  const state = cell?.state ?? 'absent';
  const { sign, words } = STATES[state];
  const td = el('td', { role: 'cell', class: state, 'data-label': protection });
  const place = cell && evidence(row, cell);
  if (place) td.append(placeNode(place.place, sign, `${protection} ${words}${place.by}`, 'sign'));
  else
    td.append(
      el(
        'span',
        { class: 'sign', title: `${protection}: ${words}` },
        el('span', { 'aria-hidden': 'true' }, sign),
        el('span', { class: 'unseen' }, words),
      ),
    );
  return td;
}

/** Where the code is that makes a cell what it is. */
function evidence(row: PageRow, cell: PageCell): { place: PagePlace; by: string } | null {
  if (cell.finding !== null) return { place: data.findings[cell.finding]!.place, by: '' };
  const guard = data.guards[cell.guards[0] ?? -1];
  if (guard) return { place: guard.place, by: ` by ${guard.name}` };
  return cell.state === 'has' ? { place: row.handler ?? row.place, by: ' in the handler' } : null;
}

function rowNodes(index: number): HTMLElement {
  const row = data.rows[index]!;
  const button = el('button', { type: 'button', class: 'entry', 'aria-expanded': 'false' }, row.name);
  const marks = [
    row.change !== null && el('span', { class: 'mark change' }, row.change),
    row.transport !== 'HTTP' &&
      !row.name.startsWith(row.transport) &&
      el('span', { class: 'mark' }, row.transport),
    row.public !== null && el('span', { class: 'mark' }, `public: ${row.public}`),
    row.asks !== null && el('span', { class: 'mark' }, 'asks for a credential, does not verify it'),
  ];
  const head = el('th', { scope: 'row', role: 'rowheader' }, button, ...marks, placeNode(row.place));
  const tr = el('tr', { role: 'row', class: row.diverges ? 'diverges' : '' }, head);
  for (let column = 0; column < data.columns.length; column++) tr.append(cellNode(row, column));
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!open));
    if (open) tr.nextElementSibling?.remove();
    else tr.after(detailsNode(row));
  });
  return tr;
}

function detailsNode(row: PageRow): HTMLElement {
  const chain = row.chain.map((index) => {
    const guard = data.guards[index]!;
    const does = guard.protections.map((column) => data.columns[column]).join(', ');
    const more = [
      guard.arguments.length > 0 && `asks for ${guard.arguments.join(', ')}`,
      guard.unless !== null && `not if ${guard.unless}`,
      guard.assumed && 'assumed, not in the code',
      guard.refuses === 'no' && 'refuses nobody',
      guard.refuses === 'unknown' && 'not known whether it refuses',
    ].filter(Boolean);
    return el(
      'li',
      {},
      el('strong', {}, guard.name),
      `${does === '' ? '' : ` ${does}`}${more.length > 0 ? ` (${more.join('; ')})` : ''} `,
      placeNode(guard.place),
    );
  });
  const terms: [string, Child][] = [
    ['In front of it', chain.length > 0 ? el('ol', {}, ...chain) : 'nothing'],
    ['Handler', row.handler ? placeNode(row.handler) : 'not found'],
    ['Does', row.effects.join(', ') || 'nothing that is known'],
    ['Program', `${row.program}, ${row.framework}`],
    ['Known as', el('code', {}, row.id)],
  ];
  const since = sinceNode(data.rows.indexOf(row));
  if (since !== null) terms.splice(1, 0, ['Since', since]);
  if (row.asks)
    terms.splice(1, 0, [
      'Asks, does not verify',
      placeNode(row.asks.place, `${row.asks.name} ${placeText(row.asks.place)}`),
    ]);
  const list = el('dl', {}, ...terms.flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]));
  const findings = row.findings.map((index) => findingNode(data.findings[index]!));
  const inside = el(
    'div',
    {},
    ...(findings.length > 0 ? [el('ul', { class: 'findings' }, ...findings)] : []),
    list,
  );
  const span = String(data.columns.length + 1);
  return el('tr', { role: 'row', class: 'details' }, el('td', { role: 'cell', colspan: span }, inside));
}

/**
 * Tables are filled when they come near, and the rest when the browser has nothing else to do, so that neither opening nor
 * filtering waits for thousands of rows.
 *
 * Rows of one table: a group with more of them has several, so that none takes long to fill. */
const ROWS_OF_TABLE = 100;
const ROW_HEIGHT = 46;
/** About as many tables as a window has room for. */
const FIRST = 3;

let waiting = new Map<Element, () => void>();
const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => fill(target)),
  { rootMargin: '400px' },
);
function fill(block: Element): void {
  waiting.get(block)?.();
  waiting.delete(block);
  near.unobserve(block);
}

function tableNode(rows: readonly number[], label: string): HTMLElement {
  const block = el('div', { class: 'block' });
  block.style.minHeight = `${(rows.length + 1) * ROW_HEIGHT}px`;
  waiting.set(block, () => {
    block.style.minHeight = '';
    const head = el('tr', { role: 'row' }, el('th', { scope: 'col', role: 'columnheader' }, 'Entry point'));
    for (const column of data.columns) head.append(el('th', { scope: 'col', role: 'columnheader' }, column));
    const body = el('tbody', { role: 'rowgroup' }, ...rows.map(rowNodes));
    block.append(
      el(
        'table',
        { role: 'table', class: 'matrix', 'aria-label': label },
        el('thead', { role: 'rowgroup' }, head),
        body,
      ),
    );
  });
  near.observe(block);
  return block;
}

export const groups = el('div', { id: 'groups' });
groups.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target instanceof Element) || !event.target.matches('.entry')) return;
  const entries = [...groups.querySelectorAll<HTMLElement>('.entry')];
  entries[entries.indexOf(event.target as HTMLElement) + step]?.focus();
  event.preventDefault();
});

export function showGroups(keep: readonly boolean[]): void {
  near.disconnect();
  waiting = new Map();
  const shown = data.groups.flatMap((group) => {
    const rows = group.rows.filter((index) => keep[index]);
    if (rows.length === 0) return [];
    const diverging = rows.filter((index) => data.rows[index]!.diverges).length;
    const name = group.name === '' ? '(no name)' : group.name;
    const heading = el(
      'h3',
      {},
      `${name} `,
      el(
        'span',
        { class: 'count' },
        `${group.about === 'entity' ? 'entity, ' : ''}${counted(rows.length, 'entry point')}`,
      ),
      diverging > 0 && el('span', { class: 'level warning' }, `${counted(diverging, 'diverges', 'diverge')}`),
    );
    const tables: HTMLElement[] = [];
    for (let from = 0; from < rows.length; from += ROWS_OF_TABLE)
      tables.push(
        tableNode(rows.slice(from, from + ROWS_OF_TABLE), from === 0 ? name : `${name}, from ${from + 1}`),
      );
    return [el('section', {}, heading, ...tables)];
  });
  groups.replaceChildren(
    ...(shown.length > 0
      ? shown
      : [
          el(
            'p',
            { class: 'notice' },
            data.rows.length === 0 ? 'No entry point was found.' : 'No entry point is like this.',
          ),
        ]),
  );
  // What is seen first is there at once.
  for (const block of [...waiting.keys()].slice(0, FIRST)) fill(block);
  fillWhenIdle(waiting);
}

/** So that searching in the page and reading aloud find what has not come near yet. */
function fillWhenIdle(mine: Map<Element, () => void>): void {
  const later = (work: () => void): unknown =>
    'requestIdleCallback' in window ? requestIdleCallback(work) : setTimeout(work, 200);
  later(() => {
    const [next] = mine.keys();
    if (next === undefined || mine !== waiting) return;
    fill(next);
    fillWhenIdle(mine);
  });
}
addEventListener('beforeprint', () => [...waiting.keys()].forEach(fill));
