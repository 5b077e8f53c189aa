import type { Evaluator } from '../../wiring/evaluator.js';
import type { Source } from '../../wiring/fact.js';
import type { Value } from '../../wiring/value.js';

/**
 * What a filter asks of a record, one text a column: `id = params.id`. All of them have to be so, so that a filter that asks
 * for more finds no other records than one that asks for less. Undefined where one of them is not seen in full.
 */
export function askedOfColumns(it: Evaluator, where: Value | undefined): readonly string[] | undefined {
  const asked: string[] = [];
  return where && addAll(it, where, asked) && asked.length > 0 ? [...new Set(asked)].sort() : undefined;
}
function addAll(it: Evaluator, where: Value, asked: string[]): boolean {
  if (where.k === 'list') return !where.open && where.elements.every((e) => addAll(it, e, asked));
  if (where.k !== 'record' || where.open) return false;
  return [...where.members].every(([column, value]) => {
    if (/^\$?and$/i.test(column)) return addAll(it, value, asked);
    const text = textOf(it, value);
    if (text !== null) asked.push(`${column} = ${text}`);
    return text !== null;
  });
}
/** The same text for the same thing, in whichever tree it is looked up. */
function textOf(it: Evaluator, value: Value, depth = MAX_DEPTH): string | null {
  const all = (parts: readonly Value[]): string | null => {
    const texts = parts.map((p) => (depth > 0 ? textOf(it, p, depth - 1) : null));
    return texts.every((t) => t !== null) ? texts.join(', ') : null;
  };
  switch (value.k) {
    case 'literal':
      return value.value === undefined ? null : String(JSON.stringify(value.value));
    case 'unknown': {
      const sources = value.sources.map((s) => nameOf(it, s, depth));
      return sources.length > 0 && sources.every((s) => s !== null) ? sources.sort().join(' ') : null;
    }
    case 'text': {
      const parts = value.parts.map((p) =>
        typeof p === 'string' ? JSON.stringify(p) : textOf(it, p, depth - 1),
      );
      return parts.every((p) => p !== null) ? parts.join(' + ') : null;
    }
    case 'list': {
      const texts = value.open ? null : all(value.elements);
      return texts === null ? null : `[${texts}]`;
    }
    case 'record': {
      const members = [...value.members].sort(([a], [b]) => (a < b ? -1 : 1));
      const texts = value.open ? null : all(members.map(([, m]) => m));
      return texts === null ? null : `{${members.map(([name]) => name).join(', ')}: ${texts}}`;
    }
    default:
      return null;
  }
}
/** Records are numbered as they are loaded: each is told by what it was found by. */
function nameOf(it: Evaluator, source: Source, depth: number): string | null {
  const row = it.rows.get(source);
  if (!row) return UNTOLD.test(source) ? null : source;
  if (depth <= 0) return null;
  const by = row.asked ?? row.keys.map((k) => nameOf(it, k, depth - 1));
  return by.every((b) => b !== null) ? `${row.entity}(${by.join(', ')})` : null;
}
/** Which member of what is sent it was is not known. */
const UNTOLD = /^(?:row#.*|params|query|body|message|header|cookies|request|file|parent)$/;
const MAX_DEPTH = 4;
