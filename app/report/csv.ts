import { visible } from './escape.js';
import type { Report, ReportedEntryPoint } from './report.js';

const COLUMNS = [
  'id',
  'program',
  'kind',
  'method',
  'path',
  'name',
  'framework',
  'protections',
  'unknown',
  'assumed',
  'guards',
  'effects',
  'public',
  'diverges',
  'waived',
  'file',
  'line',
] as const;

/** The entry points as a table after RFC 4180, a row each, with what a list holds joined by `; `. */
export function toCsv(report: Report): string {
  const told = new Map<string, { diverges: string[]; waived: string[] }>();
  for (const { entryPoint, affects, rule, missing, status } of report.findings) {
    if (status === 'resolved') continue;
    for (const id of [entryPoint, ...affects]) {
      if (id === null) continue;
      const of = told.get(id) ?? { diverges: [], waived: [] };
      told.set(id, of);
      of[status === 'waived' ? 'waived' : 'diverges'].push(`${rule}: ${missing}`);
    }
  }
  const rows = report.entryPoints.map((entryPoint) => {
    const row = { ...columnsOf(entryPoint), ...(told.get(entryPoint.id) ?? { diverges: [], waived: [] }) };
    return COLUMNS.map((column) => field(textOf(row[column])));
  });
  return [[...COLUMNS], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

type Value = string | number | null | readonly string[];
const columnsOf = (
  e: ReportedEntryPoint,
): Record<Exclude<(typeof COLUMNS)[number], 'diverges' | 'waived'>, Value> => ({
  ...e,
  assumed: (e.assumed ?? []).map(({ protection, by }) => `${protection} (${by})`),
  guards: e.chain.filter(({ assumes }) => !assumes).map(({ name }) => name),
  effects: e.effects.map(({ effect, target }) => `${effect} ${target}`),
});

const textOf = (value: Value): string =>
  value === null ? '' : typeof value === 'object' ? value.join('; ') : String(value);

/**
 * A spreadsheet takes a field that begins with one of these for a formula, and would run what a repository calls its routes.
 * The apostrophe in front has it shown as text; full-width forms are taken for the same signs.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

function field(text: string): string {
  const shown = visible(text);
  const safe = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
