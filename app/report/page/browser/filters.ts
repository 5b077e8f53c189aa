import type { CellState, PageCell, PageRow } from '../contract.js';
import { counted, data, el, placeText } from './elements.js';
import { showGroups } from './matrix.js';

export const search = el('input', {
  type: 'search',
  id: 'search',
  autocomplete: 'off',
  spellcheck: 'false',
  placeholder: 'path, entity, guard, file …',
});
export const transport = choice(
  'transport',
  ['', ...new Set(data.rows.map((row) => row.transport))],
  'any transport',
);
export const lacking = choice('lacking', ['', ...data.columns], 'anything');
export const only = choice(
  'only',
  [
    '',
    ...(data.change ? ['of this change'] : []),
    'diverging',
    'waived',
    'not known',
    'without any protection',
    'public',
  ],
  'everything',
);
export const result = el('p', { role: 'status', id: 'result' });

function choice(id: string, values: string[], empty: string): HTMLSelectElement {
  return el(
    'select',
    { id },
    ...values.map((value) => el('option', { value }, value === '' ? empty : value)),
  );
}
export const field = (label: string, control: HTMLElement): HTMLElement =>
  el('div', { class: 'field' }, el('label', { for: control.id }, label), control);

/** Whether what a column is about is there, or may be. */
const stands = (cell: PageCell | null | undefined): boolean =>
  cell != null && ['has', 'assumed', 'unknown'].includes(cell.state);
const has = (row: PageRow, state: CellState): boolean => row.cells.some((cell) => cell?.state === state);
const KEEPS: Record<string, (row: PageRow) => boolean> = {
  'of this change': (row) => row.change !== null,
  diverging: (row) => row.diverges,
  waived: (row) => row.findings.some((index) => data.findings[index]!.waiver !== null),
  'not known': (row) => has(row, 'unknown'),
  'without any protection': (row) => !row.cells.some((cell) => stands(cell) || cell?.state === 'partly'),
  public: (row) => row.public !== null,
};

let texts: string[] | undefined;
const textOf = (row: PageRow): string =>
  [
    row.name,
    row.id,
    row.framework,
    placeText(row.place),
    row.handler ? placeText(row.handler) : '',
    ...row.effects,
    ...row.chain.map((index) => data.guards[index]!.name),
  ]
    .join('\n')
    .toLowerCase();

export function applyFilters(): void {
  texts ??= data.rows.map(textOf);
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const column = data.columns.indexOf(lacking.value);
  const keep = data.rows.map(
    (row, index) =>
      words.every((word) => texts![index]!.includes(word)) &&
      (transport.value === '' || row.transport === transport.value) &&
      (column === -1 || !stands(row.cells[column])) &&
      (only.value === '' || KEEPS[only.value]!(row)),
  );
  showGroups(keep);
  result.textContent = `${keep.filter(Boolean).length} of ${counted(data.rows.length, 'entry point')}`;
}
for (const control of [search, transport, lacking, only]) control.addEventListener('input', applyFilters);

export function showOnly(row: PageRow): void {
  for (const each of [transport, lacking, only]) each.value = '';
  search.value = row.id;
  applyFilters();
  document.querySelector('#matrix')!.scrollIntoView();
  search.focus({ preventScroll: true });
}
